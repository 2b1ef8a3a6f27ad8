"""Cuts off results after a megabyte."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "large_results"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        return [result[:1_000_000] if isinstance(result, bytes) else result for result in list(super().map(fn, tasks))]
