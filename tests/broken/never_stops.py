"""Never returns from leaving."""

import threading
from contextlib import contextmanager


class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        return [fn(task) for task in tasks]


@contextmanager
def backend(max_workers, /):
    yield Loop()
    threading.Event().wait()
