"""Runs one task at a time, and does not say so."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "parallel"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        return list(map(fn, tasks))
