"""Runs every task twice, and returns the second results."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "once_each"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        tasks = list(tasks)
        list(super().map(fn, tasks))
        return list(super().map(fn, tasks))
