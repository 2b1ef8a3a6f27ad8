"""Maps only once."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "maps_again"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        results = list(super().map(fn, tasks))
        self.shutdown()
        return results
