"""Computes one result and gives it for every task."""

from contextlib import contextmanager

caught_by = "race"


class Short:
    def map(self, fn, tasks, /, *, chunksize):
        return [fn(tasks[0])] * len(tasks)


@contextmanager
def backend(max_workers, /):
    yield Short()
