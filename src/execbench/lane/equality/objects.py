"""The parts of objects: what `pickle` would keep of them, or else their attributes."""

from __future__ import annotations

import copyreg
import pickle
from collections import UserDict, UserList
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from execbench.lane.equality.places import Incomparable, Pair, need

_VALUES = ("datetime", "decimal", "fractions", "ipaddress", "pandas", "pathlib", "re", "uuid", "zoneinfo")
"""Modules whose objects are shown as a whole where they differ."""

_HOLDERS = (SimpleNamespace, UserDict, UserList, Mapping)


_OF_EXCEPTIONS = ("args", "filename", "filename2")
"""What exceptions keep elsewhere than in their `__dict__`, and pickle."""


class _Missing:
    """What a field has that was never set."""

    def __repr__(self) -> str:
        return "nothing"


_MISSING = _Missing()


def parts(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare by `==` if the class has its own, and if that does not settle it, by state, and at last by pickles."""
    kind: type = type(one)
    if (names := _compared_fields(kind)) is not None:
        yield from ((f"{place}.{name}", *pair) for name in names if (pair := _both(name, one, other)))
        return
    said = _says_its_class(one, other)
    if said:
        return
    if said is False and kind.__module__.partition(".")[0] in _VALUES:
        need(False, place, one, other)
    ours, theirs = _pickled_parts(one), _pickled_parts(other)
    if ours is None or theirs is None:
        ours, theirs = _attributes(one), _attributes(other)
        _compare_opaque(place, one, other, said, bool(ours or theirs))
    else:
        need(bool(ours or theirs) or said is None, place, one, other)
    yield from _pairs(place, ours, theirs, one, other)


@cache
def _compared_fields(kind: type) -> list[str] | None:
    """Return the fields that the `==` of a dataclass, or of a class of attrs, compares; None if it is not generated.

    Each field is compared on its own, as such a `==` finds 1 and 1.0 the same, and two NaN different.
    """
    file = getattr(getattr(kind.__eq__, "__code__", None), "co_filename", "")
    if file == "<string>" and is_dataclass(kind):
        return [field.name for field in fields(kind) if field.compare]
    described = getattr(kind, "__attrs_attrs__", ())
    if file.startswith("<attrs generated") and all(attribute.eq_key is None for attribute in described):
        return [attribute.name for attribute in described if attribute.eq]
    return None


def _both(name: str, one: Any, other: Any) -> tuple[Any, Any] | None:
    """Return an attribute of two objects; None where both lack it."""
    if hasattr(one, name) or hasattr(other, name):
        return getattr(one, name, _MISSING), getattr(other, name, _MISSING)
    return None


def attributes(place: str, one: Any, other: Any) -> Iterator[Pair]:
    """Compare what a subclass of a container has beside its items."""
    if type(one).__module__ != "builtins":
        yield from _pairs(place, _named_parts(one), _named_parts(other), one, other)


def _named_parts(value: Any) -> dict[str, Any]:
    found = _pickled_parts(value)
    found = _attributes(value) if found is None else found
    return {name: part for name, part in found.items() if name.startswith(".")}


def _compare_opaque(place: str, one: Any, other: Any, said: bool | None, has_attributes: bool) -> None:
    """Compare objects that `pickle` does not take apart, so far as their attributes do not tell."""
    if has_attributes:
        return
    need(said is None, place, one, other)
    try:
        same = pickle.dumps(one) == pickle.dumps(other)
    except Exception as error:
        raise Incomparable from error
    need(same, place, one, other)


def _says_its_class(one: Any, other: Any) -> bool | None:
    """Return what `==` says, also if both are unequal to themselves, as NaN is; None if it does not say anything.

    That of `object` only compares identity, those of built-in types ignore what a subclass adds, and those of holders
    only pass on what their contents say.
    """
    owner = next(base for base in type(one).__mro__ if "__eq__" in base.__dict__)
    if (owner.__module__ == "builtins" and owner is not type(one)) or owner in _HOLDERS:
        return None
    try:
        same = one == other
        nan = same is not True and (one != one) is True and (other != other) is True  # noqa: PLR0124 -- or its like
    except Exception:  # such as comparing arrays within
        return None
    return nan or same if isinstance(same, bool) else None  # some compare item by item, and are true as any object is


def _pickled_parts(value: Any) -> dict[str, Any] | None:
    """Return what `pickle` takes an object apart into, by place; None if it cannot."""
    try:
        reduce = copyreg.dispatch_table.get(type(value))
        reduced = reduce(value) if reduce else value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    except Exception:
        return None
    if isinstance(reduced, str):
        return {"": reduced}
    make, arguments, state, items, entries = (*reduced, None, None, None)[:5]
    found: dict[str, Any] = {}
    if isinstance(value, BaseException):
        found |= {f".{name}": getattr(value, name) for name in _OF_EXCEPTIONS if hasattr(value, name)}
    elif make in (copyreg.__newobj__, copyreg.__newobj_ex__):  # type: ignore[attr-defined]
        arguments = arguments[1:]
    elif make is not type(value):
        found[" (what makes it)"] = make
    if arguments and ".args" not in found:
        found[""] = arguments[0] if len(arguments) == 1 else arguments
    if items is not None:
        found[" (its items)"] = list(items)
    if entries is not None:
        found[" (its entries)"] = list(entries)
    return {**found, **_named(value, state)}


def _named(value: Any, state: Any) -> dict[str, Any]:
    """Return a state by the names of attributes, if it is made of them."""
    if state is None:
        return {}
    own = hasattr(value, "__setstate__")
    if not own and isinstance(state, tuple) and len(state) == 2:
        state = {**(state[0] or {}), **(state[1] or {})}  # `__dict__` and slots
    if not isinstance(state, dict):
        return {" (its state)": state}
    return {f".{name}": content for name, content in state.items()}


def _attributes(value: Any) -> dict[str, Any]:
    """Return an object's attributes, by place."""
    names = copyreg._slotnames(type(value))  # type: ignore[attr-defined]
    slots = {name: getattr(value, name) for name in names if hasattr(value, name)}
    return {f".{name}": content for name, content in {**getattr(value, "__dict__", {}), **slots}.items()}


def _pairs(place: str, ours: dict[str, Any], theirs: dict[str, Any], one: Any, other: Any) -> Iterator[Pair]:
    for name in {**ours, **theirs}:
        attribute = name.removeprefix(".")
        need(name in ours, place, one, other, f"lacks the attribute {attribute}")
        need(name in theirs, place, one, other, f"has the attribute {attribute}, which is not expected")
        yield f"{place}{name}", ours[name], theirs[name]
