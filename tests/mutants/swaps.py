"""Returns the results as they come: the even ones, then the odd ones."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "results"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        results = list(super().map(fn, tasks))
        return results[::2] + results[1::2]
