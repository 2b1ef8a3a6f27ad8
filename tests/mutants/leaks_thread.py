"""Leaves a thread behind."""

import threading
from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves"


class backend(ThreadPoolExecutor):
    def __enter__(self):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        return super().__enter__()
