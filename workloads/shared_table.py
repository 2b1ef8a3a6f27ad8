"""One large array that all tasks read: how it reaches the workers decides.

`sent=once` lets the backend give it to each worker, and `sent=each_task` makes it a part of every task.
"""

from __future__ import annotations

from typing import Literal, Optional, Union

import numpy as np
from numpy.typing import NDArray

from execbench import Workload

Table = NDArray[np.float64]
Task = Union[int, tuple[int, Table]]
Sent = Literal["once", "each_task"]

_COLUMNS = 50
_READ = 200
"""How many rows a task reads."""


def read(task: Task, table: Optional[Table]) -> float:
    """Add up some rows of the table that all tasks share, or that came with the task."""
    if isinstance(task, tuple):
        number, table = task
    else:
        number = task
    assert table is not None
    first = number * _READ % max(1, len(table) - _READ)
    return float(table[first : first + _READ].sum()) + number


def tasks(size: int, *, nbytes: int = 64_000_000, sent: Sent = "once") -> list[Task]:
    """Return numbers; with a table of `nbytes` bytes if it is sent with each task."""
    if sent == "once":
        return list(range(size))
    table = _table(nbytes)
    return [(number, table) for number in range(size)]


def shared(size: int, *, nbytes: int, sent: Sent) -> Optional[Table]:
    """Return the table; None if it is sent with each task."""
    return _table(nbytes) if sent == "once" else None


def _table(nbytes: int) -> Table:
    return np.random.default_rng(0).random((max(1, nbytes // (8 * _COLUMNS)), _COLUMNS))


workload = Workload(fn=read, tasks=tasks, size=400, shared=shared)
