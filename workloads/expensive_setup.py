"""An expensive object that each process needs once, and cheap tasks that use it.

If workers stay alive between rounds, only the first call pays for the object, once per worker process; threads share
one. A backend that starts new workers for each round pays every time.
"""

from __future__ import annotations

from execbench import Workload

_table: list[int] = []

_STRIDE = 20


def look_up(number: int) -> int:
    """Add up every 20th entry of the expensive table."""
    return sum(_table[number % _STRIDE :: _STRIDE]) + number


def tasks(size: int, *, setup_steps: int = 40_000) -> range:
    """Return the numbers from 0."""
    return range(size)


def setup(*, setup_steps: int) -> None:
    """Build the table, in this many steps."""
    table = [1]
    for _ in range(setup_steps):
        table.append((table[-1] * 1_103_515_245 + 12_345) & 0x7FFFFFFF)
    _table[:] = table


workload = Workload(fn=look_up, tasks=tasks, size=800, setup=setup)
