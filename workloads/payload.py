"""Bytes there and back: arrays with trivial work, so that the transfer dominates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from execbench import Workload

Bytes = NDArray[np.uint8]


def invert(array: Bytes) -> Bytes:
    """Return a new array of the same size."""
    return ~array


def tasks(size: int, *, nbytes: int = 500_000, seed: int = 0) -> list[Bytes]:
    """Return seeded arrays of `nbytes` bytes."""
    return [np.frombuffer(np.random.default_rng([seed, number]).bytes(nbytes), np.uint8) for number in range(size)]


workload = Workload(fn=invert, tasks=tasks, size=16)
