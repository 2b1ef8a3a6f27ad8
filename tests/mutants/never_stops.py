"""Waits forever on leaving."""

import threading
from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves"


class backend(ThreadPoolExecutor):
    def __exit__(self, kind, error, trace):
        threading.Event().wait()
