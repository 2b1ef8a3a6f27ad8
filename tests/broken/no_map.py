"""Returns an executor without map."""

from contextlib import contextmanager


class Loop:
    pass


@contextmanager
def backend(max_workers, /):
    yield Loop()
