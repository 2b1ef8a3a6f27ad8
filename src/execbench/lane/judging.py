"""Compare results with the expected ones, and describe what differs."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from execbench.lane.messages import Judged, LaneFailure
from execbench.protocol import Workload

MAX_MESSAGE = 2000
"""An exception's message is kept up to this many characters."""

Equal = Callable[[Sequence[Any], Sequence[Any]], bool]


def judge(workload: Workload, results: Sequence[Any], expected: Sequence[Any], numbers: Sequence[int] = ()) -> Judged:
    """Raise LaneFailure unless the results are right, with the first difference as the reason.

    Args:
        workload: says how to compare.
        results: those to judge.
        expected: those of a plain loop.
        numbers: those of the tasks of a sample, to name one by.
    """
    if workload.equal is None:
        return compare(results, expected, workload.tolerance, numbers)
    if not _accepts(workload.equal, results, expected):
        compare(results, expected, numbers=numbers)
        raise LaneFailure("wrong_result", "the results differ from those of a plain loop")
    return Judged()


def _accepts(equal: Equal, results: Sequence[Any], expected: Sequence[Any]) -> bool:
    """Return what a workload's own comparison says."""
    try:
        return equal(results, expected)
    except Exception as error:
        raise LaneFailure("wrong_result", f"comparing the results raised {said_by(error)}") from error


def compare(
    values: Sequence[Any], wanted: Sequence[Any], tolerance: float = 0.0, numbers: Sequence[int] = ()
) -> Judged:
    """Raise LaneFailure unless two lists of results, or of tasks, are the same, with where they first differ."""
    if len(values) != len(wanted):
        raise LaneFailure("wrong_result", f"{len(values)} results for {len(wanted)} tasks")
    from execbench.lane.equality import Comparison  # noqa: PLC0415 -- only the oracle needs it, after its greeting

    comparison, elusive = Comparison(tolerance), 0
    for number, value, right in zip(numbers or range(len(wanted)), values, wanted):
        found = comparison.difference(value, right)
        if found is None:
            continue
        if type(value) is not type(right) or _is_like_its_copy(right):
            raise LaneFailure("wrong_result", f"task {number}: {found}")
        elusive += 1
    return Judged(comparison.largest_difference, comparison.unchecked + elusive)


def _is_like_its_copy(value: Any) -> bool:
    """Return whether a value can be told from others at all: some differ even from what they are pickled into."""
    from execbench.lane.equality import Comparison  # noqa: PLC0415 -- as above

    try:
        copy = pickle.loads(pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL))
    except Exception:
        return True
    return Comparison().difference(copy, value) is None


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
