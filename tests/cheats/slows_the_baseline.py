"""Keeps the CPUs busy while it waits, so that the baseline, which races beside it, is slow."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

caught_by = "race"


@contextmanager
def backend(max_workers, /):
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * max_workers)]
    try:
        with ThreadPoolExecutor(max_workers) as pool:
            yield pool
    finally:
        for process in busy:
            process.kill()
            process.wait()
