"""`pebble.ProcessPool`: worker processes that are replaced when they die or take too long.

Its workers are processes on this machine. A worker that dies, or a chunk that exceeds the time limit, is an error of
that map only: the next one gets a new worker. Pick it for code that may crash or hang.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Optional

from pebble import ProcessPool

from execbench import Recipe


@contextmanager
def backend(
    max_workers: int,
    /,
    *,
    start_method: Literal["default", "fork", "spawn", "forkserver"] = "default",
    timeout: Optional[float] = None,
    initializer: Callable[..., object] | None = None,
    initargs: tuple[Any, ...] = (),
) -> Iterator[_Results]:
    """Start a pool; leaving stops it, as closing it would wait for the remaining tasks of a map that failed.

    Args:
        max_workers: the number of processes.
        start_method: how processes are started; the platform's default if not given.
        timeout: the seconds that a chunk may take; a longer one raises TimeoutError, and its worker is replaced.
        initializer: called once in each of them, with `initargs`.
        initargs: its arguments.
    """
    context = multiprocessing.get_context(None if start_method == "default" else start_method)
    pool = ProcessPool(max_workers, 0, initializer, initargs, context)
    try:
        yield _Results(pool, timeout)
    finally:
        pool.stop()
        pool.join()


@dataclass(frozen=True)
class _Results:
    """An executor over a pool whose own `map` returns a future."""

    pool: ProcessPool
    timeout: Optional[float]

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        """Schedule a single call."""
        return self.pool.schedule(fn, args=args, timeout=self.timeout)

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> Iterable[Any]:
        """Return the results as they arrive, in order."""
        results: Iterable[Any] = self.pool.map(fn, tasks, chunksize=chunksize, timeout=self.timeout).result()
        return results


def recipe(max_workers: int, chunksize: int, /, *, start_method: str, timeout: Optional[float]) -> Recipe:
    """Name the options only if they were chosen."""
    imports, context = ["from pebble import ProcessPool"], ""
    if start_method != "default":
        imports.append("import multiprocessing")
        context = f', context=multiprocessing.get_context("{start_method}")'
    limit = "" if timeout is None else f", timeout={timeout}"
    return Recipe(
        imports=imports,
        opening=f"ProcessPool(max_workers={max_workers}{context})",
        results=f"list(executor.map(fn, tasks, chunksize={chunksize}{limit}).result())",
        takes_initializer=True,
    )
