"""Compare values as people mean it: the same types and contents, through any structure, NaN equal to NaN.

No library is imported for it: where a value comes from one, that has been imported already.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import Enum
from typing import Any

from execbench.lane.equality import containers, libraries, objects
from execbench.lane.equality.closeness import Closeness
from execbench.lane.equality.places import PLAIN, Different, Incomparable, Pair, at, described, need, shortened


class Comparison:
    """Compares values, and keeps what must be said of those that it finds the same.

    Args:
        tolerance: How much floats may differ, relative to the larger one.
    """

    def __init__(self, tolerance: float = 0.0) -> None:
        self._closeness = Closeness(tolerance)
        self.unchecked = 0
        """How many values could not be compared, or not with all that they contain."""

    @property
    def largest_difference(self) -> float:
        """The largest relative difference that was within the tolerance; 0.0 if all floats were the same."""
        return self._closeness.largest

    def difference(self, value: Any, wanted: Any) -> str | None:
        """Return where two values differ, and how; None if they are the same, as far as can be said."""
        try:
            self._compare(value, wanted)
        except Different as error:
            return str(error)
        except Incomparable:
            self.unchecked += 1
        return None

    def _compare(self, value: Any, wanted: Any) -> None:
        """Compare two structures level by level, so that deep ones need no deep stack, and cycles end."""
        waiting: deque[Pair] = deque([("", value, wanted)])
        seen: dict[tuple[int, int], Pair] = {}
        incomparable = False
        while waiting:
            pair = waiting.popleft()
            place, one, other = pair
            if one is other or (id(one), id(other)) in seen:
                continue
            seen[id(one), id(other)] = pair  # also keeps both alive, so that no other object gets their ids
            if type(one) is not type(other):
                raise Different(f"{at(place)}{described(one)} instead of {described(other)}")
            try:
                waiting.extend(self._parts(shortened(place), one, other))
            except Different:
                raise
            except Exception:  # what the classes of the values do is anything
                incomparable = True
        if incomparable:
            raise Incomparable

    def _parts(self, place: str, one: Any, other: Any) -> Iterator[Pair]:
        """Yield what two values of one type consist of; Different if they can be seen to differ at once."""
        kind: type = type(one)
        if kind in (float, complex):
            need(self._closeness.accepts(one, other), place, one, other)
        elif kind in (str, bytes):
            containers.text(place, one, other)
        elif kind in PLAIN or isinstance(one, (type, Enum)):
            need(one == other, place, one, other)
        elif (compare := containers.handler(kind)) is not None:
            yield from compare(place, one, other)
        elif (library := libraries.handler(kind)) is not None:
            yield from library(place, one, other, self._closeness)
        else:
            yield from objects.parts(place, one, other)
