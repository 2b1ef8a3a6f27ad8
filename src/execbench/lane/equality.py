"""Compare values as people mean it: the same types and contents, through any structure, NaN equal to NaN.

No library is imported for it: where a value comes from one, that has been imported already.
"""

from __future__ import annotations

import pickle
import reprlib
import sys
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

Pair = tuple[str, Any, Any]
"""A place within the structure, as in `["scores"][17]`, with the two values there."""

_MAX_PLACE = 200

_OF_EXCEPTIONS = ("args", "filename", "filename2")
"""What exceptions keep elsewhere than in their `__dict__`, and pickle."""

_PLAIN = (bool, int, str, bytes, type(None), type, Enum, range, slice)


class Different(Exception):
    """Two values differ; the message says where, and how."""


def difference(value: Any, wanted: Any) -> str | None:
    """Return where two values differ, and how; None if they are the same."""
    try:
        _compare(value, wanted)
    except Different as error:
        return str(error)
    return None


def _compare(value: Any, wanted: Any) -> None:
    """Compare two structures level by level, so that deep ones need no deep stack, and cycles end."""
    waiting: deque[Pair] = deque([("", value, wanted)])
    seen: dict[tuple[int, int], Pair] = {}
    while waiting:
        pair = waiting.popleft()
        place, one, other = pair
        if one is other or (id(one), id(other)) in seen:
            continue
        seen[id(one), id(other)] = pair  # also keeps both alive, so that no other object gets their ids
        if type(one) is not type(other):
            raise Different(f"{_at(place)}{_described(one)} instead of {_described(other)}")
        waiting.extend(_parts(_shortened(place), one, other))


