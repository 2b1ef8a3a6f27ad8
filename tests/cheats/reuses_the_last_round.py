"""Gives the results of the round before, wherever it finds them."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "race"


class backend(ThreadPoolExecutor):
    last = None

    def map(self, fn, tasks, /, *, chunksize):
        if self.last is None or len(self.last) != len(tasks):
            self.last = list(super().map(fn, tasks))
        return list(self.last)
