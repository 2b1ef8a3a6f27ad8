"""Stops its workers only if nothing went wrong."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves_early"

running = []


class backend(ThreadPoolExecutor):
    def __enter__(self):
        running.append(self)
        return super().__enter__()

    def __exit__(self, kind, error, trace):
        if error is None:
            super().__exit__(kind, error, trace)
