"""Pi from random points, in NumPy: each task has an independent seeded stream, the same on any backend."""

from __future__ import annotations

import numpy as np

from execbench import Workload


def estimate(task: tuple[int, int, int]) -> tuple[int, float]:
    """Return the task's number, and four times the share of points of the unit square that lie in the circle."""
    seed, number, points = task
    # A separate stream for each task: otherwise forked workers would all draw the same numbers.
    x, y = np.random.default_rng([seed, number]).random((2, points))
    return number, 4.0 * int(np.count_nonzero(x * x + y * y <= 1.0)) / points


def tasks(size: int, *, points: int = 50_000, seed: int = 0) -> list[tuple[int, int, int]]:
    """Return the seed, the number and the number of points of each task."""
    return [(seed, number, points) for number in range(size)]


workload = Workload(fn=estimate, tasks=tasks, size=64)
