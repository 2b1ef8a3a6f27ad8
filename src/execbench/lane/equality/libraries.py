"""The parts of values that come from libraries: arrays, frames, tables, sparse arrays, tensors, images."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from execbench.lane.equality.closeness import Closeness
from execbench.lane.equality.objects import parts
from execbench.lane.equality.places import Different, Pair, at, need

Handler = Callable[[str, Any, Any, Closeness], Iterator[Pair]]


@cache
def handler(kind: type) -> Handler | None:
    """Return what compares values of this type; None if neither it nor a base of it comes from a library known here."""
    modules = (base.__module__.partition(".")[0] for base in kind.__mro__)
    return next((_HANDLERS[module] for module in modules if module in _HANDLERS), None)


def _numpy(place: str, one: Any, other: Any, closeness: Closeness) -> Iterator[Pair]:
    """Compare arrays and scalars: dtype, shape, and where the first value differs."""
    numpy = sys.modules["numpy"]
    if not isinstance(one, (numpy.ndarray, numpy.generic)):
        yield from parts(place, one, other)
        return
    # Pickling may change the byte order, but no value.
    same = one.dtype.newbyteorder("=") == other.dtype.newbyteorder("=")
    need(same, place, one, other, f"dtype {one.dtype} instead of {other.dtype}")
    _need_alike(place, one, other, "shape")
    if one.dtype.names:
        yield from ((f"{place}[{name!r}]", one[name], other[name]) for name in one.dtype.names)
    elif isinstance(one, numpy.ma.MaskedArray):
        nothing = numpy.zeros((), one.dtype)[()]
        yield f"{place}.mask", numpy.ma.getmaskarray(one), numpy.ma.getmaskarray(other)
        yield f"{place}.data", one.filled(nothing), other.filled(nothing)
    elif one.dtype.hasobject:
        items = zip(numpy.ndindex(one.shape), numpy.asarray(one).flat, numpy.asarray(other).flat)
        yield from ((f"{place}{_index(where)}", mine, theirs) for where, mine, theirs in items)
    else:
        _compare_arrays(place, numpy.asarray(one), numpy.asarray(other), closeness)


def _compare_arrays(place: str, one: Any, other: Any, closeness: Closeness) -> None:
    where = closeness.first_beyond(one, other)
    if where is not None:
        raise Different(f"{at(place + _index(where))}{one[where]!r} instead of {other[where]!r}")


def _index(where: tuple[int, ...]) -> str:
    return str(list(where)) if where else ""


def _pandas(place: str, one: Any, other: Any, _: Closeness) -> Iterator[Pair]:
    """Compare frames by their columns and index, series and indexes by their values and name."""
    pandas = sys.modules["pandas"]
    if isinstance(one, pandas.DataFrame):
        yield f"{place}.index", one.index, other.index
        yield f"{place}.columns", one.columns, other.columns
        yield f"{place}.attrs", one.attrs, other.attrs
        if one.columns.equals(other.columns):
            pairs = enumerate(one.columns)
            yield from ((f"{place}[{name!r}]", one.iloc[:, column], other.iloc[:, column]) for column, name in pairs)
    elif isinstance(one, (pandas.Series, pandas.Index)):
        yield from _pandas_dtype(place, one, other)
        _need_alike(place, one, other, "shape")
        if isinstance(one, pandas.Series):
            yield f"{place}.name", one.name, other.name
            yield f"{place}.index", one.index, other.index
            yield f"{place}.attrs", one.attrs, other.attrs
        else:
            yield f"{place}.names", list(one.names), list(other.names)
        yield from _column(place, one, other)
    else:
        yield from parts(place, one, other)


def _pandas_dtype(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare types; those of categories have one name, whatever the categories."""
    ours, theirs = one.dtype, other.dtype
    if ours != theirs and str(ours) == str(theirs) == "category":
        yield f"{place}.dtype.categories", ours.categories, theirs.categories
        yield f"{place}.dtype.ordered", ours.ordered, theirs.ordered
    else:
        _need_alike(place, one, other, "dtype")


