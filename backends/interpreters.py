"""concurrent.futures.InterpreterPoolExecutor: threads, each with an interpreter of its own.

Its workers live in this process and share no lock, so that pure Python runs at once; what they share is copied. It
sends each task by itself, whatever the chunk size: many tiny tasks cost far more than they do. Pick it, on Python 3.14
and later, for CPU work of the standard library: NumPy, as many an extension, does not import there.
"""

import platform
import sys

from execbench import Unavailable

if sys.version_info < (3, 14):
    raise Unavailable(f"sub-interpreters need Python 3.14 or later, and this is {platform.python_version()}")

from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined]

backend = InterpreterPoolExecutor
