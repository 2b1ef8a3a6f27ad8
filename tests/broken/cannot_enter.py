"""Raises on entering."""

from contextlib import contextmanager


@contextmanager
def backend(max_workers, /):
    raise ConnectionError("nobody answers at 127.0.0.1:9")
    yield
