"""`concurrent.futures.ThreadPoolExecutor`: threads of one process.

Its workers share the process and its interpreter lock, so nothing is copied, and only work that waits or releases the
lock (I/O, NumPy, zlib) runs in parallel. `map` creates one future per task, so tiny tasks cost far more than their
work. Pick it for I/O, and for C code that releases the lock.
"""

from concurrent.futures import ThreadPoolExecutor

from execbench import Recipe

backend = ThreadPoolExecutor


def recipe(max_workers: int, chunksize: int, /) -> Recipe:
    """Leave out the chunk size, which has no effect."""
    return Recipe(
        imports=["from concurrent.futures import ThreadPoolExecutor"],
        opening=f"ThreadPoolExecutor(max_workers={max_workers})",
        results="list(executor.map(fn, tasks))",
        takes_initializer=True,
        workers_get_fn="shared",
    )
