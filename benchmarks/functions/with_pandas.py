"""Frames, from a seed, with missing values."""

import numpy as np
import pandas as pd

_random = np.random.default_rng(0)


def _frame(rows):
    frame = pd.DataFrame({"kind": list("abc") * rows, "n": range(3 * rows), "x": _random.normal(size=3 * rows)})
    return frame.mask(frame == 1)


frames = [_frame(rows) for rows in range(3, 11)]
columns = [frame["kind"] for frame in frames]
values_and_bins = [(frame["x"], 3) for frame in frames]


def by_kind(frame):
    """Return a frame for each kind."""
    return {kind: group.drop(columns="kind") for kind, group in frame.groupby("kind")}


def pivoted(frame):
    """Return a table with two levels of columns."""
    return frame.pivot_table(index="kind", values=["n", "x"], aggfunc=["mean", "count"])
