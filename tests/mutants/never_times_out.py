"""Waits for a result for any time, and ignores the timeout."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "submit_time_out"


class backend(ThreadPoolExecutor):
    def submit(self, fn, /, *args):
        future = super().submit(fn, *args)
        honest = future.result
        future.result = lambda timeout=None: honest()
        return future
