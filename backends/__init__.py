"""The catalogue of backends: one file per backend, named after it."""
