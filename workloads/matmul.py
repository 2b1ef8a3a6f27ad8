"""Matrix products with BLAS: C code that releases the interpreter lock and has its own threads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from execbench import Workload


def matmul(task: tuple[int, int, int]) -> float:
    """Multiply two seeded matrices and return the trace of the product."""
    seed, number, n = task
    left, right = np.random.default_rng([seed, number]).random((2, n, n))
    product: NDArray[np.float64] = left @ right
    return float(np.trace(product))


def tasks(size: int, *, n: int = 384, seed: int = 0) -> list[tuple[int, int, int]]:
    """Return the seeds of pairs of `n` x `n` matrices, which workers generate, as this is not about payload."""
    return [(seed, number, n) for number in range(size)]


def equal(results: Sequence[float], expected: Sequence[float]) -> bool:
    """Compare to 12 digits: BLAS adds in a different order with a different number of threads."""
    return (
        len(results) == len(expected)
        and all(type(result) is float for result in results)
        and np.allclose(results, expected, rtol=1e-12, atol=0.0)
    )


workload = Workload(fn=matmul, tasks=tasks, size=12, equal=equal)
