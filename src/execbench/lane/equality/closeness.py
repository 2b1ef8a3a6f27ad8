"""Floats: the same, or so close that only the order of the arithmetic can have made the difference.

A difference is relative to the larger of two numbers, so a number has none that is within a tolerance to 0.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any


@dataclass
class Closeness:
    """How close numbers have to be, and how close they were."""

    tolerance: float
    largest: float = 0.0
    """The largest relative difference so far that was within the tolerance."""

    def accepts(self, one: complex, other: complex) -> bool:
        """Return whether two floats or complex numbers are the same, or close enough."""
        if _is_same(one.real, other.real) and _is_same(one.imag, other.imag):
            return True
        try:
            distance = abs(one - other) / max(abs(one), abs(other))
        except OverflowError:  # of complex numbers
            return False
        if not distance <= self.tolerance:  # NaN, too
            return False
        self.largest = max(self.largest, distance)
        return True

    def first_beyond(self, one: Any, other: Any) -> tuple[int, ...] | None:
        """Return the index of the first items of two arrays that are not the same, nor close enough; None if all are.

        The arrays have one shape and one type.
        """
        numpy = sys.modules["numpy"]
        unlike = numpy.asarray(_unlike(one, other))
        if one.dtype.kind in "fc" and unlike.any():
            with numpy.errstate(all="ignore"):
                ours, theirs = one[unlike], other[unlike]
                distance = abs(ours - theirs) / numpy.maximum(abs(ours), abs(theirs))
            within = distance <= self.tolerance
            if within.any():
                self.largest = max(self.largest, float(distance[within].max()))
            beyond = unlike.copy()
            beyond[unlike] = ~within
            unlike = beyond
        if not unlike.any():
            return None
        return tuple(int(place) for place in numpy.unravel_index(unlike.argmax(), unlike.shape))


def _unlike(one: Any, other: Any) -> Any:
    if one.dtype.kind == "c":
        return _unlike(one.real, other.real) | _unlike(one.imag, other.imag)
    return (one != other) & ~((one != one) & (other != other))  # noqa: PLR0124 -- NaN


def _is_same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)  # noqa: PLR0124 -- NaN
