"""Leaves a process behind that has detached from its session and its parent."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

caught_by = "leaves"


class backend(ThreadPoolExecutor):
    def __enter__(self):
        command = "import os, time; os.fork() and os._exit(0); os.setsid(); time.sleep(60)"
        subprocess.run([sys.executable, "-c", command], check=True)
        return super().__enter__()
