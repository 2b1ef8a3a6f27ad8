"""Prints to both streams while it works, more than a pipe holds."""

import os
import sys
from contextlib import contextmanager


class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        print('{"seconds": 0.0}' * 20_000, flush=True)
        print("{" * 200_000, file=sys.stderr, flush=True)
        os.write(1, b"straight to the descriptor")
        return [fn(task) for task in tasks]


@contextmanager
def backend(max_workers, /):
    yield Loop()
