"""Returns the results in reverse order."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "results"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        return list(super().map(fn, tasks))[::-1]
