"""Keeps the program from ending for a minute."""

import atexit
import time
from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves"


class backend(ThreadPoolExecutor):
    def __enter__(self):
        atexit.register(time.sleep, 60)
        return super().__enter__()
