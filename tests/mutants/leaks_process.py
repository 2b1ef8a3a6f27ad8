"""Leaves a process behind."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves"


class backend(ThreadPoolExecutor):
    def __enter__(self):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        return super().__enter__()
