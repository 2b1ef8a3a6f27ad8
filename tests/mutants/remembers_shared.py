"""Gives each map the object that the first one shared."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "shared_results"


class backend(ThreadPoolExecutor):
    first = None

    def map_shared(self, fn, tasks, shared, /, *, chunksize=1):
        if self.first is None:
            self.first = shared
        return self.map(lambda task: fn(task, self.first), tasks)
