"""Kills the process it runs in."""

import os
import signal
from contextlib import contextmanager


class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def backend(max_workers, /):
    yield Loop()
