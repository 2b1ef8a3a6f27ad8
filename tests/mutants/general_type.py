"""Raises the base class of the task's exception."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "exception_type"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        try:
            return list(super().map(fn, tasks))
        except Exception as error:
            raise type(error).__base__(*error.args) from error
