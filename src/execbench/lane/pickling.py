"""Pickle tasks and results so that equal ones give equal bytes, whoever shares which objects."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any
from zlib import crc32

from execbench.lane.arguments import restored, shared_arguments, without

_PLAIN = {bool, bytes, complex, float, int, str, type(None)}
"""Values without parts."""

_AT_ONCE, _ONE_BY_ONE, _SHARED = b"A", b"O", b"S"
"""The first byte of what is pickled."""


def pickled(values: Sequence[Any]) -> bytes | None:
    """Pickle each value by itself; None if one cannot be pickled, as threads never need it.

    A pickle of the whole list would depend on which values are one object. Plain values are written without that, all
    at once: thousands of numbers would take longer to pickle one by one than to compute.
    """
    stream = BytesIO()
    try:
        if _PLAIN.issuperset(map(type, values)):
            stream.write(_AT_ONCE)
            pickler = pickle.Pickler(stream, protocol=pickle.HIGHEST_PROTOCOL)
            pickler.fast = True  # without a memo
            pickler.dump(list(values))
        else:
            stream.write(_ONE_BY_ONE)
            for value in values:
                pickle.dump(value, stream, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception:
        return None
    return stream.getvalue()


def pickled_tasks(tasks: Sequence[Any]) -> bytes | None:
    """Do the same for tasks: an argument that is one object in all of them is pickled once, as it may be large."""
    shared = shared_arguments(tasks)
    rests = pickled([without(task, shared) for task in tasks] if shared else tasks)
    if rests is None or not shared:
        return rests
    try:
        return _SHARED + pickle.dumps(shared, protocol=pickle.HIGHEST_PROTOCOL) + rests
    except Exception:
        return None


def unpickled(content: bytes) -> Iterator[Any]:
    """Load one value after another, and only those that are asked for."""
    stream = BytesIO(content)
    kind = stream.read(1)
    if kind == _SHARED:
        shared = pickle.load(stream)
        yield from (restored(rest, shared) for rest in unpickled(stream.read()))
    if kind == _AT_ONCE:
        yield from pickle.load(stream)
    while stream.tell() < len(content):
        yield pickle.load(stream)


def are_distinct(values: Sequence[Any]) -> bool:
    """Return whether no two values are alike, so that they show their order; false if they cannot be pickled."""
    try:
        pickles = {pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL) for value in values}
    except Exception:
        return False
    return len(pickles) == len(values)


def digest(content: bytes) -> str:
    """Return a checksum of pickled values, with their size: it must be cheap, and resist no attack."""
    return f"{len(content)}/{crc32(content):08x}"
