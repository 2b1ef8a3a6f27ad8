"""Raises while it is imported."""

backend = 1 / 0
