"""Coroutine functions: which functions they are, and how executors that only call functions run them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from execbench.lane.chunks import Chunks
from execbench.lane.modes import Map
from execbench.lane.per_worker import AfterSetup, WithShared
from execbench.lane.wrappers import Star
from execbench.protocol import Executor


def is_coroutine_function(fn: Callable[..., Any]) -> bool:
    """Return whether a call of this function gives a coroutine to await."""
    return _is(inspect.iscoroutinefunction, fn)


def is_async_generator_function(fn: Callable[..., Any]) -> bool:
    """Return whether this is an `async def` with `yield`, whose calls give nothing to await."""
    return _is(inspect.isasyncgenfunction, fn)


def awaits(executor: Executor) -> bool:
    """Return whether an executor awaits coroutines itself."""
    return hasattr(executor, "map_coroutines")


def map_for_coroutines(executor: Executor) -> Map:
    """Return how an executor maps coroutine functions: by its own method, or by `map`, with an event loop per chunk."""
    own: Map | None = getattr(executor, "map_coroutines", None)
    return own or partial(_map_in_loops, executor.map)


def import_asyncio() -> None:
    """Import asyncio, as every program that calls coroutine functions has done before; no round must pay for it."""
    import asyncio  # noqa: F401, PLC0415 -- lanes of plain functions need not pay for it


def in_turn(fn: Callable[[Any], Any], tasks: Iterable[Any]) -> list[Any]:
    """Return what the function gives for each task, one after another; coroutines are awaited in one event loop."""
    if not is_coroutine_function(fn):
        return [fn(task) for task in tasks]
    import asyncio  # noqa: PLC0415 -- as above

    return asyncio.run(_awaited_in_turn(fn, tasks))


def at_once(fn: Callable[[Any], Any], tasks: Iterable[Any]) -> list[Any]:
    """Return what a coroutine function gives for each task, all of them awaited at once, in one event loop."""
    import asyncio  # noqa: PLC0415 -- as above

    return asyncio.run(_gathered(fn, tasks))


@contextmanager
def in_one_loop(fn: Callable[[Any], Any]) -> Iterator[Callable[[Any], Any]]:
    """Yield a plain function that gives what a function gives; coroutines are all awaited in the same event loop."""
    if not is_coroutine_function(fn):
        yield fn
        return
    import asyncio  # noqa: PLC0415 -- as above

    loop = asyncio.new_event_loop()
    try:
        yield lambda task: loop.run_until_complete(fn(task))
    finally:
        loop.run_until_complete(_end_others())
        loop.close()


def _is(kind: Callable[[Any], bool], fn: Any) -> bool:
    """Return whether a function, or what it stands for, is of a kind; an object is if its `__call__` is."""
    while isinstance(fn, (partial, Star, WithShared, AfterSetup)):
        fn = fn.func if isinstance(fn, partial) else fn.fn
    return kind(fn) or (callable(fn) and kind(type(fn).__call__))


def _map_in_loops(mapping: Map, fn: Callable[[Any], Any], tasks: Iterable[Any], *, chunksize: int = 0) -> list[Any]:
    """Map over chunks, so that workers start a loop for each. With the library's own chunk size, it is one per task."""
    chunks = Chunks.split(tasks, chunksize or 1)
    results = mapping(partial(in_turn, fn), chunks, **({"chunksize": 1} if chunksize else {}))
    return [result for chunk in results for result in chunk]


async def _end_others() -> None:
    """Cancel what coroutines have started and not awaited, as `asyncio.run` does."""
    import asyncio  # noqa: PLC0415 -- as above

    others = asyncio.all_tasks() - {asyncio.current_task()}
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _gathered(fn: Callable[[Any], Any], tasks: Iterable[Any]) -> list[Any]:
    import asyncio  # noqa: PLC0415 -- as above

    return await asyncio.gather(*map(fn, tasks))


async def _awaited_in_turn(fn: Callable[[Any], Any], tasks: Iterable[Any]) -> list[Any]:
    return [await fn(task) for task in tasks]
