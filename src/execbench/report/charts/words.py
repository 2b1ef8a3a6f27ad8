"""What several charts share of their data, and of what they show in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from execbench.report.entries import Entry
from execbench.report.numbers import five_figures
from execbench.stats import Interval

Columns: TypeAlias = dict[str, list[Any]]

_WIDEST = 30.0
"""An interval is drawn up to this many times its estimate, so that an endless one leaves room for the others."""


def of_each(what: str, entries: Sequence[Entry], say: Callable[[Entry], str]) -> str:
    """Say something of each trial."""
    return f"{what}: {'; '.join(f'{entry.title} {say(entry)}' for entry in entries)}."


def columns(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Columns:
    """Turn rows into columns."""
    found = list(rows)
    return {name: [row[place] for row in found] for place, name in enumerate(names)}


def interval_columns(name: str, intervals: Sequence[Interval]) -> Columns:
    """Return where intervals are, where they end, and where they are drawn to."""
    return {
        name: [five_figures(interval.estimate) for interval in intervals],
        "low": [five_figures(interval.low) for interval in intervals],
        "high": [five_figures(interval.high) for interval in intervals],
        "from": [five_figures(drawn(interval).low) for interval in intervals],
        "to": [five_figures(drawn(interval).high) for interval in intervals],
    }


def drawn(interval: Interval) -> Interval:
    """Return an interval that fits into a chart."""
    low, high = interval.estimate / _WIDEST, interval.estimate * _WIDEST
    return Interval(interval.estimate, max(interval.low, low), min(interval.high, high))


def timed(rows: Iterable[tuple[str, str, float | None]]) -> Columns:
    """Return trials, phases and seconds; those that have a place on a logarithmic scale."""
    known = [(trial, phase, five_figures(seconds)) for trial, phase, seconds in rows if seconds]
    return columns(("trial", "phase", "seconds"), known)
