"""The hypotenuse of each row of a DataFrame: the tutorial's `imap` over `itertuples`."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from execbench import Workload

_PRINTED = [(8, 5), (5, 3), (3, 4), (4, 4), (7, 9)]


def hypotenuse(row: tuple[int, int]) -> float:
    """Return the length of a row's hypotenuse, to two decimals."""
    return round(sqrt(row[0] ** 2 + row[1] ** 2), 2)


def tasks(size: int, *, seed: int = 0) -> list[tuple[Any, ...]]:
    """Return the rows of a frame of numbers from 3 to 9 as plain tuples: the tutorial's five, then seeded ones."""
    seeded = np.random.default_rng(seed).integers(3, 10, (max(0, size - len(_PRINTED)), 2))
    frame = pd.DataFrame([*_PRINTED[:size], *seeded.tolist()], columns=["a", "b"])
    return list(frame.itertuples(index=False, name=None))


workload = Workload(fn=hypotenuse, tasks=tasks, size=2000)
