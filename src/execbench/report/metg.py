"""METG in words, for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Sequence

from execbench.doubts import FOREIGN_CPU
from execbench.report import units
from execbench.stats import Interval
from execbench.sweep.metg import TASKS_PER_WORKER, Swept, mark_for

HEADINGS = ("backend", "METG [95 %]", "best efficiency", "launches")

_OUTCOME = 34
"""Columns, of the longest outcome that is usual."""


def heading(grain: str, workers: int) -> str:
    """Say what is swept."""
    return f"{grain}, {TASKS_PER_WORKER * workers} tasks a round, one by one, {workers} workers"


def rule(workers: int) -> tuple[str, str]:
    """Say in two lines what the figures mean."""
    mark = percent(mark_for(workers))
    return (
        f"METG: the least wall time x workers / tasks at which the efficiency is {mark} "
        + ("(as Task Bench has it)." if workers >= 4 else "(not 50 %, which a serial loop has on two workers anyway)."),
        f"Efficiency: against the measured ceiling, {workers} independent processes without a pool.",
    )


def cells(swept: Swept) -> tuple[str, ...]:
    """Return what stands under the headings for a backend."""
    return swept.backend, outcome(swept), "-" if swept.best is None else percent(swept.best), str(swept.launches)


def line(row: Sequence[str], width: int) -> str:
    """Write a row of the table for a terminal; `width` is that of the longest name."""
    name, found, best, launches = row
    return f"{name:<{width}}  {found:>{_OUTCOME}}  {best:>15}  {launches:>8}"


def outcome(swept: Swept) -> str:
    """Say where the mark is reached, or why that is not known."""
    if swept.failure is not None:
        return f"failed: {swept.failure.partition(':')[0]}"
    if swept.metg is not None:
        return seconds(swept.metg)
    best, shortest = swept.best, swept.shortest
    if best is None or best < swept.mark:
        return "not reached"
    if all(spot.ratio >= swept.mark for spot in swept.spots):
        return f"below {units.seconds(shortest)}, the shortest"
    return f"unsure: in {len(swept.crossings)} of {swept.launches} launches"


def doubts(swept: Sequence[Swept]) -> list[str]:
    """Say of which backends' figures there is reason to doubt, and what to do about it."""
    return [
        f"busy_machine: {entry.backend}: other programs used {percent(entry.foreign_cpu)} of the CPU, which slows the "
        "ceiling most: stop them, then run again"
        for entry in swept
        if entry.foreign_cpu > FOREIGN_CPU
    ]


def seconds(interval: Interval) -> str:
    """Write a time with its interval: `41.2 µs [38.0 µs, 44.6 µs]`."""
    estimate, low, high = map(units.seconds, (interval.estimate, interval.low, interval.high))
    return f"{estimate} [{low}, {high}]"


def percent(share: float) -> str:
    """Write a share: `75 %`."""
    return f"{100 * share:.0f} %"
