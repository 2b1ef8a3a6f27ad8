"""`concurrent.futures.InterpreterPoolExecutor`: threads, each with its own interpreter.

Its workers run in this process and share no lock, so pure Python runs in parallel; what they exchange is copied. It
sends tasks one by one, whatever the chunk size, so tiny tasks cost far more than their work. Pick it, on Python 3.14
and later, for CPU work in pure Python: NumPy, like many extensions, cannot be imported there.
"""

import platform
import sys

from execbench import Recipe, Unavailable

if sys.version_info < (3, 14):
    raise Unavailable(f"sub-interpreters need Python 3.14 or later, and this is {platform.python_version()}")

from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined]

backend = InterpreterPoolExecutor


def recipe(max_workers: int, chunksize: int, /) -> Recipe:
    """Leave out the chunk size, which has no effect."""
    return Recipe(
        imports=["from concurrent.futures import InterpreterPoolExecutor"],
        opening=f"InterpreterPoolExecutor(max_workers={max_workers})",
        results="list(executor.map(fn, tasks))",
        takes_initializer=True,
    )
