"""Leaves a process that has lost its parent, left its session, and cleared its environment; its number is in a file."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

DAEMON = """
import os, sys, time
os.fork() and os._exit(0)
os.setsid()
os.fork() and os._exit(0)
open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
os.close(2)
os.close(1)
time.sleep(600)
"""


class backend(ThreadPoolExecutor):
    def __enter__(self):
        reading, writing = os.pipe()
        command = [sys.executable, "-S", "-c", DAEMON, os.environ["DAEMONS"]]
        actions = [(os.POSIX_SPAWN_DUP2, writing, 1)]
        child = os.posix_spawn(sys.executable, command, {}, file_actions=actions)
        os.close(writing)
        os.waitpid(child, 0)
        os.read(reading, 1)
        os.close(reading)
        return super().__enter__()
