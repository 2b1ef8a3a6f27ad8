"""`concurrent.futures.ProcessPoolExecutor`: the standard library's process pool with futures.

Its workers are processes on this machine. If a worker dies, it raises BrokenProcessPool rather than hang. Its `map`
defaults to a chunk size of 1, which is slow for small tasks: set a larger one. Pick it for CPU work in pure Python.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Literal

from execbench import Recipe


def backend(
    max_workers: int,
    /,
    *,
    start_method: Literal["default", "fork", "spawn", "forkserver"] = "default",
    initializer: Callable[..., object] | None = None,
    initargs: tuple[Any, ...] = (),
) -> ProcessPoolExecutor:
    """Return the standard library's own executor.

    Args:
        max_workers: the number of processes.
        start_method: how they are started; the platform's default if not given.
        initializer: called once in each of them, with `initargs`.
        initargs: its arguments.
    """
    context = multiprocessing.get_context(None if start_method == "default" else start_method)
    return ProcessPoolExecutor(max_workers, context, initializer, initargs)


def recipe(max_workers: int, chunksize: int, /, *, start_method: str) -> Recipe:
    """Name the start method only if it was chosen."""
    imports, context = ["from concurrent.futures import ProcessPoolExecutor"], ""
    if start_method != "default":
        imports.append("import multiprocessing")
        context = f', mp_context=multiprocessing.get_context("{start_method}")'
    return Recipe(
        imports=imports,
        opening=f"ProcessPoolExecutor(max_workers={max_workers}{context})",
        takes_initializer=True,
        results=f"list(executor.map(fn, tasks, chunksize={chunksize}))",
    )
