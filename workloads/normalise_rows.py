"""Rows scaled to the range from 0 to 1: the tutorial's four rows, followed by seeded ones."""

from __future__ import annotations

import random

from execbench import Workload

_PRINTED = [[2, 3, 4, 5], [6, 9, 10, 12], [11, 12, 13, 14], [21, 24, 25, 26]]


def normalise(row: list[int]) -> list[float]:
    """Return (x - min) / (max - min) for each number of a row."""
    low = min(row)
    spread = max(row) - low or 1  # a constant row is all zeros
    return [(number - low) / spread for number in row]


def tasks(size: int, *, seed: int = 0, width: int = 400) -> list[list[int]]:
    """Return rows: the tutorial's four, then seeded ones of `width` different numbers."""
    numbers = random.Random(seed)
    return [*_PRINTED[:size], *(numbers.sample(range(10 * width), width) for _ in range(size - len(_PRINTED)))]


workload = Workload(fn=normalise, tasks=tasks, size=500)
