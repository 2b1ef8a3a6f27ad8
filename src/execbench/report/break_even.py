"""Break-even in words, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from execbench.crossing import End
from execbench.report import units
from execbench.sweep.break_even import BreakEven, Found
from execbench.sweep.lanes import Load
from execbench.sweep.searching import LONGEST

HEADINGS = ("backend", "start-up", "breaks even at", "proven slower", "proven faster")
_WIDTHS = (8, 17, 36, 36)


def heading(grain: str, fixed: Load, workers: int, launches: int) -> tuple[str, str]:
    """Say in two lines what is sought."""
    return (
        f"{grain}, {workers} workers, {launches} launches: where a backend begins to beat the serial loop.",
        f"The cost of each of {fixed.size} tasks, then the number of tasks of a grain of {fixed.grain}; the start-up "
        f"not counted, then counted.",
    )


def rows(entry: BreakEven) -> list[tuple[str, ...]]:
    """Return the lines of a backend, under the headings."""
    return [(entry.backend, "counted" if found.whole else "not", where(found), *proof(found)) for found in entry.found]


def line(row: Sequence[str], width: int) -> str:
    """Write a row of the table for a terminal; `width` is that of the longest name."""
    name, *others = row
    return "  ".join([f"{name:<{width}}", *(f"{cell:>{each}}" for cell, each in zip(others, _WIDTHS, strict=True))])


def where(found: Found) -> str:
    """Say where the serial loop is overtaken, or why that is not known."""
    if found.estimate is not None:
        return units.seconds(found.estimate) if found.axis == "cost" else counted(found.estimate)
    return "at once" if found.is_ever_faster else f"not within {LONGEST:g} s"


def proof(found: Found) -> tuple[str, str]:
    """Write both ends of the bracket; with its start-up, a backend that is slower without it was not raced."""
    if found.whole and not found.spots:
        return "already without start-up", "-"
    below, above = (_end(found, end) for end in (found.bracket.below, found.bracket.above))
    return below, above


def _end(found: Found, end: End | None) -> str:
    """Write one end of a bracket: `0.861x [0.850, 0.872] at 31.2 µs`."""
    if end is None:
        return "-"
    place = units.seconds(end.place) if found.axis == "cost" else counted(end.place)
    return f"{units.ratio(end.measured)} at {place}"


def counted(number: float) -> str:
    """Write a number of tasks: from the next whole one on a backend is faster."""
    whole = math.ceil(number)
    return f"{whole:,} task{'' if whole == 1 else 's'}"
