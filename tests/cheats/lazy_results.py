"""Returns results that are computed once they are compared, or sent away."""

from contextlib import contextmanager

caught_by = "race"


class Later:
    def __init__(self, fn, task):
        self.call = fn, task

    def __reduce__(self):
        fn, task = self.call
        return (type(task), (fn(task),)) if isinstance(task, int) else (fn, (task,))

    def __eq__(self, other):
        fn, task = self.call
        return fn(task) == other


class Lazy:
    def map(self, fn, tasks, /, *, chunksize):
        return [Later(fn, task) for task in tasks]


@contextmanager
def backend(max_workers, /):
    yield Lazy()
