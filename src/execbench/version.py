"""The version: read by packaging, and by each lane, which must have the same version as its race."""

__version__ = "0.1.0"
