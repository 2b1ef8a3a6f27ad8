"""Nothing at all: the cost of sending a task and getting it back."""

from __future__ import annotations

from execbench import Workload


def noop(task: int) -> int:
    """Return the task."""
    return task


def tasks(size: int) -> range:
    """Return the numbers from 0."""
    return range(size)


workload = Workload(fn=noop, tasks=tasks, size=1000)
