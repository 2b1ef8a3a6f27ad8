"""The parts of Python's own containers: what is in them, and what a subclass of them has beside that."""

from __future__ import annotations

import pickle
from array import array
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence, Set
from functools import cache
from typing import Any

from execbench.lane.equality.objects import attributes
from execbench.lane.equality.places import PLAIN, Different, Incomparable, Pair, at, is_settled, need, shown

Handler = Callable[[str, Any, Any], Iterator[Pair]]

_SHOWN = 30
"""More characters than this are not shown of a text."""


@cache
def handler(kind: type) -> Handler | None:
    """Return what compares containers of this type; None if it is none."""
    return next((compare for base, compare in _HANDLERS.items() if issubclass(kind, base)), None)


def text(place: str, one: Any, other: Any) -> None:
    """Compare two strings, or two `bytes`; say where long ones differ."""
    if one == other:
        return
    need(max(len(one), len(other)) > _SHOWN, place, one, other)
    start = next((index for index, (ours, theirs) in enumerate(zip(one, other)) if ours != theirs), None)
    if start is not None:
        end = start + _SHOWN // 2
        raise Different(f"{at(place)}from [{start}]: {one[start:end]!r} instead of {other[start:end]!r}")
    unit = "bytes" if isinstance(one, bytes) else "characters"
    raise Different(f"{at(place)}{len(one)} {unit} instead of {len(other)}")


def _sequence(place: str, one: Any, other: Any) -> Iterator[Pair]:
    need(len(one) == len(other), place, one, other, f"{len(one)} items instead of {len(other)}")
    if isinstance(one, deque):
        yield f"{place}.maxlen", one.maxlen, other.maxlen
    pairs = enumerate(zip(one, other))
    yield from ((f"{place}[{index}]", *pair) for index, pair in pairs if not is_settled(*pair))
    yield from attributes(place, one, other)


def _buffer(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare `bytearray`, `array.array` and `memoryview`."""
    for name in ("typecode", "format", "shape"):
        if hasattr(one, name):
            ours, theirs = getattr(one, name), getattr(other, name)
            need(ours == theirs, f"{place}.{name}", ours, theirs)
    if memoryview(one).tobytes() != memoryview(other).tobytes():
        ours, theirs = (list(value) if isinstance(value, bytearray) else value.tolist() for value in (one, other))
        yield place, ours, theirs


def _mapping(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare by key; the order of keys counts where it does for `==`."""
    if isinstance(one, defaultdict):
        yield f"{place}.default_factory", one.default_factory, other.default_factory
    elif isinstance(one, OrderedDict):
        yield f"{place} (its keys in order)", list(one), list(other)
    twins = {key: key for key in other}
    ours, theirs = [key for key in one if key not in twins], [key for key in other if key not in one]
    if ours and _is_plain(ours):
        raise Different(f"{at(place)}has the key {shown(ours[0])}, which is not expected")
    if theirs and _is_plain(theirs):
        raise Different(f"{at(place)}lacks the key {shown(theirs[0])}")
    need(len(ours) == len(theirs), place, one, other, f"{len(one)} items instead of {len(other)}")
    known = ((key, twins[key]) for key in one if key in twins)
    for keys in (known, zip(_in_order(ours), _in_order(theirs))):
        for key, twin in keys:
            if not is_settled(key, twin):
                yield f"{place} (the key {shown(key)})", key, twin
            if not is_settled(one[key], other[twin]):
                yield f"{place}[{shown(key)}]", one[key], other[twin]
    yield from attributes(place, one, other)


def _set(place: str, one: Set[Any], other: Set[Any]) -> Iterator[Pair]:
    """Compare items that are equal, and pair up the others, as neither NaN nor objects without `==` find their copy."""
    need(len(one) == len(other), place, one, other)
    twins = {item: item for item in other}
    ours, theirs = [item for item in one if item not in twins], [item for item in other if item not in one]
    need(not (ours and _is_plain(ours)), place, one, other)
    known = ((item, twins[item]) for item in one if item in twins)
    for pairs in (known, zip(_in_order(ours), _in_order(theirs))):
        yield from ((f"{place} (an item)", *pair) for pair in pairs if not is_settled(*pair))
    yield from attributes(place, one, other)


def _is_plain(values: Sequence[Any]) -> bool:
    """Return whether equal values would have been found to be equal, whatever they have been through."""
    return all(type(value) in PLAIN for value in values)


def _in_order(values: list[Any]) -> list[Any]:
    """Sort values of any types, so that copies have the order of their originals."""
    if len(values) <= 1:
        return values
    try:
        return sorted(values, key=lambda value: (type(value).__qualname__, pickle.dumps(value)))
    except Exception as error:
        raise Incomparable from error


_HANDLERS: dict[type | tuple[type, ...], Handler] = {
    (list, tuple, deque): _sequence,
    dict: _mapping,
    (set, frozenset): _set,
    (bytearray, array, memoryview): _buffer,
}
