"""Repeats the first result."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "results"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        results = list(super().map(fn, tasks))
        return results[:1] + results
