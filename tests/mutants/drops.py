"""Drops the last result if there are more than ten."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "results"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        results = list(super().map(fn, tasks))
        return results[:-1] if len(results) > 10 else results
