"""What came of a map, as one of the closed set of chaos outcomes, held against what a plain loop would have done."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from execbench.conformance.stage import Outcome, Stage, said

OUTCOMES = ("right", "right_after_retry", "error", "wrong", "hang", "crash")
"""What a plain loop would give; that, after the engine has tried again; an error that says so; something else and no
error; no answer within the limit; the end of the program that mapped."""


def of_results(
    stage: Stage, fn: Callable[[Any], Any], inputs: Iterable[Any], wanted: Sequence[Any], detail: str = ""
) -> Outcome:
    """Map where results should come."""
    try:
        results = stage.map(fn, inputs)
    except BaseException as error:
        return "error", said(error)
    if results != list(wanted):
        return "wrong", f"{reprlib.repr(results)} instead of {reprlib.repr(list(wanted))}"
    return "right", detail


def of_exception(stage: Stage, fn: Callable[[Any], Any], wanted: type[BaseException], message: str) -> Outcome:
    """Map over tasks that raise, and see whether what they raise arrives."""
    try:
        results = stage.map(fn, range(2 * stage.max_workers))
    except BaseException as error:
        if type(error) is wanted and message in str(error):
            return "right", f"{wanted.__name__} arrived"
        return "error", f"{said(error)} arrived instead of {wanted.__name__}"
    return "wrong", f"no exception, and {len(results)} results for {2 * stage.max_workers} tasks"


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome that a user must know of."""
    return max(outcomes, key=lambda outcome: OUTCOMES.index(outcome[0]))
