"""The search for the place on the grid where a ratio passes a mark, within one launch."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Generic

from execbench.sweep.crossing import monotone, next_place
from execbench.sweep.pairing import Kind, Spot

FLAT = 1.1
"""A ratio below the mark that grows by less than this over `FLAT_PLACES` places will not reach it."""

FLAT_PLACES = 3

LONGEST = 1.0
"""The yardstick's seconds per round beyond which no place is measured."""

Spots = Mapping[int, Spot]
"""What was measured in one launch, by place."""


@dataclass(frozen=True)
class Search(Generic[Kind]):
    """A search for a mark on a grid of powers of two: place 0 is 1, place 1 is 2."""

    mark: float
    start: int
    most: int
    measure: Callable[[int], Kind]

    def find(self, places: Sequence[int] = (), guess: Callable[[Kind], int] | None = None) -> dict[int, Kind]:
        """Measure the telling places of an earlier launch, then more until the mark lies between two neighbours.

        Without such places, measure the start, then the place that is guessed from what was measured there.
        """
        spots: dict[int, Kind] = {}
        for place in places or [self.start]:
            self._add(spots, place)
        if not places and guess is not None:
            self._add(spots, guess(next(iter(spots.values()))))
        while (following := self._next(spots)) is not None:
            self._add(spots, following)
        return spots

    def telling(self, spots: Spots) -> list[int]:
        """Return the places that show where the mark is, two on each side; if it is not reached, the first and last."""
        reached = self._reached(spots)
        if len(set(reached.values())) == 1:
            return sorted({min(spots), max(spots)})
        first = min(place for place, is_above in reached.items() if is_above)
        return [place for place in range(first - 2, first + 2) if 0 <= place <= self.highest(spots)]

    def is_flat(self, spots: Spots) -> bool:
        """Return whether the curve has stopped rising: then no place will reach the mark."""
        if not spots or any(self._reached(spots).values()):
            return False
        highest = max(spots)
        earlier = [place for place in spots if place <= highest - FLAT_PLACES]
        return bool(earlier) and spots[highest].ratio < FLAT * spots[max(earlier)].ratio

    def highest(self, spots: Spots) -> int:
        """Return the highest place that takes no longer than `LONGEST`, if rounds double from place to place."""
        if not spots:
            return self.most
        highest = max(spots)
        doublings = max(0, math.floor(math.log2(LONGEST / median(spots[highest].yardstick))))
        return min(self.most, highest + doublings)

    def _add(self, spots: dict[int, Kind], place: int) -> None:
        place = min(max(place, 0), self.highest(spots))
        if place not in spots:
            spots[place] = self.measure(place)

    def _next(self, spots: Spots) -> int | None:
        if self.is_flat(spots):
            return None
        between = next_place(self._reached(spots), self.start, self.highest(spots))
        return between if between is not None else min(set(self.telling(spots)) - set(spots), default=None)

    def _reached(self, spots: Spots) -> dict[int, bool]:
        """Whether the mark is reached at each place, on the curve made monotone, which crosses the mark only once."""
        places = sorted(spots)
        heights = monotone([spots[place].ratio for place in places])
        return {place: height >= self.mark for place, height in zip(places, heights, strict=True)}
