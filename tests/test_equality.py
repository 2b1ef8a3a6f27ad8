"""Results are compared as people mean it: types and contents, through any structure, and the place of a difference."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
import re
import threading
from array import array
from collections import OrderedDict, deque, namedtuple
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from io import BytesIO
from typing import Any

import hypothesis.strategies as some
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from scipy import sparse

from execbench.lane.equality import Comparison


def difference(value: Any, wanted: Any, tolerance: float = 0.0) -> str | None:
    """Return where two values differ, both of which can be compared."""
    comparison = Comparison(tolerance)
    found = comparison.difference(value, wanted)
    assert not comparison.unchecked
    return found


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


class Text(str):
    """A text with an attribute."""

    language = "en"

    @classmethod
    def within(cls, language: str) -> Text:
        """Return a text in a language."""
        text = cls("a")
        text.language = language
        return text


class Items(list[Any]):
    """A list with an attribute."""

    def __init__(self, owner: str) -> None:
        super().__init__([1])
        self.owner = owner


class WithLock:
    """An object that is pickled without its lock."""

    def __init__(self, content: Any) -> None:
        self.content, self.lock = content, threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"content": self.content}


class Tolerant:
    """An object whose own `==` ignores a part of it."""

    def __init__(self, content: int) -> None:
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tolerant)

    __hash__ = None  # type: ignore[assignment]


class Unreadable:
    """An object that cannot be compared, pickled, or represented."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __reduce__(self) -> str:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


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
    (Handle(b"a"), Handle(b"b"), "(its state)[0]: b'a' instead of b'b'"),
    (ValueError("a"), ValueError("b"), ".args[0]: 'a' instead of 'b'"),
    (OSError(2, "none", "a"), OSError(2, "none", "b"), ".filename: 'a' instead of 'b'"),
    (Pair(1, 2), Pair(1, 3), "[1]: 2 instead of 3"),
    (Colour.RED, Colour.BLUE, "<Colour.RED: 1> instead of <Colour.BLUE: 2>"),
    (np.array([1.0, 2.0]), np.array([1.0, 2.5]), "[1]: np.float64(2.0) instead of np.float64(2.5)"),
    (np.zeros(3), np.zeros(3, np.float32), "dtype float64 instead of float32"),
    (np.zeros((2, 3)), np.zeros((3, 2)), "shape (2, 3) instead of (3, 2)"),
    (np.array([[1], [2]]), np.array([[1], [3]]), "[1, 0]: np.int64(2) instead of np.int64(3)"),
    (np.zeros(1, "m8[s]"), np.zeros(1, "m8[ms]"), "dtype timedelta64[s] instead of timedelta64[ms]"),
    (np.array(Plain(1), object), np.array(Plain(2), object), ".content: 1 instead of 2"),
    (bytearray(b"ab"), bytearray(b"ac"), "[1]: 98 instead of 99"),
    (array("d", [1, 2]), array("d", [1, 3]), "[1]: 2.0 instead of 3.0"),
    (array("i", [1]), array("l", [1]), ".typecode: 'i' instead of 'l'"),
    (memoryview(b"ab"), memoryview(b"ac"), "[1]: 98 instead of 99"),
    (memoryview(b"abcd"), memoryview(b"abcd").cast("B", (2, 2)), ".shape: (4,) instead of (2, 2)"),
    (complex(math.nan, 1), complex(math.nan, 2), "(nan+1j) instead of (nan+2j)"),
    (
        np.array([complex(math.nan, 1)]),
        np.array([complex(math.nan, 2)]),
        "[0]: np.complex128(nan+1j) instead of np.complex128(nan+2j)",
    ),
    (Decimal("1.5"), Decimal("2.5"), "Decimal('1.5') instead of Decimal('2.5')"),
    (date(2026, 1, 2), date(2026, 1, 3), "datetime.date(2026, 1, 2) instead of datetime.date(2026, 1, 3)"),
    ("a" * 99 + "b", "a" * 99 + "c", "from [99]: 'b' instead of 'c'"),
    (Text.within("en"), Text.within("de"), ".language: 'en' instead of 'de'"),
    (Items("a"), Items("b"), ".owner: 'a' instead of 'b'"),
    (Text("a"), Text("b"), "'a' instead of 'b'"),
    ({1: "a"}, {True: "a"}, "(the key 1): 1 (int) instead of True (bool)"),
    ({1}, {True}, "(an item): 1 (int) instead of True (bool)"),
    ({math.nan: 1}, {-math.nan: 2}, "[nan]: 1 instead of 2"),
    ({Slotted(1)}, {Slotted(2)}, "(an item).content: 1 instead of 2"),
    (Point(1), Point(1.0), ".x: 1 (int) instead of 1.0 (float)"),
    (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1), "(its keys in order)[0]: 'a' instead of 'b'"),
    (deque([1], 1), deque([1], 2), ".maxlen: 1 instead of 2"),
    (BytesIO(b"a"), BytesIO(b"b"), "(its state)[0]: b'a' instead of b'b'"),
    (re.compile("a"), re.compile("b"), "re.compile('a') instead of re.compile('b')"),
    (10**5000, 10**5000 + 1, "<int> instead of <int>"),
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
    {math.nan, (1, math.nan)},
    {math.nan: 1, 2: 3},
    {Slotted(1), Slotted(2), Slotted(math.nan)},
    {Slotted(1): 2, Slotted(2): 3},
    array("d", [math.nan]),
    Text("a"),
    WithLock(math.nan),
    BytesIO(b"a"),
    re.compile("a"),
    np.array([1], ">i4"),
    np.random.default_rng(1),
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


