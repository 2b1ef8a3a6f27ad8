"""Bytes there and back: arrays with trivial work, so that the transfer dominates."""

from __future__ import annotations

from collections.abc import Sequence

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


def equal(results: Sequence[Bytes], expected: Sequence[Bytes]) -> bool:
    """Return whether both lists hold arrays of the same bytes in the same order."""
    return len(results) == len(expected) and all(
        isinstance(result, np.ndarray) and result.dtype == wanted.dtype and np.array_equal(result, wanted)
        for result, wanted in zip(results, expected)
    )


workload = Workload(fn=invert, tasks=tasks, size=16, equal=equal)
