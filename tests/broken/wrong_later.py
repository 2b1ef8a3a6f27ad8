"""Returns right results at first, and wrong ones from the third call on."""

from contextlib import contextmanager


class Loop:
    calls = 0

    def map(self, fn, tasks, /, *, chunksize):
        self.calls += 1
        return [fn(task) for task in tasks][: None if self.calls < 3 else -1]


@contextmanager
def backend(max_workers, /):
    yield Loop()
