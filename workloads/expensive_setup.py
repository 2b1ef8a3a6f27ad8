"""An expensive object that each worker needs once, and cheap tasks that use it.

If workers stay alive between rounds, only the first call pays for the object, once per worker process; threads share
one. A backend that starts new workers for each round pays every time.
"""

from __future__ import annotations

import os
import threading

from execbench import Workload

# By process id: a forked worker must not inherit what its parent has built, or its set-up would cost nothing; nor the
# lock, which a thread of the parent may hold during the fork, and which nobody would release in the child.
_tables: dict[tuple[int, int], list[int]] = {}
_building: dict[int, threading.Lock] = {}

_STRIDE = 20


def look_up(task: tuple[int, int]) -> int:
    """Add up every 20th entry of the expensive table, which is built when this process first needs it."""
    number, setup_steps = task
    return sum(_table(setup_steps)[number % _STRIDE :: _STRIDE]) + number


def tasks(size: int, *, setup_steps: int = 40_000) -> list[tuple[int, int]]:
    """Return the numbers from 0, each with the number of steps that it takes to build the table."""
    return [(number, setup_steps) for number in range(size)]


def _table(setup_steps: int) -> list[int]:
    process = os.getpid()
    key = process, setup_steps
    if key not in _tables:
        with _building.setdefault(process, threading.Lock()):
            if key not in _tables:  # another thread may have built it while this one waited
                _tables[key] = _build(setup_steps)
    return _tables[key]


def _build(steps: int) -> list[int]:
    table = [1]
    for _ in range(steps):
        table.append((table[-1] * 1_103_515_245 + 12_345) & 0x7FFFFFFF)
    return table


workload = Workload(fn=look_up, tasks=tasks, size=800)