def _column(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare the values of a series or an index, those of NumPy's types as arrays."""
    if isinstance(one.dtype, sys.modules["numpy"].dtype):
        yield place, one.to_numpy(), other.to_numpy()
    elif not one.equals(other):
        yield place, one.tolist(), other.tolist()


def _polars(place: str, one: Any, other: Any, _: Closeness) -> Iterator[Pair]:
    """Compare frames by their columns, and series by their values."""
    if hasattr(one, "get_columns"):
        _need_alike(place, one, other, "schema", "shape")
        yield from ((f"{place}[{name!r}]", one[name], other[name]) for name in one.columns)
    elif hasattr(one, "to_list"):
        _need_alike(place, one, other, "name", "dtype", "shape")
        if not one.equals(other, null_equal=True):
            yield place, one.to_list(), other.to_list()
    else:
        yield from parts(place, one, other)


def _pyarrow(place: str, one: Any, other: Any, _: Closeness) -> Iterator[Pair]:
    """Compare tables by their columns, and arrays and scalars by their values."""
    if hasattr(one, "column_names"):
        _need_alike(place, one, other, "shape")
        need(one.schema.equals(other.schema, check_metadata=True), f"{place}.schema", one.schema, other.schema)
        pairs = enumerate(one.column_names)
        yield from ((f"{place}[{name!r}]", one.column(column), other.column(column)) for column, name in pairs)
        return
    if hasattr(one, "type"):
        _need_alike(place, one, other, "type")
    if not one.equals(other):
        take = next((name for name in ("to_pylist", "as_py") if hasattr(one, name)), None)
        need(take is not None, place, one, other)
        yield place, getattr(one, str(take))(), getattr(other, str(take))()


def _scipy(place: str, one: Any, other: Any, closeness: Closeness) -> Iterator[Pair]:
    """Compare sparse arrays by their entries, in an order that does not depend on how they were made."""
    if not (hasattr(one, "tocsr") and hasattr(one, "nnz")):
        yield from parts(place, one, other)
        return
    _need_alike(place, one, other, "dtype", "shape")
    (ours, our_values), (theirs, their_values) = _entries(one), _entries(other)
    if ours.shape != theirs.shape or (ours != theirs).any():
        length = min(len(ours), len(theirs))
        unlike = [*(ours[:length] != theirs[:length]).any(axis=1), True].index(True)
        cell = min(tuple(map(int, entries[unlike])) for entries in (ours, theirs) if unlike < len(entries))
        has = "has no entry" if cell not in set(map(tuple, ours[unlike : unlike + 1])) else "has an entry"
        raise Different(f"{at(place + _index(cell))}{has}, unlike what is expected")
    where = closeness.first_beyond(our_values, their_values)
    if where is not None:
        cell = tuple(map(int, ours[where]))
        raise Different(f"{at(place + _index(cell))}{our_values[where]!r} instead of {their_values[where]!r}")


def _entries(matrix: Any) -> tuple[Any, Any]:
    """Return the indexes of a sparse array's entries, a row each, and the entries."""
    numpy = sys.modules["numpy"]
    rows = matrix.tocsr(copy=True)
    rows.sum_duplicates()
    found = rows.tocoo()
    indexes = getattr(found, "coords", None) or (found.row, found.col)
    return numpy.stack(indexes, axis=1), found.data


def _tensor(place: str, one: Any, other: Any, _: Closeness) -> Iterator[Pair]:
    """Compare tensors of PyTorch and JAX as NumPy's arrays."""
    if not hasattr(one, "__array__"):
        yield from parts(place, one, other)
        return
    ours, theirs = ((value.detach().cpu() if hasattr(value, "detach") else value) for value in (one, other))
    _need_alike(place, ours, theirs, "dtype")
    yield place, ours.__array__(), theirs.__array__()


def _pillow(place: str, one: Any, other: Any, _: Closeness) -> Iterator[Pair]:
    """Compare images."""
    if not hasattr(one, "tobytes") or one == other:
        yield from parts(place, one, other)
        return
    _need_alike(place, one, other, "mode", "size")
    yield f"{place}.info", one.info, other.info
    yield f"{place}.getpalette()", one.getpalette(), other.getpalette()
    yield f"{place}.tobytes()", one.tobytes(), other.tobytes()


_HANDLERS: dict[str, Handler] = {
    "numpy": _numpy,
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _pyarrow,
    "scipy": _scipy,
    "torch": _tensor,
    "jaxlib": _tensor,
    "PIL": _pillow,
}
"""By the first part of the module's name."""


def _need_alike(place: str, one: Any, other: Any, *names: str) -> None:
    for name in names:
        ours, theirs = getattr(one, name), getattr(other, name)
        need(ours == theirs, place, one, other, f"{name} {ours} instead of {theirs}")
