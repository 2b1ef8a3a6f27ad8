"""Cubes of whole numbers: the tutorial's small task, for which no pool pays off."""

from __future__ import annotations

from execbench import Workload


def cube(number: int) -> int:
    """Return the third power."""
    return number**3


def tasks(size: int) -> range:
    """Return the numbers from 0."""
    return range(size)


workload = Workload(fn=cube, tasks=tasks, size=5000)
