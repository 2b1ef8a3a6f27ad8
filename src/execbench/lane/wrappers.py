"""Stand-ins for a workload's function: to spread a task over arguments, prove the order of results, or trace tasks.

A stand-in of a coroutine function awaits it. `Star` need not, as it returns the coroutine.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic_ns, perf_counter
from typing import Any

Span = tuple[int, int, int, int, int]
"""Start and end in nanoseconds on the machine's monotonic clock; process id; thread id; id of the `Traced` object."""


@dataclass(frozen=True)
class Star:
    """Calls `fn(*task)`, or `fn(**task)` for a mapping."""

    fn: Callable[..., Any]

    def __call__(self, task: Any) -> Any:
        """Return what the function does, called with the parts of the task."""
        return self.fn(**task) if isinstance(task, Mapping) else self.fn(*task)


@dataclass
class Stamped:
    """`fn` for pairs of a number and a task. Results keep the number, which proves the order of equal results too."""

    fn: Callable[[Any], Any]

    def __call__(self, pair: tuple[int, Any]) -> tuple[int, Any]:
        """Return the task's number with its result."""
        number, task = pair
        return number, self.fn(task)


class AwaitedStamped(Stamped):
    """The same for a coroutine function."""

    async def __call__(self, pair: tuple[int, Any]) -> tuple[int, Any]:  # type: ignore[override]
        """Return the task's number with its result."""
        number, task = pair
        return number, await self.fn(task)


@dataclass
class Traced:
    """`fn` that returns its span with its result. It does as little as possible, as its own cost is traced too."""

    fn: Callable[[Any], Any]

    def __call__(self, task: Any) -> tuple[Span, Any]:
        """Time the task. An id other than the original's means that this object was pickled, even within a process."""
        start = monotonic_ns()
        result = self.fn(task)
        return (start, monotonic_ns(), os.getpid(), threading.get_native_id(), id(self)), result


class AwaitedTraced(Traced):
    """The same for a coroutine function; its span includes the times at which it waits and others run."""

    async def __call__(self, task: Any) -> tuple[Span, Any]:  # type: ignore[override]
        """Time the task."""
        start = monotonic_ns()
        result = await self.fn(task)
        return (start, monotonic_ns(), os.getpid(), threading.get_native_id(), id(self)), result


def pickling_seconds(values: Sequence[Any], chunksize: int) -> float:
    """Pickle and unpickle values in chunks, and return how many seconds that took; 0 if they cannot be pickled."""
    start = perf_counter()
    try:
        for place in range(0, len(values), chunksize):
            pickle.loads(pickle.dumps(values[place : place + chunksize], protocol=pickle.HIGHEST_PROTOCOL))
    except Exception:
        return 0.0
    return perf_counter() - start
