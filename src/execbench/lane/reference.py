"""The reference kernel: fixed work, the same in every run of every project.

It runs next to each round of the serial loop. Where that loop is slower than in another run and the kernel is, too, the
machine was slower; where the kernel is not, the code is.
"""

from __future__ import annotations

from time import perf_counter

STEPS = 20_000
"""About a millisecond. Another number, or another loop, would be another kernel: artifacts could not be compared."""


def reference_kernel() -> float:
    """Run it, and return the seconds that it took."""
    start = perf_counter()
    total = 0
    for number in range(STEPS):
        total += number & 7
    return perf_counter() - start
