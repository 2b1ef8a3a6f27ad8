"""Results are compared as people mean it: types and contents, through any structure, and the place of a difference."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
from collections import OrderedDict, namedtuple
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

import hypothesis.strategies as some
import numpy as np
import pytest
from hypothesis import given

from execbench.lane.equality import difference


@dataclasses.dataclass
class Point:
    """A dataclass, whose own `==` finds two NaN different."""

    x: Any
    y: Any = 0


class Plain:
    """An object without `==`."""

    def __init__(self, content: Any) -> None:
        self.content = content
        self.itself = self


class Slotted:
    """An object whose attributes are slots."""

    __slots__ = ("content",)

    def __init__(self, content: Any) -> None:
        self.content = content


class Itemwise:
    """An object whose `==` answers item by item, as that of xarray's datasets."""

    def __init__(self, *items: Any) -> None:
        self.items = items

    def __eq__(self, other: Any) -> list[bool]:  # type: ignore[override]
        return [one == two for one, two in zip(self.items, other.items, strict=True)]

    __hash__ = None  # type: ignore[assignment]


class Handle:
    """An object that says what its state is, as an image whose pixels are a library's."""

    def __init__(self, content: Any) -> None:
        self.pixels = memoryview(content)

    def __getstate__(self) -> list[bytes]:
        return [bytes(self.pixels)]

    def __setstate__(self, state: list[bytes]) -> None:
        self.pixels = memoryview(state[0])


class Changed:
    """What replaces a part of a value."""


class Colour(Enum):
    """An enum."""

    RED = 1
    BLUE = 2


Pair = namedtuple("Pair", ["left", "right"])

DIFFERENT: list[tuple[Any, Any, str]] = [
    (1, True, "1 (int) instead of True (bool)"),
    (math.nan, 1.0, "nan instead of 1.0"),
    ({"scores": [0, 0.1 + 0.2]}, {"scores": [0, 0.3]}, "['scores'][1]: 0.30000000000000004 instead of 0.3"),
    ([1, 2], [1, 2, 3], "2 items instead of 3"),
    ({"a": 1}, {"a": 1, "b": 2}, "lacks the key 'b'"),
    ({"a": 1, "c": 3}, {"a": 1}, "has the key 'c', which is not expected"),
    ({1, 2}, {1, 3}, "{1, 2} instead of {1, 3}"),
    (Point(1, 2), Point(1, 3), ".y: 2 instead of 3"),
    (Plain([1, {2: 3}]), Plain([1, {2: 4}]), ".content[1][2]: 3 instead of 4"),
    (Slotted("a"), Slotted("b"), ".content: 'a' instead of 'b'"),
    (Itemwise(1, 2), Itemwise(1, 3), ".items[1]: 2 instead of 3"),
    (Handle(b"a"), Handle(b"b"), ".__getstate__()[0]: b'a' instead of b'b'"),
    (ValueError("a"), ValueError("b"), ".args[0]: 'a' instead of 'b'"),
    (OSError(2, "none", "a"), OSError(2, "none", "b"), ".filename: 'a' instead of 'b'"),
    (Pair(1, 2), Pair(1, 3), "[1]: 2 instead of 3"),
    (Colour.RED, Colour.BLUE, "<Colour.RED: 1> instead of <Colour.BLUE: 2>"),
    (np.array([1.0, 2.0]), np.array([1.0, 2.5]), "[1]: np.float64(2.0) instead of np.float64(2.5)"),
    (np.zeros(3), np.zeros(3, np.float32), "dtype float64 instead of float32"),
    (np.zeros((2, 3)), np.zeros((3, 2)), "shape (2, 3) instead of (3, 2)"),
    (np.array([[1], [2]]), np.array([[1], [3]]), "[1, 0]: np.int64(2) instead of np.int64(3)"),
    ({"a": np.array([{1: 2}], object)}, {"a": np.array([{1: 3}], object)}, "['a'][0][1]: 2 instead of 3"),
]

