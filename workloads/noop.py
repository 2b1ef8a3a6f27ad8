"""Nothing at all: the cost of sending a task and getting it back. With `nbytes`, a task weighs that much."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from execbench import Workload

_NUMBER_BYTES = 8


def noop(task: int) -> int:
    """Return the task."""
    return task


def number_of(task: bytes) -> int:
    """Return the number that the bytes begin with."""
    return int.from_bytes(task[:_NUMBER_BYTES], "little")


def tasks(size: int, *, nbytes: int = 0) -> Sequence[Any]:
    """Return the numbers from 0; with `nbytes`, as the beginning of that many random bytes, at least 8."""
    if not nbytes:
        return range(size)
    rest = max(0, nbytes - _NUMBER_BYTES)
    return [number.to_bytes(_NUMBER_BYTES, "little") + random.Random(number).randbytes(rest) for number in range(size)]


def choose(*, nbytes: int = 0) -> Callable[[Any], int]:
    """Return what takes the tasks that `tasks` makes."""
    return number_of if nbytes else noop


workload = Workload(fn=noop, tasks=tasks, size=1000, fn_for=choose)
