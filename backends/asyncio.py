"""`asyncio`: an event loop that awaits up to `max_workers` coroutines at once; plain functions run in its threads.

Its workers are slots of one loop in one thread, so coroutines overlap only while they wait, and one that computes holds
up all others. Plain functions are run by `max_workers` threads, as with `asyncio.to_thread`; before Python 3.13, one
that raises StopIteration may hang it (CPython issue 112182). Pick it for I/O whose library is asynchronous: a slot
costs less than a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from execbench import Recipe


@contextmanager
def backend(max_workers: int, /) -> Iterator[_Loop]:
    """Start nothing yet: each map runs a loop, and threads start when a plain function needs them."""
    with ThreadPoolExecutor(max_workers) as threads:
        yield _Loop(max_workers, threads)


class _Loop:
    def __init__(self, max_workers: int, threads: ThreadPoolExecutor) -> None:
        self._max_workers = max_workers
        self._threads = threads

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> list[Any]:
        """Call a plain function in the threads; the chunk size has no effect."""

        async def call(task: Any) -> Any:
            return await asyncio.get_running_loop().run_in_executor(self._threads, fn, task)

        return asyncio.run(_gathered(call, tasks))

    def map_coroutines(
        self, fn: Callable[[Any], Awaitable[Any]], tasks: Iterable[Any], /, *, chunksize: int = 1
    ) -> list[Any]:
        """Await the coroutines, `max_workers` at a time; the chunk size has no effect."""

        async def run() -> list[Any]:
            slots = asyncio.Semaphore(self._max_workers)

            async def await_one(task: Any) -> Any:
                async with slots:
                    return await fn(task)

            return await _gathered(await_one, tasks)

        return asyncio.run(run())


async def _gathered(call: Callable[[Any], Awaitable[Any]], tasks: Iterable[Any]) -> list[Any]:
    """Return all results; once a task raises, `asyncio.run` cancels the others."""
    return await asyncio.gather(*map(call, tasks))


_IN_THREADS = """
async def call_all(tasks):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers={max_workers}) as threads:
        return await asyncio.gather(*[loop.run_in_executor(threads, fn, task) for task in tasks])
"""

_IN_SLOTS = """
async def await_all(tasks):
    slots = asyncio.Semaphore({max_workers})

    async def await_one(task):
        async with slots:
            return await fn(task)

    return await asyncio.gather(*map(await_one, tasks))
"""


def recipe(max_workers: int, chunksize: int, /) -> Recipe:
    """Write an event loop that waits for threads."""
    return Recipe(
        imports=["import asyncio", "from concurrent.futures import ThreadPoolExecutor"],
        definitions=_IN_THREADS.format(max_workers=max_workers),
        results="asyncio.run(call_all(tasks))",
        workers_get_fn="shared",
    )


def recipe_for_coroutines(max_workers: int, chunksize: int, /) -> Recipe:
    """Write an event loop with a semaphore."""
    return Recipe(
        imports=["import asyncio"],
        definitions=_IN_SLOTS.format(max_workers=max_workers),
        results="asyncio.run(await_all(tasks))",
        workers_get_fn="shared",
    )
