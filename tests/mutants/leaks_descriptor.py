"""Leaves a file open."""

import os
from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves"


class backend(ThreadPoolExecutor):
    def __enter__(self):
        os.open(os.devnull, os.O_RDONLY)
        return super().__enter__()
