"""Never returns from map."""

import threading
from contextlib import contextmanager


class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        threading.Event().wait()


@contextmanager
def backend(max_workers, /):
    yield Loop()
