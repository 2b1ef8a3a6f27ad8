"""The one backend that has a role."""

BASELINE = "serial"
"""The plain loop that every other backend is measured against."""
