"""Submits only the first argument."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "submit_result"


class backend(ThreadPoolExecutor):
    def submit(self, fn, /, *args):
        return super().submit(fn, *args[:1], *[0] * len(args[1:]))

    def map(self, fn, tasks, /, *, chunksize):
        return map(fn, tasks)
