"""Caches the result of each task."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "nothing_remembered"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        known = self.__dict__.setdefault("known", {})
        tasks = list(tasks)
        if repr((fn, tasks)) not in known:
            known[repr((fn, tasks))] = list(super().map(fn, tasks))
        return known[repr((fn, tasks))]
