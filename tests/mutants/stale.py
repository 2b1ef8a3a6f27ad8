"""Returns the results of the previous round."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "maps_again"


class backend(ThreadPoolExecutor):
    results = None

    def map(self, fn, tasks, /, *, chunksize):
        self.results = list(super().map(fn, tasks)) if self.results is None else self.results
        return self.results
