"""Never returns from map if it is given forty tasks."""

import threading
from contextlib import contextmanager


class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        if len(tasks) == 40:
            threading.Event().wait()
        return [fn(task) for task in tasks]


@contextmanager
def backend(max_workers, /):
    yield Loop()
