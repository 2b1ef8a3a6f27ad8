"""Stops working after a task has raised."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "maps_after_exception"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        try:
            return list(super().map(fn, tasks))
        except Exception:
            self.shutdown()
            raise
