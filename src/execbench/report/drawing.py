"""What charts are drawn from: templates without data, their columns, and the axes and colours that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import altair as alt

from execbench.report import theme

Kind: TypeAlias = Literal[
    "overview", "speedup", "phases", "cpu", "memory", "rounds", "drift", "scaling", "efficiency", "change",
    "split", "timeline", "metg",
]  # fmt: skip
Columns: TypeAlias = Mapping[str, Sequence[Any]]

DATA = "rows"
"""The name by which a template asks for its data."""

SERIES = [f"--series-{number}" for number in range(1, 9)]

ROW = 22
"""Pixels that a trial's row is high, in the charts that are as wide as the page gives room for."""

SECONDS = "format(datum.value, '~s') + 's'"


@dataclass(frozen=True)
class Column:
    """A column of a chart's data as a table: its field, its heading, and what its numbers are."""

    field: str
    heading: str
    unit: Literal["", "s", "x", "B"] = ""


@dataclass(frozen=True)
class Template:
    """A chart without data."""

    title: str
    note: str
    columns: Sequence[Column]
    spec: Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One chart: its kind, its data, and what it shows in words."""

    kind: Kind
    columns: Columns
    words: str
    of: str = ""
    """What it is of, where there are several of the kind."""


def five_figures(value: float) -> float:
    """Return a number with as many figures as a chart can show, and a file should hold."""
    return float(f"{value:.5g}")


def filled(template: Template, columns: Columns, width: int) -> dict[str, Any]:
    """Return a chart with its data, for a program that has no page to fit it into."""
    names = list(columns)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    size: dict[str, Any] = {"width": width} if template.spec["width"] == "container" else {}
    if "height" not in template.spec:
        size["height"] = ROW * len(set(columns[template.columns[0].field]))
    return {**template.spec, **size, "config": theme.config(), "datasets": {DATA: rows}}


def spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return what a page needs of a chart."""
    content: dict[str, Any] = chart.to_dict()
    return {name: part for name, part in content.items() if name not in ("config", "datasets")}


def blank() -> alt.Chart:
    """Begin a chart of data that are to come."""
    return alt.Chart(alt.NamedData(name=DATA))


def row(field: str = "trial") -> alt.Y:
    """A row for each value of a field."""
    return alt.Y(field, type="nominal", sort=None, title=None)


def seconds(title: str) -> alt.X:
    """Seconds on a logarithmic scale."""
    axis = alt.Axis(labelExpr=SECONDS, labelOverlap="greedy", tickCount=5)
    return alt.X("seconds", type="quantitative", title=title, axis=axis).scale(type="log", nice=False, padding=8)


def against_one(domain: float) -> alt.Scale:
    """Colours from slower to faster; beyond the domain they do not change any more."""
    return alt.Scale(
        type="log", domain=[1 / domain, 1, domain], range=["--slow", "--mid", "--fast"], clamp=True, interpolate="lab"
    )
