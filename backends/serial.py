"""The plain loop: the baseline that every other backend is measured against.

It runs one task after another in the calling process. Pick it unless another backend beats it: nothing is started,
nothing is copied, nothing hangs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Optional

from execbench import Recipe


class _Done:
    """A call that has been made, as a future."""

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._result = self._error = None
        try:
            self._result = fn(*args)
        except Exception as error:
            self._error = error

    def result(self, timeout: Optional[float] = None) -> Any:
        if self._error is not None:
            raise self._error
        return self._result

    def cancel(self) -> bool:
        return False

    def add_done_callback(self, fn: Callable[[Any], object], /) -> None:
        fn(self)


class _Loop:
    serial = True

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> _Done:
        """Make the call at once."""
        return _Done(fn, args)

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> list[Any]:
        """Call `fn` on each task; the chunk size has no effect."""
        return [fn(task) for task in tasks]

    def imap(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> Iterator[Any]:
        """Call `fn` on each task once its result is wanted."""
        return map(fn, tasks)

    def map_coroutines(
        self, fn: Callable[[Any], Awaitable[Any]], tasks: Iterable[Any], /, *, chunksize: int = 1
    ) -> list[Any]:
        """Await one task after another in one event loop."""
        import asyncio  # noqa: PLC0415 -- the baseline of plain functions needs no more than they do

        async def in_turn() -> list[Any]:
            return [await fn(task) for task in tasks]

        return asyncio.run(in_turn())


@contextmanager
def backend(max_workers: int, /) -> Iterator[_Loop]:
    """Start nothing; the number of workers is accepted, as in every backend, but has no effect."""
    yield _Loop()


def recipe(max_workers: int, chunksize: int, /) -> Recipe:
    """Write a loop."""
    return Recipe(results="[fn(task) for task in tasks]", workers_get_fn="shared")


def recipe_for_coroutines(max_workers: int, chunksize: int, /) -> Recipe:
    """Write a loop within one event loop."""
    return Recipe(
        imports=["import asyncio"],
        definitions="async def in_turn(tasks):\n    return [await fn(task) for task in tasks]",
        results="asyncio.run(in_turn(tasks))",
        workers_get_fn="shared",
    )