def _parts(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Yield what two values of one type consist of; Different if they can be seen to differ at once."""
    kind = type(one)
    if kind in (float, complex) or isinstance(one, _PLAIN):
        _need(_is_same(one, other) is True, place, one, other)
    elif isinstance(one, (list, tuple, deque)):
        _need(len(one) == len(other), place, one, other, f"{len(one)} items instead of {len(other)}")
        yield from ((f"{place}[{index}]", *pair) for index, pair in enumerate(zip(one, other)))
    elif isinstance(one, dict):
        yield from _items(place, one, other)
    elif isinstance(one, (set, frozenset)):
        _need(one == other, place, one, other)
    elif (library := _LIBRARIES.get(kind.__module__.partition(".")[0])) is not None:
        yield from library(place, one, other)
    else:
        yield from _object(place, one, other)


def _items(place: str, one: dict[Any, Any], other: dict[Any, Any]) -> Iterator[Pair]:
    for key in one:
        _need(key in other, place, one, other, f"has the key {reprlib.repr(key)}, which is not expected")
    for key in other:
        _need(key in one, place, one, other, f"lacks the key {reprlib.repr(key)}")
    yield from ((f"{place}[{reprlib.repr(key)}]", one[key], other[key]) for key in one)


def _object(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare by `==` if the class has its own, and if that does not settle it, by state, and at last by pickles."""
    has_own = type(one).__eq__ is not object.__eq__  # type: ignore[comparison-overlap]
    answer = _is_same(one, other) if has_own else None
    if answer:
        return
    ours, theirs = _state(one), _state(other)
    if not ours and not theirs:
        _need(answer is None and _pickle(one) == _pickle(other), place, one, other)
    for name in {**ours, **theirs}:
        _need(name in ours, place, one, other, f"lacks the attribute {name}")
        _need(name in theirs, place, one, other, f"has the attribute {name}, which is not expected")
        yield f"{place}.{name}", ours[name], theirs[name]


def _state(value: Any) -> dict[str, Any]:
    """Return an object's attributes by name, or what its class says that its state is."""
    state = _own_state(value)
    if state is not None:
        return state if isinstance(state, dict) else {"__getstate__()": state}
    names = [name for base in type(value).__mro__ for name in _slots_of(base)]
    state = {**getattr(value, "__dict__", {}), **{name: getattr(value, name) for name in names if hasattr(value, name)}}
    if isinstance(value, BaseException):
        state |= {name: getattr(value, name) for name in _OF_EXCEPTIONS if hasattr(value, name)}
    return state


def _own_state(value: Any) -> Any:
    """Return what a class's own `__getstate__` gives; None if it has none."""
    method = getattr(type(value), "__getstate__", None)
    if method is None or method is getattr(object, "__getstate__", None):  # all have that one from Python 3.11 on
        return None
    try:
        return method(value)
    except Exception:  # such as that it cannot be pickled
        return None


def _slots_of(base: type) -> tuple[str, ...]:
    slots = base.__dict__.get("__slots__", ())
    names = (slots,) if isinstance(slots, str) else tuple(slots)
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


def _pickle(value: Any) -> bytes:
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def _is_same(one: Any, other: Any) -> bool | None:
    """Return whether two values are equal, or both are unequal to themselves, as NaN is; None if `==` does not say.

    It may raise, or compare item by item, and answer with an object that is true as all objects are.
    """
    try:
        same = one == other
        nan = same is not True and (one != one) is True and (other != other) is True  # noqa: PLR0124 -- or its like
    except Exception:
        return None
    return nan or same if isinstance(same, bool) else None


def _numpy(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare arrays and scalars: dtype, shape, and where the first value differs."""
    numpy = sys.modules["numpy"]
    if not isinstance(one, (numpy.ndarray, numpy.generic)):
        yield from _object(place, one, other)
        return
    for name in ("dtype", "shape"):
        ours, theirs = getattr(one, name), getattr(other, name)
        _need(ours == theirs, place, one, other, f"{name} {ours} instead of {theirs}")
    if isinstance(one, numpy.ma.MaskedArray):
        masks = numpy.ma.getmaskarray(one), numpy.ma.getmaskarray(other)
        yield f"{place}.mask", *masks
        yield f"{place}.data", one.filled(one.dtype.type()), other.filled(one.dtype.type())
    elif one.dtype.names:
        yield from ((f"{place}[{name!r}]", one[name], other[name]) for name in one.dtype.names)
    elif one.dtype.hasobject:
        yield from ((f"{place}{list(at)}", one[at], other[at]) for at in numpy.ndindex(one.shape))
    else:
        unequal = (one != other) & ~((one != one) & (other != other))  # noqa: PLR0124 -- NaN
        if numpy.any(unequal):
            at = tuple(int(axis[0]) for axis in numpy.nonzero(unequal)) if one.ndim else ()
            index = str(list(at)) if at else ""
            raise Different(f"{_at(place + index)}{one[at]!r} instead of {other[at]!r}")


def _pandas(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare frames by their columns and index, series and indexes by their values and name."""
    pandas = sys.modules["pandas"]
    if isinstance(one, pandas.DataFrame):
        yield f"{place}.index", one.index, other.index
        yield f"{place}.columns", one.columns, other.columns
        if one.columns.equals(other.columns):
            pairs = enumerate(one.columns)
            yield from ((f"{place}[{name!r}]", one.iloc[:, at], other.iloc[:, at]) for at, name in pairs)
    elif isinstance(one, (pandas.Series, pandas.Index)):
        yield from _pandas_dtype(place, one, other)
        yield f"{place}.name", one.name, other.name
        if isinstance(one, pandas.Series):
            yield f"{place}.index", one.index, other.index
        if not one.equals(other):
            yield place, one.tolist(), other.tolist()
    else:
        yield from _object(place, one, other)


def _pandas_dtype(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare types; those of categories have one name, whatever the categories."""
    ours, theirs = one.dtype, other.dtype
    if ours != theirs and str(ours) == str(theirs) == "category":
        yield f"{place}.dtype.categories", ours.categories, theirs.categories
        yield f"{place}.dtype.ordered", ours.ordered, theirs.ordered
    else:
        _need(ours == theirs, place, one, other, f"dtype {ours} instead of {theirs}")


def _by_method(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare what has `equals`, as frames of Polars and tables of PyArrow, and by its contents where that says no."""
    for name in ("schema", "dtype", "type"):
        if hasattr(one, name):
            ours, theirs = getattr(one, name), getattr(other, name)
            _need(ours == theirs, place, one, other, f"{name} {ours} instead of {theirs}")
    if hasattr(one, "equals") and one.equals(other):
        return
    for name in ("to_pylist", "to_dicts", "to_list", "as_py"):
        if hasattr(one, name):
            yield place, getattr(one, name)(), getattr(other, name)()
            return
    yield from _object(place, one, other)


def _sparse(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare SciPy's sparse arrays in a form that does not depend on the order of their entries."""
    if not (hasattr(one, "tocsr") and hasattr(one, "nnz")):
        yield from _object(place, one, other)
        return
    _need(one.shape == other.shape, place, one, other, f"shape {one.shape} instead of {other.shape}")
    forms = [matrix.tocsr(copy=True) for matrix in (one, other)]
    for form in forms:
        form.sum_duplicates()
    yield from ((f"{place}.{name}", *(getattr(form, name) for form in forms)) for name in ("indptr", "indices", "data"))


def _tensor(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare tensors of PyTorch and JAX as NumPy's arrays."""
    if not hasattr(one, "__array__"):
        yield from _object(place, one, other)
        return
    ours, theirs = ((value.detach().cpu() if hasattr(value, "detach") else value) for value in (one, other))
    _need(ours.dtype == theirs.dtype, place, one, other, f"dtype {ours.dtype} instead of {theirs.dtype}")
    yield place, ours.__array__(), theirs.__array__()


_LIBRARIES: dict[str, Callable[[str, Any, Any], Iterator[Pair]]] = {
    "numpy": _numpy,
    "pandas": _pandas,
    "polars": _by_method,
    "pyarrow": _by_method,
    "scipy": _sparse,
    "torch": _tensor,
    "jaxlib": _tensor,
}


def _need(same: bool, place: str, one: Any, other: Any, how: str | None = None) -> None:
    if not same:
        how = how or f"{reprlib.repr(one)} instead of {reprlib.repr(other)}"
        raise Different(f"{_at(place)}{how}")


def _at(place: str) -> str:
    return f"{place}: " if place else ""


def _shortened(place: str) -> str:
    half = _MAX_PLACE // 2
    return place if len(place) <= _MAX_PLACE else f"{place[:half]}...{place[-half:]}"


def _described(value: Any) -> str:
    return f"{reprlib.repr(value)} ({type(value).__qualname__})"
