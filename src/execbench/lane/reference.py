"""The reference kernel: fixed work, the same in every run of every project.

It runs next to each round of the serial loop. If the loop is slower than in another run, the machine was slower if the
kernel is slower too; otherwise the code is.
"""

from __future__ import annotations

from time import perf_counter

STEPS = 20_000
"""About a millisecond. Never change this number or the loop: artifacts could no longer be compared."""


def reference_kernel() -> float:
    """Run the kernel and return how many seconds it took."""
    start = perf_counter()
    total = 0
    for number in range(STEPS):
        total += number & 7
    return perf_counter() - start
