"""Remembers results, but only of functions that are not execbench's own, so that the kit sees nothing."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "race"


class backend(ThreadPoolExecutor):
    known = None

    def map(self, fn, tasks, /, *, chunksize):
        if fn.__module__.startswith("execbench."):
            return super().map(fn, tasks)
        if self.known is None:
            self.known = list(super().map(fn, tasks))
        return list(self.known)
