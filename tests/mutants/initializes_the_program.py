"""Calls the initializer in the program, and in no worker."""

from concurrent.futures import ProcessPoolExecutor

caught_by = "initializer_called"


class backend(ProcessPoolExecutor):
    def __init__(self, max_workers, /, *, initializer=None, initargs=()):
        super().__init__(max_workers)
        if initializer is not None:
            initializer(*initargs)
