"""Is not callable."""

backend = 42
