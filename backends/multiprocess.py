"""`multiprocess.Pool`: the standard `Pool` with dill instead of pickle, on which pathos is built.

Its workers are daemonic processes on this machine, and it hangs where the standard `Pool` does. dill also sends
lambdas, closures, and functions of a notebook, but is several times slower than pickle. Pick it for functions that
cannot be imported by name, in large chunks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import multiprocess

from execbench import Recipe


@contextmanager
def backend(
    max_workers: int,
    /,
    *,
    start_method: Literal["default", "fork", "spawn", "forkserver"] = "default",
    initializer: Callable[..., object] | None = None,
    initargs: tuple[Any, ...] = (),
) -> Iterator[Any]:
    """Start a pool; leaving terminates it, as closing it would wait forever after an interrupt.

    Args:
        max_workers: the number of processes.
        start_method: how processes are started; the platform's default if not given.
        initializer: called once in each of them, with `initargs`.
        initargs: its arguments.
    """
    context = multiprocess.get_context(None if start_method == "default" else start_method)
    pool = context.Pool(max_workers, initializer, initargs)
    try:
        yield pool
    finally:
        pool.terminate()
        pool.join()


def recipe(max_workers: int, chunksize: int, /, *, start_method: str) -> Recipe:
    """Name the start method only if it was chosen."""
    context = "" if start_method == "default" else f'.get_context("{start_method}")'
    return Recipe(
        imports=["import multiprocess"],
        opening=f"multiprocess{context}.Pool({max_workers})",
        results=f"executor.map(fn, tasks, chunksize={chunksize})",
        takes_initializer=True,
        workers_get_fn="by value",
    )