def test_own_equality_counts() -> None:
    """Two objects that their own `==` finds equal are the same, whatever they contain."""
    assert difference(Tolerant(1), Tolerant(2)) is None


def test_object_without_state_is_the_same() -> None:
    """Two objects of one class that hold nothing are the same."""
    assert difference(Changed(), Changed()) is None


@pytest.mark.parametrize("make", [threading.Lock, Unreadable, lambda: lambda: None], ids=["lock", "raises", "lambda"])
def test_incomparable_is_not_accused(make: Callable[[], Any]) -> None:
    """What cannot be compared is counted, and a difference beside it is found."""
    comparison = Comparison()
    assert comparison.difference([make(), 1], [make(), 1]) is None
    assert comparison.unchecked == 1
    assert comparison.difference([make(), 1], [make(), 2]) == "[1]: 1 instead of 2"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (0.1 + 0.2, 0.3),
        (complex(0, 0.1 + 0.2), complex(0, 0.3)),
        (np.float64(0.1 + 0.2), np.float64(0.3)),
        (np.array([math.nan, math.inf, 0.1 + 0.2]), np.array([math.nan, math.inf, 0.3])),
        (np.array([[1j * (0.1 + 0.2)]]), np.array([[0.3j]])),
        (np.ma.masked_array([0.1 + 0.2]), np.ma.masked_array([0.3])),
        (np.array([(1, 0.1 + 0.2)], "i4,f8"), np.array([(1, 0.3)], "i4,f8")),
        ({"a": [Point(Plain(0.1 + 0.2))]}, {"a": [Point(Plain(0.3))]}),
        (array("d", [0.1 + 0.2]), array("d", [0.3])),
        (sparse.csr_array([[0, 0.1 + 0.2]]), sparse.csr_array([[0, 0.3]])),
        (pd.DataFrame({"a": [0.1 + 0.2]}), pd.DataFrame({"a": [0.3]})),
        (pd.Series([0.1 + 0.2, None], dtype="Float64"), pd.Series([0.3, None], dtype="Float64")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_tolerance(value: Any, wanted: Any) -> None:
    """Floats anywhere may differ by the tolerance, and the largest difference is known; 0 means exactly."""
    comparison = Comparison(1e-9)
    assert comparison.difference(value, wanted) is None
    assert 1e-16 < comparison.largest_difference < 1e-15
    assert difference(value, wanted, 1e-16) is not None
    assert difference(value, wanted) is not None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (10**12, 10**12 + 1),
        (np.int64(10**12), np.int64(10**12 + 1)),
        (Decimal("1e12"), Decimal(10**12 + 1)),
        (0.0, 1e-300),
        (math.inf, 1.0),
        (math.inf, -math.inf),
        (math.nan, 1.0),
        (complex(1e308, 1e308), complex(-1e308, 1e308)),
        (np.array([math.inf]), np.array([1.0])),
        (np.array([math.nan]), np.array([1.0])),
        (np.array([1.0, 0.0]), np.array([1.0, 1e-300])),
        (np.float32(1), np.float64(1 + 1e-12)),
    ],
)
def test_no_tolerance(value: Any, wanted: Any) -> None:
    """Integers, decimals, infinities and NaN have no tolerance, nor is a number within one to 0."""
    assert difference(value, wanted, 1e-9) is not None
    assert difference(wanted, value, 1e-9) is not None


def test_tables_of_other_libraries() -> None:
    """Frames of Polars and tables of PyArrow are compared by column, NaN and nulls included."""
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    columns = {"a": [1.0, math.nan], "b": ["x", None], "c": [[1], [2]]}
    for make in (polars.DataFrame, pyarrow.table):
        assert difference(pickle.loads(pickle.dumps(make(columns))), make(columns)) is None
        assert difference(make({**columns, "b": ["y", None]}), make(columns)) == "['b'][0]: 'y' instead of 'x'"
        assert difference(make({**columns, "c": [[1], [3]]}), make(columns)) == "['c'][1][0]: 3 instead of 2"


def test_images() -> None:
    """Images are compared by mode, size and pixels."""
    image = pytest.importorskip("PIL.Image")
    one, other = image.new("L", (2, 2)), image.new("L", (2, 2))
    assert difference(one, other) is None
    other.putpixel((1, 1), 5)
    assert str(difference(one, other)).startswith(".tobytes(): b'\\x00\\x00\\x00\\x00' instead of")
    assert difference(one, image.new("L", (3, 2))) == "size (2, 2) instead of (3, 2)"


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
    frame = pd.DataFrame({"a": [1.0, math.nan], "b": ["x", None]}, index=["p", "q"])
    assert difference(frame.copy(), frame) is None
    assert str(difference(frame.assign(a=[1.0, 2.0]), frame)).startswith("['a'][1]: np.float64(2.0) instead of")
    assert "dtype" in str(difference(frame.assign(a=[1, 2]), frame))
    assert str(difference(frame.rename(index={"q": "r"}), frame)).startswith(".index[1]: ")
    assert ".columns[1]" in str(difference(frame.rename(columns={"b": "c"}), frame))
    assert difference(frame["a"].copy(), frame["a"]) is None
    assert str(difference(frame["a"].rename({"q": "r"}), frame["a"])).startswith(".index[1]: ")


def test_categories() -> None:
    """Two series with other categories differ in these, and their order matters only if they are ordered."""
    pd = pytest.importorskip("pandas")
    series = pd.Series(["a", "b"], dtype="category")
    more = series.cat.add_categories(["c"])
    assert difference(more, series) == ".dtype.categories: shape (3,) instead of (2,)"
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
