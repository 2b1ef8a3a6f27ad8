"""The charts, each made once as a template without data: the data of every race goes into the same few templates.

Colours are names of `theme`, which are looked up when a chart is drawn, so that it follows light and dark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

import altair as alt

from execbench.report import theme

Kind: TypeAlias = Literal[
    "overview", "speedup", "phases", "cpu", "memory", "rounds", "drift", "scaling", "efficiency", "change"
]
Columns: TypeAlias = Mapping[str, Sequence[Any]]

DATA = "rows"
"""The name by which a template asks for its data."""

PHASES = ("start-up", "first call", "steady round", "shutdown")
_ENDS = ("value", "low", "high")
_SERIES = [f"--series-{number}" for number in range(1, 9)]

ROW = 22
"""Pixels that a trial's row is high, in the charts that are as wide as the page gives room for."""

_FITTED: Mapping[str, Any] = {"width": "container"}
_SECONDS = "format(datum.value, '~s') + 's'"
_BYTES = "format(datum.value, '~s') + 'B'"


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


_TRIAL = Column("trial", "trial")
_RATIO = (Column("value", "estimate", "x"), Column("low", "from", "x"), Column("high", "to", "x"))


@cache
def templates() -> dict[Kind, Template]:
    """Return all charts."""
    return {
        "overview": Template(
            "Speedup over serial",
            "Blue is faster than serial, orange slower.",
            [Column("workload", "workload"), Column("entrant", "backend"), Column("speedup", "speedup", "x"),
             Column("said", "in words")],
            _spec(_overview()),
        ),
        "speedup": Template(
            "Speedup over serial, with 95 % intervals",
            "An interval that crosses 1 cannot be told from serial.",
            [_TRIAL, Column("speedup", "speedup", "x"), Column("low", "from", "x"), Column("high", "to", "x")],
            _spec(_intervals("speedup", "times as fast as serial", "datum.low > 1", "datum.high < 1")),
        ),
        "phases": Template(
            "Start-up against steady time",
            "Medians over the launches, and of the timed rounds.",
            [_TRIAL, Column("phase", "phase"), Column("seconds", "seconds", "s")],
            _spec(_dots("phase", PHASES)),
        ),
        "cpu": Template(
            "Time and CPU time of a round",
            "CPU seconds are the mean of the timed rounds, of the whole process tree.",
            [_TRIAL, Column("phase", "what"), Column("seconds", "seconds", "s")],
            _spec(_dots("phase", ("time", "CPU seconds"))),
        ),
        "memory": Template(
            "Peak memory",
            "The high-water marks of all processes of the tree, summed.",
            [_TRIAL, Column("bytes", "bytes", "B")],
            _spec(_memory()),
        ),
        "rounds": Template(
            "Every timed round",
            "A line for each round.",
            [_TRIAL, Column("launch", "launch"), Column("heat", "heat"), Column("seconds", "seconds", "s")],
            _spec(_rounds()),
        ),
        "drift": Template(
            "Rounds by heat",
            "Each round against its trial's median: blue is faster, orange slower. An upright band is the machine "
            "changing its speed for all; a change along a row is that trial's own.",
            [_TRIAL, Column("launch", "launch"), Column("heat", "heat"), Column("seconds", "seconds", "s")],
            _spec(_drift()),
        ),
        "scaling": Template(
            "Speedup by workers",
            "With 95 % intervals. The dashed line is a speedup as large as the number of workers.",
            [Column("backend", "backend"), Column("workers", "workers"), *_RATIO],
            _spec(_growth("times as fast as serial", "datum.workers")),
        ),
        "efficiency": Template(
            "Efficiency by workers",
            "The speedup of each worker: 1 is all that there is to be had.",
            [Column("backend", "backend"), Column("workers", "workers"), *_RATIO],
            _spec(_growth("speedup / workers", "1")),
        ),
        "change": Template(
            "New / old, with its interval",
            "Blue is faster than before, orange slower; grey is the same, or cannot be told.",
            [_TRIAL, Column("verdict", "verdict"), Column("ratio", "new / old", "x"), *_RATIO[1:]],
            _spec(_intervals("ratio", "times as long", "datum.verdict == 'faster'", "datum.verdict == 'slower'")),
        ),
    }  # fmt: skip


def filled(template: Template, columns: Columns, width: int) -> dict[str, Any]:
    """Return a chart with its data, for a program that has no page to fit it into."""
    names = list(columns)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    size: dict[str, Any] = {"width": width} if template.spec["width"] == "container" else {}
    if "height" not in template.spec:
        size["height"] = ROW * len(set(columns["trial"]))
    return {**template.spec, **size, "config": theme.config(), "datasets": {DATA: rows}}


def _spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    content: dict[str, Any] = chart.to_dict()
    return {name: part for name, part in content.items() if name not in ("config", "datasets")}


def _base() -> alt.Chart:
    return alt.Chart(alt.NamedData(name=DATA))


def _row(field: str = "trial") -> alt.Y:
    return alt.Y(field, type="nominal", sort=None, title=None)


def _seconds(title: str) -> alt.X:
    axis = alt.Axis(labelExpr=_SECONDS, labelOverlap="greedy", tickCount=5)
    return alt.X("seconds", type="quantitative", title=title, axis=axis).scale(type="log", nice=False, padding=8)


def _against_one(domain: float) -> alt.Scale:
    """Colours from slower to faster; beyond the domain they do not change any more."""
    return alt.Scale(
        type="log", domain=[1 / domain, 1, domain], range=["--slow", "--mid", "--fast"], clamp=True, interpolate="lab"
    )


