"""Compare results with the expected ones, and describe what differs."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

from execbench.lane.messages import Done, LaneFailure

MAX_MESSAGE = 2000
"""An exception's message is kept up to this many characters."""

Equal = Callable[[Sequence[Any], Sequence[Any]], bool]


def judge(equal: Equal | None, results: Sequence[Any], expected: Sequence[Any]) -> Done:
    """Raise LaneFailure unless the results are right, with the first difference as the reason."""
    found = _found_by(equal, results, expected) if equal else first_difference(results, expected)
    if found is not None:
        raise LaneFailure("wrong_result", found)
    return Done()


def _found_by(equal: Equal, results: Sequence[Any], expected: Sequence[Any]) -> str | None:
    """Describe what a workload's own comparison rejects."""
    try:
        right = equal(results, expected)
    except Exception as error:
        raise LaneFailure("wrong_result", f"comparing the results raised {said_by(error)}") from error
    return None if right else first_difference(results, expected) or "the results differ from those of a plain loop"


def first_difference(results: Sequence[Any], expected: Sequence[Any]) -> str | None:
    """Describe where two lists of results differ; None if they do not."""
    if len(results) != len(expected):
        return f"{len(results)} results for {len(expected)} tasks"
    from execbench.lane.equality import difference  # noqa: PLC0415 -- only the oracle needs it, after its greeting

    for index, (result, wanted) in enumerate(zip(results, expected)):
        found = difference(result, wanted)
        if found is not None:
            return f"task {index}: {found}"
    return None


def pickled(values: Sequence[Any]) -> list[bytes] | None:
    """Pickle each value; None if one cannot be pickled, as threads never need it."""
    try:
        return [pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL) for value in values]
    except Exception:
        return None


def is_distinct(pickles: Sequence[bytes] | None) -> bool:
    """Return whether no two values are alike, so that they show their order."""
    return pickles is not None and len(set(pickles)) == len(pickles)


def digest(pickles: Sequence[bytes]) -> str:
    """Return a checksum of pickled values, with their number and size: it must be cheap, and resist no attack."""
    whole = b"".join(pickles)
    return f"{len(pickles)}/{len(whole)}/{crc32(whole):08x}"


def said_by(error: BaseException) -> str:
    """Describe an exception in one line; its traceback goes to standard error, whose tail the parent keeps."""
    traceback.print_exception(type(error), error, error.__traceback__)
    return in_a_line(error)


def in_a_line(error: BaseException) -> str:
    """Describe an exception."""
    message = str(error)
    if len(message) > MAX_MESSAGE:
        message = f"{message[:MAX_MESSAGE]}... ({len(message):,} characters)"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
