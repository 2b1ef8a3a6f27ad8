"""Frames with missing values."""

import polars

frames = [polars.DataFrame({"kind": ["a", "b", None] * n, "x": [0.5, float("nan"), None] * n}) for n in range(1, 8)]
