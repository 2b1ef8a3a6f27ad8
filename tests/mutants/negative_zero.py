"""Loses the sign of zero."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "results"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        return [result + 0.0 if type(result) is float else result for result in list(super().map(fn, tasks))]
