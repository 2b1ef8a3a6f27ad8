"""Tasks that note when and where they ran, for the one round that says where the time went."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic_ns, perf_counter
from typing import Any, TypeAlias

Span: TypeAlias = tuple[int, int, int, int, int]
"""Start and end on the machine's monotonic clock, in nanoseconds; the process and its thread; which copy of `Traced`
it was: another one was pickled, even within a process."""


@dataclass(frozen=True)
class Traced:
    """`fn` with its result beside the span it ran in. It does as little as it can: what it costs is traced, too."""

    fn: Callable[[Any], Any]

    def __call__(self, task: Any) -> tuple[Span, Any]:
        """Run the task between two looks at the clock."""
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
