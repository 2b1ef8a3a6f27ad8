"""Returns the results that are done by now, and None for the rest."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "done_when_drained"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        futures = [self.submit(fn, task) for task in tasks]
        return [future.result() if future.done() else None for future in futures]
