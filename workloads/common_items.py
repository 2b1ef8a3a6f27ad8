"""Items that two rows have in common: the tutorial's pairs of rows, followed by seeded ones."""

from __future__ import annotations

import random
from itertools import islice

from execbench import Workload

Pair = tuple[list[int], list[int]]

_PRINTED: list[Pair] = [
    ([1, 2, 3], [2, 3, 4, 5]),
    ([5, 6, 7, 8], [6, 9, 10]),
    ([10, 11, 12], [11, 12, 13, 14]),
    ([20, 21], [21, 24, 25]),
]


def common_items(pair: Pair) -> list[int]:
    """Return the sorted items that are in both rows."""
    one, other = pair
    return sorted(set(one) & set(other))


def tasks(size: int, *, seed: int = 0, width: int = 400) -> list[Pair]:
    """Return pairs of rows: the tutorial's four, then seeded ones of `width` items from 0 to 4999."""
    numbers = random.Random(seed)
    seeded = ((numbers.choices(range(5000), k=width), numbers.choices(range(5000), k=width)) for _ in range(size))
    return [*_PRINTED[:size], *islice(seeded, max(0, size - len(_PRINTED)))]


workload = Workload(fn=common_items, tasks=tasks, size=500)
