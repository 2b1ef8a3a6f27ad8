"""Returns one result fewer than there are tasks."""

from contextlib import contextmanager


class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        return [fn(task) for task in tasks][1:]


@contextmanager
def backend(max_workers, /):
    yield Loop()
