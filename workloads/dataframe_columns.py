"""The sum of squares of each column of a DataFrame: the tutorial's `imap` over columns."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pandas as pd

from execbench import Workload

# In quotes, as Series is generic only in pandas' stubs.
Column: TypeAlias = "pd.Series[int]"

_PRINTED = np.array([(8, 5), (5, 3), (3, 4), (4, 4), (7, 9)])


def sum_of_squares(column: Column) -> int:
    """Return the sum of the squares of a column."""
    return int((column**2).sum())


def tasks(size: int, *, rows: int = 2_000, seed: int = 0) -> list[Column]:
    """Return the columns of a frame of numbers from 3 to 9; its first 5 rows and 2 columns are the tutorial's."""
    numbers = np.random.default_rng(seed).integers(3, 10, (rows, size))
    height, width = min(rows, len(_PRINTED)), min(size, 2)
    numbers[:height, :width] = _PRINTED[:height, :width]
    frame = pd.DataFrame(numbers)
    return [column for _, column in frame.items()]


workload = Workload(fn=sum_of_squares, tasks=tasks, size=300)
