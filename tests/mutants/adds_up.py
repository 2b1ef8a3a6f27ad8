"""Gives the results of all rounds so far."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "maps_again"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        all_results = self.__dict__.setdefault("all_results", [])
        all_results += super().map(fn, tasks)
        return list(all_results)
