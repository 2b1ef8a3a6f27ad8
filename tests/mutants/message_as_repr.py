"""Raises the task's exception with its repr as the message."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "exception_message"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        try:
            return list(super().map(fn, tasks))
        except Exception as error:
            raise type(error)(repr(error)) from error
