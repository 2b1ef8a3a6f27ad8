"""A place within a structure, and what is said of two values that differ there."""

from __future__ import annotations

import reprlib
from typing import Any

Pair = tuple[str, Any, Any]
"""A place within the structure, as in `["scores"][17]`, with the two values there."""

PLAIN = (bool, int, str, bytes, type(None), range, slice, type(...))
"""Types of which `==` says it all."""

_MAX_PLACE = 200

_SHORT = reprlib.Repr()
_SHORT.maxother = 60
"""Enough for a date with its time zone."""


class Different(Exception):
    """Two values differ; the message says where, and how."""


class Incomparable(Exception):
    """Two values have nothing that could be compared."""


def need(same: bool, place: str, one: Any, other: Any, how: str | None = None) -> None:
    """Raise Different, with the two values or `how` they differ, unless they are the same."""
    if not same:
        raise Different(f"{at(place)}{how or f'{shown(one)} instead of {shown(other)}'}")


def is_settled(one: Any, other: Any) -> bool:
    """Return whether two values are the same at first sight, so that a large structure need not be taken apart."""
    return one is other or (type(one) is type(other) and type(one) in (int, str, float, bytes) and one == other)


def at(place: str) -> str:
    """Return the start of a message about a place."""
    return f"{place.lstrip()}: " if place else ""


def shown(value: Any) -> str:
    """Represent a value in a few characters."""
    try:
        return _SHORT.repr(value)
    except Exception:  # such as a number of more digits than Python prints
        return f"<{type(value).__qualname__}>"


def described(value: Any) -> str:
    """Represent a value, with its type."""
    return f"{shown(value)} ({type(value).__qualname__})"


def shortened(place: str) -> str:
    """Cut out the middle of a long place."""
    half = _MAX_PLACE // 2
    return place if len(place) <= _MAX_PLACE else f"{place[:half]}...{place[-half:]}"
