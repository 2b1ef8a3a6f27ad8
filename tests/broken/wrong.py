"""Returns wrong results."""

from contextlib import contextmanager


class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        return [0 for task in tasks]


@contextmanager
def backend(max_workers, /):
    yield Loop()
