"""Ignores callbacks that are added after the end."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "submit_callback"


class backend(ThreadPoolExecutor):
    def submit(self, fn, /, *args):
        future = super().submit(fn, *args)
        honest = future.add_done_callback
        future.add_done_callback = lambda called: None if future.done() else honest(called)
        return future
