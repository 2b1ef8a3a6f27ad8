"""Returns one result more than there are tasks."""

from contextlib import contextmanager


class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        results = [fn(task) for task in tasks]
        return [*results, results[-1]]


@contextmanager
def backend(max_workers, /):
    yield Loop()
