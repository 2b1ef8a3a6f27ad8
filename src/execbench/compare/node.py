"""A value within an artifact that knows its place, so that what is wrong with it can be said with the field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from execbench.errors import BadInput

SHORTEST, LONGEST = 1e-15, 1e12
"""Seconds that a time may have: what lies beyond is a mistake, and might overflow."""

_NUMBERS = {float, int}


class Node:
    """A value within an artifact, with its place, for messages."""

    __slots__ = ("_key", "_parent", "value")

    def __init__(self, value: Any, parent: Node | None = None, key: object = None) -> None:
        self.value = value
        self._parent = parent
        self._key = key

    @property
    def place(self) -> str:
        """The path of keys to the value."""
        above = self._parent.place if self._parent is not None else ""
        return f"{above}/{self._key}".lstrip("/") if self._parent is not None else ""

    def wrong(self, message: str) -> NoReturn:
        """Refuse the value."""
        raise BadInput(f"{printable(self.place) or 'the whole document'}: {message}")

    def member(self, key: str) -> Node:
        """Return a field of an object; null where it is missing."""
        if type(self.value) is not dict:
            self.wrong("not an object")
        return Node(self.value.get(key), self, key)

    def has(self, key: str) -> bool:
        """Tell whether an object has a field that is not null."""
        return self.member(key).value is not None

    def items(self) -> Iterator[Node]:
        """Return the members of an array; a missing one has none."""
        if self.value is None:
            return iter(())
        if type(self.value) is not list:
            self.wrong("not an array")
        return (Node(value, self, number) for number, value in enumerate(self.value))

    def mapping(self) -> Mapping[str, Any]:
        """Return an object; a missing one is empty."""
        if self.value is None:
            return {}
        if type(self.value) is not dict:
            self.wrong("not an object")
        checked: dict[str, Any] = self.value
        return checked

    def text(self) -> str:
        """Return a string."""
        if type(self.value) is not str:
            self.wrong("missing" if self.value is None else "not a string")
        return str(self.value)

    def optional_text(self) -> str | None:
        """Return a string or null."""
        return None if self.value is None else self.text()

    def amount(self) -> float | None:
        """Return a number that is not negative, or null."""
        if self.value is None:
            return None
        if type(self.value) not in _NUMBERS or not 0 <= self.value < math.inf:
            self.wrong(f"{_shown(self.value)} is not a finite number of at least 0")
        return self._float()

    def times(self, *, zero: bool = False) -> list[float]:
        """Return an array of seconds, all above zero, or at least zero."""
        if type(self.value) is not list:
            self.wrong("missing" if self.value is None else "not an array")
        values: list[float] = self.value
        if set(map(type, values)) <= {float} and math.isfinite(sum(values)) and _are_times(values):
            return values
        return [Node(value, self, number).time(zero=zero) for number, value in enumerate(values)]

    def time(self, *, zero: bool = False) -> float:
        """Return a number of seconds."""
        if type(self.value) not in _NUMBERS or not (_are_times([self.value]) or (zero and self.value == 0)):
            self.wrong(f"{_shown(self.value)} is not a time: a number of seconds above 0")
        return self._float()

    def numbers(self, length: int) -> list[int]:
        """Return an array of whole numbers of a given length."""
        if type(self.value) is not list or len(self.value) != length:
            self.wrong(f"not an array of {length} whole numbers")
        if not set(map(type, self.value)) <= {int}:
            self.wrong("holds something other than whole numbers")
        checked: list[int] = self.value
        return checked

    def _float(self) -> float:
        try:
            return float(self.value)
        except OverflowError:
            self.wrong("a number too large to be one")


def _are_times(values: Sequence[float]) -> bool:
    return not values or (min(values) >= SHORTEST and max(values) <= LONGEST)


def _shown(value: object) -> str:
    return repr(value)[:40] if not isinstance(value, list | dict) else f"a {type(value).__name__}"


def printable(text: str) -> str:
    """What strangers wrote, without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]
