"""Where a curve crosses a mark: which place to measure next, and what the measured places prove. Pure.

Apart from noise, curves here rise with the task cost, or with the number of tasks. They are measured on a grid, each
place against a yardstick in the same heats, in several launches.

- **The next place to measure** is found by going up or down until the mark lies between two places, then by bisection,
  until the two are neighbours on the grid.
- **A crossing** is found on the curve made monotone (the nearest one by least squares), interpolated between the
  neighbours of the mark, on a logarithmic scale. It has a measured neighbour on both sides, or there is none. Its
  interval is the jackknife's: how it changes as each launch is left out.
- **A bracket is proven** by its two ends: the whole interval of one lies below the mark, that of the other above.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from execbench.stats import Interval, mean_of_launches

MAX_STRIDE = 2
"""The most places to go at once: those far beyond the mark may take very long."""


class End(msgspec.Struct, frozen=True, rename={"measured": "speedup"}):
    """One end of a bracket: a place, and the interval that was measured there."""

    place: float
    measured: Interval


@dataclass(frozen=True)
class Bracket:
    """The narrowest places that prove where the mark is crossed; None where no place proves it."""

    below: End | None
    above: End | None

    @property
    def proven(self) -> bool:
        """Whether both ends are there."""
        return self.below is not None and self.above is not None


def next_place(seen: Mapping[int, bool], start: int, most: int) -> int | None:
    """Return the place to measure next; None once the mark lies between two neighbours, or beyond the grid.

    Args:
        seen: For each place that was measured, whether the mark was reached, on a curve made monotone.
        start: The first place to measure.
        most: The highest place of the grid; the lowest is 0.
    """
    if not seen:
        return min(max(start, 0), most)
    below = max((place for place, reached in seen.items() if not reached), default=None)
    above = min((place for place, reached in seen.items() if reached), default=None)
    stride = min(len(seen), MAX_STRIDE)
    if above is None:
        return min(max(seen) + stride, most) if max(seen) < most else None
    if below is None:
        return max(min(seen) - stride, 0) if min(seen) > 0 else None
    return (below + above) // 2 if above - below > 1 else None


def monotone(values: Sequence[float]) -> list[float]:
    """Return the values that never fall and are nearest by least squares: neighbours that fall become their mean."""
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (last, count), (before, more) = pools.pop(), pools.pop()
            pools.append(((last * count + before * more) / (count + more), count + more))
    return [mean for mean, count in pools for _ in range(count)]


def crossing(curve: Mapping[float, float], mark: float) -> float | None:
    """Return where a curve, given by place, reaches a mark; None without a measured place on both sides of it."""
    places = sorted(curve)
    heights = monotone([curve[place] for place in places])
    for (left, low), (right, high) in pairwise(zip(places, heights, strict=True)):
        if low < mark <= high:
            share = (mark - low) / (high - low)
            return math.exp(math.log(left) + share * (math.log(right) - math.log(left)))
    return None


def jackknife(whole: float, others: Sequence[float | None], planned: int | None = None) -> Interval | None:
    """Return a crossing with Student's interval; None for fewer than two launches, or where one decides alone.

    Args:
        whole: The crossing of the mean curve of all launches.
        others: For each launch, the crossing of all the others.
        planned: The number of launches that were planned, if more were added because these disagreed.
    """
    count = len(others)
    logs = [count * math.log(whole) - (count - 1) * math.log(place) for place in others if place is not None]
    if count < 2 or len(logs) < count:
        return None
    return mean_of_launches(logs, planned).interval()


def bracket(logs: Mapping[float, Sequence[float]]) -> Bracket:
    """Return the narrowest bracket in which a ratio is proven to pass 1.

    Args:
        logs: For each place, the logarithm of the ratio in each launch.
    """
    ends = [End(place, mean_of_launches(values).interval()) for place, values in logs.items() if len(values) > 1]
    slower = [end for end in ends if end.measured.high < 1]
    below = max(slower, key=lambda end: end.place, default=None)
    faster = [end for end in ends if end.measured.low > 1 and (below is None or end.place > below.place)]
    return Bracket(below, min(faster, key=lambda end: end.place, default=None))
