"""Sends what tasks share with each of them."""

from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

caught_by = "shared_once"


class backend(ProcessPoolExecutor):
    def map_shared(self, fn, tasks, shared, /, *, chunksize=1):
        return self.map(fn, tasks, repeat(shared))
