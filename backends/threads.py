"""`concurrent.futures.ThreadPoolExecutor`: threads of one process.

Its workers share the process and its interpreter lock, so nothing is copied, and only work that waits or frees the
lock (I/O, NumPy, zlib) runs in parallel. `map` makes one future for each task: many tiny tasks cost far more than
they do. Pick it for waiting, and for C code that frees the lock.
"""

from concurrent.futures import ThreadPoolExecutor

backend = ThreadPoolExecutor
