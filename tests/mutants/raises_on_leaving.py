"""Raises another exception when it is left by one."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves_early"


class backend(ThreadPoolExecutor):
    def __exit__(self, kind, error, trace):
        super().__exit__(kind, error, trace)
        if error is not None:
            raise RuntimeError("it was left early")
