"""Raises the task's exception without its arguments."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "exception_message"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        try:
            return list(super().map(fn, tasks))
        except Exception as error:
            raise type(error)() from error
