"""Swallows the exception by which a program leaves."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves_early"


class backend(ThreadPoolExecutor):
    def __exit__(self, kind, error, trace):
        super().__exit__(kind, error, trace)
        return True
