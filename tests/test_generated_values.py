"""Generated values are compared: a copy is the same, and any single change is found, with its place."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
from collections import OrderedDict, UserDict, defaultdict, deque
from collections.abc import Callable
from enum import Enum
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeAlias

import attrs
import hypothesis.extra.numpy as some_numpy
import hypothesis.strategies as some
import numpy as np
import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from scipy import sparse

from execbench.lane.equality import Comparison

Change: TypeAlias = tuple[Any, Any, str]
"""A value, the same with one change, and the place of the change."""


@dataclasses.dataclass
class Point:
    """A dataclass."""

    x: Any
    y: Any


@attrs.define
class Slotted:
    """A class of attrs, which has slots, a `==` and a `__getstate__`."""

    x: Any
    y: Any


class Plain:
    """An object without `==` that contains itself."""

    def __init__(self, x: Any, y: Any) -> None:
        self.x, self.y, self.itself = x, y, self


class Named(NamedTuple):
    """A named tuple."""

    x: Any
    y: Any


class Stateful:
    """An object whose state is not its attributes."""

    def __init__(self, x: Any, y: Any) -> None:
        self._hidden = {"x": x, "y": y}
        self.lock = lambda: None

    def __getstate__(self) -> dict[str, Any]:
        return self._hidden

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


class Tagged(list[Any]):
    """A list with an attribute."""

    def __init__(self, x: Any, y: Any) -> None:
        super().__init__([y])
        self.x = x


class Colour(Enum):
    """An enum."""

    RED = 1
    BLUE = 2


def _in_cycle(x: Any, y: Any) -> list[Any]:
    whole = [x, y]
    whole.append({"whole": whole})
    return whole


def _in_object_array(x: Any, y: Any) -> Any:
    array = np.empty((1, 2), object)
    array[0, 0], array[0, 1] = x, y
    return array


_AROUND: list[tuple[Callable[[Any, Any], Any], str]] = [
    (lambda x, y: [y, x], "[1]"),
    (lambda x, y: (x, y), "[0]"),
    (lambda x, y: deque([y, x]), "[1]"),
    (lambda x, y: {"y": y, "x": x}, "['x']"),
    (lambda x, y: {3: x, (1, "a"): y, math.nan: 1}, "[3]"),
    (lambda x, y: defaultdict(list, x=x, y=y), "['x']"),
    (lambda x, y: OrderedDict(y=y, x=x), "['x']"),
    (Point, ".x"),
    (Slotted, ".x"),
    (Plain, ".x"),
    (Named, "[0]"),
    (Stateful, ".x"),
    (Tagged, ".x"),
    (lambda x, y: SimpleNamespace(x=x, y=y), ".x"),
    (lambda x, y: UserDict(x=x, y=y), ".data['x']"),
    (lambda x, y: ValueError(y, x), ".args[1]"),
    (_in_object_array, "[0, 0]"),
    (_in_cycle, "[0]"),
]
"""What a value may be within, beside another one, and the place that it has there."""

_LEAVES = some.one_of(
    some.integers(),
    some.floats(),
    some.text(),
    some.binary(),
    some.booleans(),
    some.none(),
    some.complex_numbers(allow_nan=False),
    some.decimals(allow_nan=False),
    some.fractions(),
    some.datetimes(),
    some.dates(),
    some.timedeltas(),
    some.uuids(),
    some.sampled_from(Colour),
    some.binary().map(bytearray),
    some.frozensets(some.text()),
)
_DTYPES = some.one_of(
    some_numpy.floating_dtypes(),
    some_numpy.complex_number_dtypes(),
    some_numpy.integer_dtypes(),
    some_numpy.datetime64_dtypes(),
    some_numpy.boolean_dtypes(),
    some_numpy.unicode_string_dtypes(),
    some_numpy.byte_string_dtypes(),
)
_COMMON_DTYPES = some.sampled_from([np.dtype(name) for name in ("f8", "c16", "i4", "u1", "?", "M8[ns]", "m8[s]")])
"""What pandas and masked arrays keep as it is."""
_ARRAYS = some_numpy.arrays(_DTYPES, some_numpy.array_shapes(max_dims=3, max_side=3))
_NUMBERS = some_numpy.arrays(np.float64, some_numpy.array_shapes(min_dims=2, max_dims=2, max_side=4))


def _is_same(one: Any, other: Any) -> bool:
    """Return whether two plain values, or two items of arrays, are equal or both NaN."""
    if isinstance(one, complex | np.complexfloating):
        return _is_same(one.real, other.real) and _is_same(one.imag, other.imag)
    return bool(one == other) or bool(one != one and other != other)  # noqa: PLR0124 -- NaN


@some.composite
def _changed_leaf(draw: some.DrawFn) -> Change:
    one, other = draw(_LEAVES), draw(_LEAVES)
    assume(type(one) is not type(other) or not _is_same(one, other))
    if isinstance(one, bytearray) and isinstance(other, bytearray) and len(one) == len(other):
        differing = [index for index, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
        return one, other, f"[{differing[0]}]"
    return one, other, ""


@some.composite
def _changed_array(draw: some.DrawFn, dtypes: some.SearchStrategy[Any] = _DTYPES, max_dims: int = 3) -> Change:
    one = draw(some_numpy.arrays(dtypes, some_numpy.array_shapes(max_dims=max_dims, max_side=3)))
    where = draw(some.tuples(*(some.integers(0, side - 1) for side in one.shape)))
    other = one.copy()
    other[where] = draw(some_numpy.from_dtype(one.dtype))
    assume(not _is_same(one[where], other[where]))
    return one, other, str(list(where))


@some.composite
def _changed_fields(draw: some.DrawFn) -> Change:
    one, other, place = draw(_changed_array())
    kind = np.dtype([("a", int), ("b", one.dtype)])
    values = [np.zeros(one.shape, kind) for _ in range(2)]
    values[0]["b"], values[1]["b"] = one, other
    return values[0], values[1], f"['b']{place}"


@some.composite
def _changed_mask(draw: some.DrawFn) -> Change:
    one, other, place = draw(_changed_array(_COMMON_DTYPES))
    where = tuple(map(int, place.strip("[]").split(",")))
    mask = draw(some_numpy.arrays(np.bool_, one.shape))
    mask[where] = False
    if draw(some.booleans()):
        return np.ma.masked_array(one, mask), np.ma.masked_array(other, mask), f".data{place}"
    changed = mask.copy()
    changed[where] = True
    return np.ma.masked_array(one, mask), np.ma.masked_array(one, changed), f".mask{place}"


@some.composite
def _changed_frame(draw: some.DrawFn) -> Change:
    numbers, others, place = draw(_changed_array(_COMMON_DTYPES, max_dims=1))
    rows = range(len(numbers))
    kind = draw(some.sampled_from(["object", "str", "category"]))
    texts = ["same", *draw(some.lists(some.one_of(some.none(), some.text()), min_size=len(rows), max_size=len(rows)))]
    column = pd.Series(texts, dtype=kind)[1:].set_axis(rows)
    frame = pd.DataFrame({"numbers": numbers, "texts": column}, index=rows).set_axis([f"row {row}" for row in rows])
    row = int(place.strip("[]"))
    label = frame.index[row]
    assume(frame["texts"].iloc[row] != "same")
    return draw(
        some.sampled_from(
            [
                (frame, frame.assign(numbers=others), f"['numbers'][{row}]"),
                (frame, frame.assign(texts=frame["texts"].where(frame.index != label, "same")), f"['texts'][{row}]"),
                (frame, frame.rename(index={label: "changed"}), f".index[{row}]"),
                (frame, frame.rename(columns={"texts": "changed"}), ".columns[1]"),
                (frame["numbers"], pd.Series(others, frame.index, name="numbers"), f"[{row}]"),
                (frame["numbers"], frame["numbers"].rename("changed"), ".name"),
            ]
        )
    )


@some.composite
def _changed_sparse(draw: some.DrawFn) -> Change:
    dense = draw(_NUMBERS)
    where = draw(some.tuples(*(some.integers(0, side - 1) for side in dense.shape)))
    other = dense.copy()
    other[where] = draw(some.one_of(some.just(0.0), some.floats()))
    assume(not _is_same(dense[where], other[where]))
    make = draw(some.sampled_from([sparse.csr_array, sparse.csc_matrix, sparse.coo_array, sparse.lil_array]))
    return make(dense), make(other), str(list(where))


def _around(inner: some.SearchStrategy[Change]) -> some.SearchStrategy[Change]:
    def wrap(change: Change, beside: Any, around: tuple[Callable[[Any, Any], Any], str]) -> Change:
        (one, other, place), (make, step) = change, around
        return make(one, beside), make(other, copy.deepcopy(beside)), f"{step}{place}"

    return some.builds(wrap, inner, some.one_of(_LEAVES, _ARRAYS), some.sampled_from(_AROUND))


CHANGES = some.recursive(
    some.one_of(
        _changed_leaf(),
        _changed_array(),
        _changed_fields(),
        _changed_mask(),
        _changed_frame(),
        _changed_sparse(),
    ),
    _around,
    max_leaves=5,
)


QUICKLY = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
"""For a busy machine."""


def _difference(value: Any, wanted: Any, tolerance: float = 0.0) -> str | None:
    """Return where two values differ, both of which can be compared."""
    comparison = Comparison(tolerance)
    found = comparison.difference(value, wanted)
    assert not comparison.unchecked
    return found


@QUICKLY
@given(CHANGES)
def test_any_copy_is_the_same(change: Change) -> None:
    """A copy of any value is the same, whether it was made here or went through a pipe."""
    value, _, _ = change
    assert _difference(copy.deepcopy(value), value) is None
    assert _difference(pickle.loads(pickle.dumps(value)), value) is None


@QUICKLY
@given(CHANGES, some.sampled_from([0.0, 1e-300]))
def test_any_change_is_found_in_its_place(change: Change, tolerance: float) -> None:
    """A single change anywhere in any value is found, and the message starts with its place."""
    value, changed, place = change
    for one, other in ((changed, value), (value, changed)):
        found = _difference(one, other, tolerance)
        assert found is not None
        assert found.startswith(f"{place}: " if place else "")
