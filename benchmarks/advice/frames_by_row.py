"""What users pass to `DataFrame.apply`, and the same on chunks of a frame."""

from functools import partial

import numpy as np
import pandas as pd


def _frame(rows):
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "price": random.uniform(1, 100, rows),
            "count": random.integers(1, 9, rows),
            "kind": list("abcd") * (rows // 4),
        }
    )


def rows(count):
    return [row for _, row in _frame(count).iterrows()]


def chunks(count, length=100):
    frame = _frame(count * length)
    return [frame.iloc[place : place + length] for place in range(0, len(frame), length)]


rows_small, rows_middle, rows_large = (partial(rows, count) for count in (180, 3_600, 30_000))
chunks_small, chunks_middle, chunks_large = (partial(chunks, count) for count in (2, 14, 110))
groups_small, groups_middle, groups_large = (partial(chunks, count, 4_000) for count in (2, 10, 83))


def total(row):
    return round(row["price"] * row["count"] * (0.9 if row["kind"] == "a" else 1.0), 2)


def totals(frame):
    return frame.apply(total, axis=1)


def by_kind(frame):
    return frame.groupby("kind").agg({"price": ["mean", "std"], "count": "sum"})