def _overview() -> alt.TopLevelMixin:
    base = _base().encode(
        x=alt.X("entrant", type="nominal", sort=None, title=None, axis=alt.Axis(orient="top", labelAngle=-50)),
        y=_row("workload"),
        tooltip=[alt.Tooltip(f"{field}:N") for field in ("workload", "entrant", "said")],
    )
    measured = base.transform_filter("datum.speedup != null")
    strong = "abs(log(datum.speedup)) > log(3)"
    return alt.layer(
        measured.mark_rect(stroke="--panel", strokeWidth=2).encode(
            color=alt.Color("speedup", type="quantitative", scale=_against_one(10), legend=None)
        ),
        measured.mark_text(fontSize=11).encode(
            text="short:N", color=alt.condition(strong, alt.value("--on-strong"), alt.value("--ink"))
        ),
        base.transform_filter("datum.speedup == null").mark_text(fontSize=11, color="--soft").encode(text="short:N"),
    ).properties(width={"step": 54}, height={"step": 26})


def _intervals(estimate: str, title: str, is_fast: str, is_slow: str) -> alt.TopLevelMixin:
    """A row for each trial: a ratio with its interval, and a line at 1."""
    colour = (
        alt.when(is_fast)
        .then(alt.value("--fast"))
        .when(is_slow)
        .then(alt.value("--slow"))
        .otherwise(alt.value("--soft"))
    )
    base = _base().encode(
        y=_row(),
        tooltip=[
            alt.Tooltip("trial", type="nominal"),
            *(alt.Tooltip(field, type="quantitative", format=".3~g") for field in (estimate, "low", "high")),
        ],
        color=colour,
    )
    scale = alt.Scale(type="log", nice=False, padding=8)
    axis = alt.Axis(labelExpr="format(datum.value, '~r') + 'x'", labelOverlap="greedy", tickCount=5)
    return alt.layer(
        _base().mark_rule(color="--soft", strokeDash=[4, 3]).encode(x=alt.datum(1)),
        base.mark_rule(strokeWidth=3, strokeCap="round").encode(
            x=alt.X("from", type="quantitative", scale=scale, axis=axis, title=title),
            x2="to",
        ),
        base.mark_point(filled=True, size=70, opacity=1).encode(x=alt.X(estimate, type="quantitative")),
    ).properties(width="container")


def _dots(field: str, values: Sequence[str]) -> alt.TopLevelMixin:
    colours = alt.Scale(domain=list(values), range=[f"--series-{number}" for number in range(1, len(values) + 1)])
    shapes = alt.Scale(domain=list(values), range=["square", "triangle-up", "circle", "diamond"][: len(values)])
    chart: alt.TopLevelMixin = (
        _base()
        .mark_point(filled=True, size=70, opacity=0.9)
        .encode(
            x=_seconds("seconds"),
            y=_row(),
            color=alt.Color(field, type="nominal", scale=colours, title=None),
            shape=alt.Shape(field, type="nominal", scale=shapes, title=None),
            tooltip=["trial:N", f"{field}:N", alt.Tooltip("seconds", type="quantitative", format=".3s")],
        )
        .properties(width="container")
    )
    return chart


def _memory() -> alt.TopLevelMixin:
    axis = alt.Axis(labelExpr=_BYTES, tickCount=4)
    chart: alt.TopLevelMixin = (
        _base()
        .mark_bar(color="--series-2", height={"band": 0.6})
        .encode(
            x=alt.X("bytes", type="quantitative", title="bytes", axis=axis),
            y=_row(),
            tooltip=["trial:N", alt.Tooltip("bytes", type="quantitative", format=".3s")],
        )
        .properties(width="container")
    )
    return chart


def _rounds() -> alt.TopLevelMixin:
    chart: alt.TopLevelMixin = (
        _base()
        .mark_tick(color="--series-3", opacity=0.5, thickness=1.5)
        .encode(x=_seconds("seconds of a round"), y=_row())
        .properties(width="container")
    )
    return chart


def _drift() -> alt.TopLevelMixin:
    chart: alt.TopLevelMixin = (
        _base()
        .transform_joinaggregate(median="median(seconds)", groupby=["trial"])
        .transform_calculate(pace="datum.median / datum.seconds", after="datum.turn + 1")
        .mark_rect()
        .encode(
            x=alt.X(
                "turn",
                type="quantitative",
                title="heats, launch after launch",
                axis=alt.Axis(format="d", tickMinStep=1),
            ).scale(zero=False, nice=False),
            x2="after",
            y=_row(),
            color=alt.Color("pace", type="quantitative", scale=_against_one(2), legend=None),
            tooltip=["trial:N", "launch:Q", "heat:Q", alt.Tooltip("seconds", type="quantitative", format=".3s")],
        )
        .properties(width="container")
    )
    return chart


def _growth(title: str, ideal: str) -> alt.TopLevelMixin:
    """Lines over the numbers of workers, with an ideal that is a formula of them."""
    workers = alt.X("workers", type="quantitative", title="workers", axis=alt.Axis(format="d", tickMinStep=1))
    workers = workers.scale(type="log", base=2, nice=False, padding=8)
    base = _base().encode(
        x=workers,
        color=alt.Color("backend", type="nominal", title=None, sort=None).scale(range=_SERIES),
        tooltip=["backend:N", "workers:Q", *(alt.Tooltip(name, type="quantitative", format=".3~g") for name in _ENDS)],
    )
    value = alt.Y("value", type="quantitative", title=title).scale(zero=True, nice=False)
    return alt.layer(
        _base()
        .transform_calculate(ideal=ideal)
        .mark_line(color="--soft", strokeDash=[4, 3])
        .encode(x=workers, y=alt.Y("ideal", type="quantitative")),
        base.mark_line(point={"filled": True, "size": 60}).encode(y=value),
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(y=alt.Y("low", type="quantitative"), y2="high"),
    ).properties(width="container", height=260)
