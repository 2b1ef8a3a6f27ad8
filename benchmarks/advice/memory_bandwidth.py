"""Arrays that fit no cache, with one addition for each number read."""

import numpy as np

_first = np.arange(2_000_000, dtype=np.float64)
_second = np.ones(2_000_000)
_picture = np.zeros((1_000, 1_000), dtype=np.float32)


def added(number):
    return float((_first + _second)[number])


def rotated(number):
    return float(np.ascontiguousarray(np.rot90(_picture)).max() + number)


def summed(number):
    return float(_first[number % 8 :: 8].sum())
