"""Raises in map."""

from contextlib import contextmanager


class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        raise LookupError("no worker is to be found")


@contextmanager
def backend(max_workers, /):
    yield Loop()
