"""Leaves a process behind, in its own session."""

import subprocess
import sys
from contextlib import contextmanager


class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        return [fn(task) for task in tasks]


@contextmanager
def backend(max_workers, /):
    subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"], start_new_session=True)
    yield Loop()
