"""How many numbers of a row lie from 4 to 8: the tutorial's main example, where 200,000 rows do not pay for a pool."""

from __future__ import annotations

from execbench import Workload


def howmany_within_range(row: list[int]) -> int:
    """Count the numbers of a row that are at least 4 and at most 8."""
    return sum(1 for number in row if 4 <= number <= 8)


def tasks(size: int, *, seed: int = 0) -> list[list[int]]:
    """Return rows of five numbers from 0 to 9."""
    import numpy as np  # noqa: PLC0415 -- every worker imports this module, and counting needs no NumPy

    rows: list[list[int]] = np.random.default_rng(seed).integers(0, 10, (size, 5)).tolist()
    return rows


workload = Workload(fn=howmany_within_range, tasks=tasks, size=2000)
