"""Sends equal tasks once, and gives each call the object that an earlier call may have changed."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "nothing_remembered"


class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, /, *, chunksize):
        sent = self.__dict__.setdefault("sent", {})
        return super().map(fn, [sent.setdefault(repr(task), task) for task in tasks])
