"""The catalogue of backends: one file holds one backend, and is named as it is."""
