"""Whether launches fall into two kinds: numbers in, launches out.

The levels are split where the launches then lie nearest to the median of their own kind. Launches of one kind can be
split, too, so the two kinds count only if they are far apart for the distance of launches from their own median, and
by a share that matters. A single launch that went wrong moves medians and absolute distances little.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MIN_RATIO = 1.25
"""Kinds that are closer to each other matter little."""

MIN_DISTANCE = 10.0
"""Between the medians of the two kinds, in mean distances of the launches from the median of their own kind.

Of launches that differ by normal noise, however large, fewer than one race in a hundred goes beyond it, which
benchmarks/certify_simulated.py certifies.
"""

MIN_SHARE = 0.25
"""Of the launches, and two at least: fewer are exceptions, not a kind."""


@dataclass(frozen=True)
class Kinds:
    """Two kinds of launches, by their numbers, and the median of each one's levels."""

    low: frozenset[int]
    high: frozenset[int]
    low_level: float
    high_level: float


def two_kinds(levels: Mapping[int, float]) -> Kinds | None:
    """Return the two kinds of launches that their levels, in logarithms, fall into; None if there is one kind."""
    ordered = sorted(levels, key=levels.__getitem__)
    least = max(2, math.ceil(MIN_SHARE * len(ordered)))
    splits = [(ordered[:place], ordered[place:]) for place in range(least, len(ordered) - least + 1)]
    if not splits:
        return None
    sides = [[[levels[launch] for launch in side] for side in split] for split in splits]
    losses = [sum(map(_distances, pair)) for pair in sides]
    best = losses.index(min(losses))
    low, high = map(statistics.median, sides[best])
    wanted = max(math.log(MIN_RATIO), MIN_DISTANCE * losses[best] / len(ordered))
    lower, higher = map(frozenset, splits[best])
    return Kinds(lower, higher, low, high) if high - low > wanted else None


def _distances(values: Sequence[float]) -> float:
    """Return the sum of the distances from the median."""
    middle = statistics.median(values)
    return sum(abs(value - middle) for value in values)
