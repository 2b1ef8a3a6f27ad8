"""Drops the last chunk if it is not full."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "results"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        tasks = list(tasks)
        return list(super().map(fn, tasks[: len(tasks) // chunksize * chunksize]))
