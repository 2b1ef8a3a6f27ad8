"""Replaces all tasks by the first."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "race"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        return super().map(fn, [tasks[0]] * len(tasks))
