"""Where a round's results differ from the expected ones, in words."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import Any


def difference(results: Sequence[Any], expected: Sequence[Any]) -> str:
    """Say where two result lists part."""
    if len(results) != len(expected):
        return f"{len(results)} results for {len(expected)} tasks"
    for index, result in enumerate(results):
        wanted = expected[index]
        if type(result) is not type(wanted) or _differ(result, wanted):
            return f"task {index} gave {reprlib.repr(result)} instead of {reprlib.repr(wanted)}"
    return "the results differ from those of a plain loop"


def _differ(result: Any, wanted: Any) -> bool:
    try:
        return bool(result != wanted)
    except ValueError:  # arrays have no single truth
        return not bool((result == wanted).all())
