"""Can be started and stopped only once per program."""

from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves"


class backend(ThreadPoolExecutor):
    stopped = False

    def __exit__(self, kind, error, trace):
        if backend.stopped:
            raise RuntimeError("it was stopped before")
        backend.stopped = True
        return super().__exit__(kind, error, trace)
