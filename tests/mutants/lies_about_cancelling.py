"""Says that a call was cancelled, and runs it."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "submit_cancel"


class backend(ThreadPoolExecutor):
    def submit(self, fn, /, *args):
        future = super().submit(fn, *args)
        future.cancel = lambda: not future.done()
        return future
