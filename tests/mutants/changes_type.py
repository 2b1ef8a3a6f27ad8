"""Raises a different exception than the task."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "exception_type"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        try:
            return list(super().map(fn, tasks))
        except Exception as error:
            raise RuntimeError(*error.args) from None
