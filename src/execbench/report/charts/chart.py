"""From rows of data to a chart, and what charts share of their data."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from execbench.report.document import Chart, Template
from execbench.report.entries import Entry
from execbench.report.numbers import five_figures
from execbench.stats import Interval

_WIDEST = 30.0
"""An interval is drawn up to this many times its estimate, so that an endless one leaves room for the others."""


@cache
def template(name: str) -> Template:
    """Return the template of a chart: `NAME.json`."""
    text = resources.files(__package__).joinpath(f"{name}.json").read_bytes()
    return msgspec.structs.replace(msgspec.json.decode(text, type=Template), name=name)


def chart(name: str, fields: Sequence[str], rows: Iterable[Sequence[Any]], words: str, **more: Any) -> Chart:
    """Return a chart of rows, whose numbers have as many figures as can be seen; `fields` names their columns."""
    found = [[five_figures(value) if isinstance(value, float) else value for value in row] for row in rows]
    return Chart(template(name), {field: [row[n] for row in found] for n, field in enumerate(fields)}, words, **more)


def ends(interval: Interval) -> tuple[float, ...]:
    """Return where an interval is, where it ends, and where it is drawn to: `estimate, low, high, from, to`."""
    shown = drawn(interval)
    return interval.estimate, interval.low, interval.high, shown.low, shown.high


def drawn(interval: Interval) -> Interval:
    """Return an interval that fits into a chart."""
    low, high = interval.estimate / _WIDEST, interval.estimate * _WIDEST
    return Interval(interval.estimate, max(interval.low, low), min(interval.high, high))


def of_each(what: str, entries: Sequence[Entry], say: Callable[[Entry], str]) -> str:
    """Say something of each trial, for people who cannot see the chart."""
    return f"{what}: {'; '.join(f'{entry.title} {say(entry)}' for entry in entries)}."
