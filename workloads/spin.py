"""Even CPU work in pure Python: every task loops for the same number of steps."""

from __future__ import annotations

from execbench import Workload


def spin(task: tuple[int, int]) -> int:
    """Update a number in a loop of the given number of steps."""
    number, steps = task
    for _ in range(steps):
        number = (number * 1_103_515_245 + 12_345) & 0x7FFFFFFF
    return number


def tasks(size: int, *, steps: int = 4000) -> list[tuple[int, int]]:
    """Return the numbers from 0, each with its number of steps."""
    return [(number, steps) for number in range(size)]


workload = Workload(fn=spin, tasks=tasks, size=100)
