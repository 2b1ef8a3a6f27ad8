"""What stands in for a workload's function where a round has to prove or show something about its tasks."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic_ns, perf_counter
from typing import Any

Span = tuple[int, int, int, int, int]
"""Start and end on the machine's monotonic clock in nanoseconds; the process and its thread; the copy of `Traced`."""


@dataclass(frozen=True)
class Stamped:
    """`fn` for pairs of a number and a task: results keep the number, which proves the order of equal results."""

    fn: Callable[[Any], Any]

    def __call__(self, pair: tuple[int, Any]) -> tuple[int, Any]:
        """Return the task's number with its result."""
        number, task = pair
        return number, self.fn(task)


@dataclass(frozen=True)
class Traced:
    """`fn` with its result beside the span it ran in. It does as little as it can: what it costs is traced, too."""

    fn: Callable[[Any], Any]

    def __call__(self, task: Any) -> tuple[Span, Any]:
        """Run the task between two looks at the clock; another copy of this object was pickled, even in one process."""
        start = monotonic_ns()
        result = self.fn(task)
        return (start, monotonic_ns(), os.getpid(), threading.get_native_id(), id(self)), result


def pickling_seconds(values: Sequence[Any], chunksize: int) -> float:
    """Pickle and unpickle values by chunks, and return the seconds that took; 0 where they cannot be pickled."""
    start = perf_counter()
    try:
        for place in range(0, len(values), chunksize):
            pickle.loads(pickle.dumps(values[place : place + chunksize], protocol=pickle.HIGHEST_PROTOCOL))
    except Exception:
        return 0.0
    return perf_counter() - start
