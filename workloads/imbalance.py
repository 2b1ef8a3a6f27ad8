"""Uneven CPU work: the first tasks take far longer than the rest, so large chunks leave workers idle.

The long tasks come first, as in an input that is sorted by size: one large chunk then contains all of them, and its
worker is still busy long after the others have finished. A smaller `--chunksize` spreads them out.
"""

from __future__ import annotations

from execbench import Workload


def work(task: tuple[int, int]) -> int:
    """Update a number in a loop of the given number of steps."""
    number, steps = task
    for _ in range(steps):
        number = (number * 1_103_515_245 + 12_345) & 0x7FFFFFFF
    return number


def tasks(size: int, *, steps: int = 300, long_share: float = 0.05, long_factor: int = 100) -> list[tuple[int, int]]:
    """Return numbers with their steps: the first `long_share` of them have `long_factor` times as many."""
    long_ones = max(1, round(size * long_share))
    return [(number, steps * long_factor if number < long_ones else steps) for number in range(size)]


workload = Workload(fn=work, tasks=tasks, size=200)
