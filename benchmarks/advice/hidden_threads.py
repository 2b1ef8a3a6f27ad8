"""Libraries that use all CPUs without being asked."""

import numpy as np
import polars
import pyarrow
import pyarrow.compute
import scipy.fft
import zstandard

_values = np.random.default_rng(0).normal(size=240_000)
_frame = polars.DataFrame({"x": _values, "kind": (np.abs(_values) * 10).astype(int)})
_table = pyarrow.table({"x": _values[:80_000], "kind": (np.abs(_values[:80_000]) * 10).astype(int)})
_text = b" ".join(b"%d bottles of beer" % (number * number) for number in range(12_000))


def kinds(number):
    return _frame.lazy().filter(polars.col("x") > number % 3 - 2).group_by("kind").len().collect().height


def grouped(number):
    table = _table.filter(pyarrow.compute.field("x") > number % 3 - 2)
    return table.group_by("kind").aggregate([("x", "mean")]).num_rows


def frequencies(number):
    return float(np.abs(scipy.fft.rfft(_values.reshape(40, -1) + number, workers=2)).max())


def packed(number):
    return len(zstandard.ZstdCompressor(level=5, threads=2).compress(_text + b"%d" % number))
