"""Needs the length of its input."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "generator"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        return list(super().map(fn, tasks, chunksize=max(1, len(tasks))))
