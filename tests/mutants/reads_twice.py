"""Reads its input twice."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "generator"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        count = sum(1 for _ in tasks)
        return list(super().map(fn, tasks))[:count]
