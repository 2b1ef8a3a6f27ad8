"""`multiprocessing.Pool`: the standard library's oldest pool, with all the ways to call it.

Its workers are daemonic processes on this machine: they cannot start pools themselves. It is the fastest to dispatch
small tasks, but waits forever when a worker dies (CPython issue 66587) or an exception cannot be unpickled (79492).
Pick it for many small tasks that do not crash. `call` is the method that does the work; all return results in order.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.pool import Pool
from operator import itemgetter
from typing import Any, Literal

from execbench import Recipe

Call = Literal[
    "map",
    "starmap",
    "apply",
    "apply_async",
    "apply_async_callback",
    "map_async",
    "starmap_async",
    "imap",
    "imap_unordered",
]


@contextmanager
def backend(
    max_workers: int,
    /,
    *,
    call: Call = "map",
    start_method: Literal["default", "fork", "spawn", "forkserver"] = "default",
    initializer: Callable[..., object] | None = None,
    initargs: tuple[Any, ...] = (),
) -> Iterator[Any]:
    """Start a pool; leaving terminates it, as closing it would wait forever after an interrupt.

    Args:
        max_workers: the number of processes.
        call: the pool's method that does the work.
        start_method: how processes are started; the platform's default if not given.
        initializer: called once in each of them, with `initargs`.
        initargs: its arguments.
    """
    context = multiprocessing.get_context(None if start_method == "default" else start_method)
    pool = context.Pool(max_workers, initializer, initargs)
    try:
        # A Pool already is an executor, so its default call needs no wrapper.
        yield pool if call == "map" else _CallStyle(pool, call)
    finally:
        pool.terminate()
        pool.join()


class _CallStyle:
    """An executor that uses another method of a pool."""

    def __init__(self, pool: Pool, call: Call) -> None:
        self._call = _CALLS[call]
        self._pool = pool
        self.serial = call == "apply"

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int | None = None) -> Iterable[Any]:
        chunks = {} if chunksize is None else {"chunksize": chunksize}
        return self._call(self._pool, fn, tasks, chunks)


@dataclass(frozen=True)
class _Numbered:
    """`fn` for pairs of a number and a task, for methods that return results in any order."""

    fn: Callable[[Any], Any]

    def __call__(self, pair: tuple[int, Any]) -> tuple[int, Any]:
        number, task = pair
        return number, self.fn(task)


def _in_order(numbered: Iterable[tuple[int, Any]]) -> list[Any]:
    return [result for _, result in sorted(numbered, key=itemgetter(0))]


def _apply_async_callback(pool: Pool, fn: Callable[[Any], Any], tasks: Iterable[Any], _: dict[str, int]) -> list[Any]:
    collected: list[tuple[int, Any]] = []
    numbered = _Numbered(fn)
    handles = [pool.apply_async(numbered, (pair,), callback=collected.append) for pair in enumerate(tasks)]
    for handle in handles:
        handle.get()  # a task that raises calls no callback: this raises its exception
    return _in_order(collected)


_CALLS: dict[str, Callable[[Pool, Callable[[Any], Any], Iterable[Any], dict[str, int]], Iterable[Any]]] = {
    "starmap": lambda pool, fn, tasks, chunks: pool.starmap(fn, ((task,) for task in tasks), **chunks),
    "apply": lambda pool, fn, tasks, _: [pool.apply(fn, (task,)) for task in tasks],
    "apply_async": lambda pool, fn, tasks, _: [
        handle.get() for handle in [pool.apply_async(fn, (task,)) for task in tasks]
    ],
    "apply_async_callback": _apply_async_callback,
    "map_async": lambda pool, fn, tasks, chunks: pool.map_async(fn, tasks, chunks.get("chunksize")).get(),
    "starmap_async": lambda pool, fn, tasks, chunks: pool.starmap_async(
        fn, ((task,) for task in tasks), chunks.get("chunksize")
    ).get(),
    "imap": lambda pool, fn, tasks, chunks: pool.imap(fn, tasks, **chunks),
    "imap_unordered": lambda pool, fn, tasks, chunks: _in_order(
        pool.imap_unordered(_Numbered(fn), enumerate(tasks), **chunks)
    ),
}


_NUMBERED = """
def numbered(pair):
    number, task = pair
    return number, fn(task)
"""

_COLLECTING = f"""{_NUMBERED}

def collect(pool, tasks):
    pairs = []
    handles = [pool.apply_async(numbered, (pair,), callback=pairs.append) for pair in enumerate(tasks)]
    for handle in handles:
        handle.get()
    return [result for _, result in sorted(pairs, key=itemgetter(0))]
"""

_DEFINITIONS = {"apply_async_callback": _COLLECTING, "imap_unordered": _NUMBERED}

_RESULTS: dict[str, str] = {
    "map": "executor.map(fn, tasks, chunksize={chunksize})",
    "starmap": "executor.starmap(fn, [(task,) for task in tasks], chunksize={chunksize})",
    "apply": "[executor.apply(fn, (task,)) for task in tasks]",
    "apply_async": "[handle.get() for handle in [executor.apply_async(fn, (task,)) for task in tasks]]",
    "apply_async_callback": "collect(executor, tasks)",
    "map_async": "executor.map_async(fn, tasks, chunksize={chunksize}).get()",
    "starmap_async": "executor.starmap_async(fn, [(task,) for task in tasks], chunksize={chunksize}).get()",
    "imap": "list(executor.imap(fn, tasks, chunksize={chunksize}))",
    "imap_unordered": (
        "[result for _, result in "
        "sorted(executor.imap_unordered(numbered, enumerate(tasks), chunksize={chunksize}), key=itemgetter(0))]"
    ),
}


def recipe(max_workers: int, chunksize: int, /, *, call: str, start_method: str) -> Recipe:
    """Name the start method only if it was chosen."""
    context = "" if start_method == "default" else f'.get_context("{start_method}")'
    definitions = _DEFINITIONS.get(call, "")
    return Recipe(
        imports=["import multiprocessing", *(["from operator import itemgetter"] if definitions else [])],
        opening=f"multiprocessing{context}.Pool({max_workers})",
        definitions=definitions,
        takes_initializer=True,
        results=_RESULTS[call].format(chunksize=chunksize),
    )