SAME: list[Any] = [
    math.nan,
    complex(math.nan, 1),
    [1, math.nan, [math.nan]],
    {"a": np.array([1.0, math.nan])},
    np.float64(math.nan),
    np.datetime64("NaT"),
    np.array([math.nan, None, "a"], object),
    np.ma.masked_array([1, 2], [False, True]),
    np.array([(1, math.nan)], [("a", int), ("b", float)]),
    np.fft.fft(np.arange(8)),
    Point(math.nan),
    Plain(math.nan),
    Slotted({"a": math.nan}),
    Itemwise(1, math.nan),
    Handle(b"a"),
    KeyError("a"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Fraction(1, 3),
    OrderedDict(a=1),
    Pair(math.nan, 1),
    Colour.RED,
    {1, "a"},
    b"a",
    bytearray(b"a"),
    range(3),
]


@pytest.mark.parametrize("value", SAME, ids=lambda value: type(value).__name__)
def test_copy_is_the_same(value: Any) -> None:
    """A value that was sent to another process and back is the same, NaN and objects without `==` included."""
    assert difference(pickle.loads(pickle.dumps(value)), value) is None


@pytest.mark.parametrize(("value", "wanted", "message"), DIFFERENT, ids=[message for _, _, message in DIFFERENT])
def test_difference_has_a_place(value: Any, wanted: Any, message: str) -> None:
    """The message says where two values differ, and how."""
    assert difference(value, wanted) == message


def test_order_of_a_dict_does_not_matter() -> None:
    """Two dicts with the same items in another order are the same."""
    assert difference({"a": 1, "b": 2}, {"b": 2, "a": 1}) is None


def test_deep_structures() -> None:
    """A structure deeper than Python's stack is compared."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    other: list[Any] = [1]
    for _ in range(100_000):
        other = [other]
    assert str(difference(deep, other)).endswith(": 0 items instead of 1")
    while deep:
        deep = deep.pop()
    while other != [1]:
        other = other.pop()


def test_frames() -> None:
    """Frames and series of pandas are compared by columns, index, types and values."""
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1.0, math.nan], "b": ["x", None]}, index=["p", "q"])
    assert difference(frame.copy(), frame) is None
    assert str(difference(frame.assign(a=[1.0, 2.0]), frame)).startswith("['a'][1]: 2.0 instead of nan")
    assert "dtype" in str(difference(frame.assign(a=[1, 2]), frame))
    assert ".index[1]" in str(difference(frame.rename(index={"q": "r"}), frame))
    assert ".columns[1]" in str(difference(frame.rename(columns={"b": "c"}), frame))
    assert difference(frame["a"].copy(), frame["a"]) is None


def test_categories() -> None:
    """Two series with other categories differ in these, and their order matters only if they are ordered."""
    pd = pytest.importorskip("pandas")
    series = pd.Series(["a", "b"], dtype="category")
    more = series.cat.add_categories(["c"])
    assert difference(more, series) == ".dtype.categories: 3 items instead of 2"
    assert difference(series.cat.as_ordered(), series) == ".dtype.ordered: True instead of False"
    assert difference(series.cat.reorder_categories(["b", "a"]), series) is None
    assert difference(series.array.copy(), series.array) is None


_LEAVES = some.one_of(
    some.integers(), some.floats(), some.text(), some.binary(), some.booleans(), some.none(), some.complex_numbers()
)
_VALUES = some.recursive(
    _LEAVES,
    lambda inner: some.one_of(
        some.lists(inner),
        some.dictionaries(some.text(), inner),
        some.tuples(inner, inner),
        some.builds(Point, inner, inner),
        some.builds(Plain, inner),
        some.builds(Slotted, inner),
        some.lists(some.floats(), min_size=1).map(np.array),
    ),
)


@given(_VALUES)
def test_any_copy_is_the_same(value: Any) -> None:
    """A deep copy of any structure is the same."""
    assert difference(copy.deepcopy(value), value) is None


@given(_VALUES, some.lists(some.integers(0, 3), max_size=4))
def test_any_change_is_found(value: Any, path: list[int]) -> None:
    """A change anywhere in a structure is found, and its place is named."""
    wrapped: Any = value
    place = ""
    for step in path:
        wrapped, place = (
            ([0, wrapped], f"[1]{place}"),
            ({"key": wrapped}, f"['key']{place}"),
            (Point(wrapped), f".x{place}"),
            (Plain(wrapped), f".content{place}"),
        )[step]
    changed = copy.deepcopy(wrapped)
    target: Any = changed
    for step in reversed(path[1:]):
        target = (lambda t: t[1], lambda t: t["key"], lambda t: t.x, lambda t: t.content)[step](target)
    other = Changed()
    if not path:
        changed = other
    elif path[0] == 0:
        target[1] = other
    elif path[0] == 1:
        target["key"] = other
    else:
        setattr(target, "x" if path[0] == 2 else "content", other)
    found = difference(changed, wrapped)
    assert found is not None
    assert found.startswith(f"{place}: " if place else "")
