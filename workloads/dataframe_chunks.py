"""The shape of each chunk of a DataFrame: the tutorial's pathos example, where sending costs more than working."""

from __future__ import annotations

import numpy as np
import pandas as pd

from execbench import Workload


def shape(chunk: pd.DataFrame) -> tuple[int, int]:
    """Return the numbers of rows and columns of a chunk."""
    return chunk.shape


def tasks(size: int, *, rows: int = 50_000, seed: int = 0) -> list[pd.DataFrame]:
    """Split a frame of `rows` x 2 numbers from 3 to 9 evenly into `size` chunks (the tutorial has 500 rows)."""
    frame = pd.DataFrame(np.random.default_rng(seed).integers(3, 10, (rows, 2)), columns=["a", "b"])
    edges = [rows * number // size for number in range(size + 1)]
    return [frame.iloc[start:stop] for start, stop in zip(edges, edges[1:])]


workload = Workload(fn=shape, tasks=tasks, size=100)
