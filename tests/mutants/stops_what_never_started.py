"""Stops a worker that only a map starts."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves_unused"


class backend(ThreadPoolExecutor):
    first = None

    def map(self, fn, tasks, /, *, chunksize):
        self.first = self.first or self.submit(bool)
        return super().map(fn, tasks)

    def __exit__(self, kind, error, trace):
        self.first.result()
        return super().__exit__(kind, error, trace)
