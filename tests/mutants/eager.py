"""Reads all of its input before the first result."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "endless_input"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        return super().map(fn, list(tasks))
