"""How rows of data become a chart, and what all charts share: their theme, and how intervals are drawn."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from execbench.records.record import Record
from execbench.report.document import Chart, Template
from execbench.report.trials import Entry
from execbench.stats import Interval

_WIDEST = 30.0
"""An interval is drawn up to this many times its estimate, so that an unbounded one leaves room for the others."""


class Theme(msgspec.Struct, frozen=True):
    """The content of `theme.json`; specifications refer to the colours by name."""

    row: int
    """The height of a trial's row in pixels."""
    light: dict[str, str]
    dark: dict[str, str]
    """Colours that colour-blind readers can tell apart."""
    config: dict[str, Any]
    """Vega-Lite's."""


@cache
def theme() -> Theme:
    """Return the theme."""
    return msgspec.json.decode(_file("theme.json"), type=Theme)


@cache
def template(name: str) -> Template:
    """Return the template of a chart: `NAME.json`."""
    return msgspec.structs.replace(msgspec.json.decode(_file(f"{name}.json"), type=Template), name=name)


def chart(name: str, rows: Sequence[Mapping[str, Any]], words: str, **more: Any) -> list[Chart]:
    """Return a list of one chart, or of none without rows. Numbers keep the five figures that a chart can show."""
    if not rows:
        return []
    data = {field: [_rounded(row[field]) for row in rows] for field in rows[0]}
    return [Chart(template(name), data, words, **more)]


def ends(interval: Interval) -> dict[str, float]:
    """Return the fields of an interval's ends, and of the line that is drawn for it."""
    shown = drawn(interval)
    return {"low": interval.low, "high": interval.high, "from": shown.low, "to": shown.high}


def drawn(interval: Interval) -> Interval:
    """Return an interval that fits into a chart."""
    low, high = interval.estimate / _WIDEST, interval.estimate * _WIDEST
    return Interval(interval.estimate, max(interval.low, low), min(interval.high, high))


def of_each(what: str, entries: Sequence[Entry], say: Callable[[Record], str]) -> str:
    """Return a text alternative that says something about each trial."""
    return f"{what}: {'; '.join(f'{entry.title} {say(entry.record)}' for entry in entries)}."


def _file(name: str) -> bytes:
    return resources.files(__package__).joinpath(name).read_bytes()


def _rounded(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value
