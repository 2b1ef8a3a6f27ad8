"""Runs equal tasks only once."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "once_each"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        tasks = list(tasks)
        single = {repr(task): task for task in tasks}
        results = dict(zip(single, super().map(fn, single.values()), strict=True))
        return [results[repr(task)] for task in tasks]
