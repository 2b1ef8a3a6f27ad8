"""The charts, each made once as a template without data: the data of every race goes into the same few templates.

Colours are names of `theme`, which are looked up when a chart is drawn, so that it follows light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import altair as alt

from execbench.report import metg_chart, trace_charts
from execbench.report.drawing import SERIES, Column, Kind, Template, against_one, blank, row, seconds, spec

PHASES = ("start-up", "first call", "steady round", "shutdown")
_ENDS = ("value", "low", "high")
_BYTES = "format(datum.value, '~s') + 'B'"

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
            spec(_overview()),
        ),
        "speedup": Template(
            "Speedup over serial, with 95 % intervals",
            "An interval that crosses 1 cannot be told from serial.",
            [_TRIAL, Column("speedup", "speedup", "x"), Column("low", "from", "x"), Column("high", "to", "x")],
            spec(_intervals("speedup", "times as fast as serial", "datum.low > 1", "datum.high < 1")),
        ),
        "phases": Template(
            "Start-up against steady time",
            "Medians over the launches, and of the timed rounds.",
            [_TRIAL, Column("phase", "phase"), Column("seconds", "seconds", "s")],
            spec(_dots("phase", PHASES)),
        ),
        "cpu": Template(
            "Time and CPU time of a round",
            "CPU seconds are the mean of the timed rounds, of the whole process tree.",
            [_TRIAL, Column("phase", "what"), Column("seconds", "seconds", "s")],
            spec(_dots("phase", ("time", "CPU seconds"))),
        ),
        "memory": Template(
            "Peak memory",
            "The high-water marks of all processes of the tree, summed.",
            [_TRIAL, Column("bytes", "bytes", "B")],
            spec(_memory()),
        ),
        "rounds": Template(
            "Every timed round",
            "A line for each round.",
            [_TRIAL, Column("launch", "launch"), Column("heat", "heat"), Column("seconds", "seconds", "s")],
            spec(_rounds()),
        ),
        "drift": Template(
            "Rounds by heat",
            "Each round against its trial's median: blue is faster, orange slower. An upright band is the machine "
            "changing its speed for all; a change along a row is that trial's own.",
            [_TRIAL, Column("launch", "launch"), Column("heat", "heat"), Column("seconds", "seconds", "s")],
            spec(_drift()),
        ),
        "scaling": Template(
            "Speedup by workers",
            "With 95 % intervals. The dashed line is a speedup as large as the number of workers.",
            [Column("backend", "backend"), Column("workers", "workers"), *_RATIO],
            spec(_growth("times as fast as serial", "datum.workers")),
        ),
        "efficiency": Template(
            "Efficiency by workers",
            "The speedup of each worker: 1 is all that there is to be had.",
            [Column("backend", "backend"), Column("workers", "workers"), *_RATIO],
            spec(_growth("speedup / workers", "1")),
        ),
        "change": Template(
            "New / old, with its interval",
            "Blue is faster than before, orange slower; grey is the same, or cannot be told.",
            [_TRIAL, Column("verdict", "verdict"), Column("ratio", "new / old", "x"), *_RATIO[1:]],
            spec(_intervals("ratio", "times as long", "datum.verdict == 'faster'", "datum.verdict == 'slower'")),
        ),
        "split": trace_charts.split(),
        "timeline": trace_charts.timeline(),
        "metg": metg_chart.template(),
    }  # fmt: skip


def _overview() -> alt.TopLevelMixin:
    base = blank().encode(
        x=alt.X("entrant", type="nominal", sort=None, title=None, axis=alt.Axis(orient="top", labelAngle=-50)),
        y=row("workload"),
        tooltip=[alt.Tooltip(f"{field}:N") for field in ("workload", "entrant", "said")],
    )
    measured = base.transform_filter("datum.speedup != null")
    strong = "abs(log(datum.speedup)) > log(3)"
    return alt.layer(
        measured.mark_rect(stroke="--panel", strokeWidth=2).encode(
            color=alt.Color("speedup", type="quantitative", scale=against_one(10), legend=None)
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
    base = blank().encode(
        y=row(),
        tooltip=[
            alt.Tooltip("trial", type="nominal"),
            *(alt.Tooltip(field, type="quantitative", format=".3~g") for field in (estimate, "low", "high")),
        ],
        color=colour,
    )
    scale = alt.Scale(type="log", nice=False, padding=8)
    axis = alt.Axis(labelExpr="format(datum.value, '~r') + 'x'", labelOverlap="greedy", tickCount=5)
    return alt.layer(
        blank().mark_rule(color="--soft", strokeDash=[4, 3]).encode(x=alt.datum(1)),
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
        blank()
        .mark_point(filled=True, size=70, opacity=0.9)
        .encode(
            x=seconds("seconds"),
            y=row(),
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
        blank()
        .mark_bar(color="--series-2", height={"band": 0.6})
        .encode(
            x=alt.X("bytes", type="quantitative", title="bytes", axis=axis),
            y=row(),
            tooltip=["trial:N", alt.Tooltip("bytes", type="quantitative", format=".3s")],
        )
        .properties(width="container")
    )
    return chart


def _rounds() -> alt.TopLevelMixin:
    chart: alt.TopLevelMixin = (
        blank()
        .mark_tick(color="--series-3", opacity=0.5, thickness=1.5)
        .encode(x=seconds("seconds of a round"), y=row())
        .properties(width="container")
    )
    return chart


def _drift() -> alt.TopLevelMixin:
    chart: alt.TopLevelMixin = (
        blank()
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
            y=row(),
            color=alt.Color("pace", type="quantitative", scale=against_one(2), legend=None),
            tooltip=["trial:N", "launch:Q", "heat:Q", alt.Tooltip("seconds", type="quantitative", format=".3s")],
        )
        .properties(width="container")
    )
    return chart


def _growth(title: str, ideal: str) -> alt.TopLevelMixin:
    """Lines over the numbers of workers, with an ideal that is a formula of them."""
    workers = alt.X("workers", type="quantitative", title="workers", axis=alt.Axis(format="d", tickMinStep=1))
    workers = workers.scale(type="log", base=2, nice=False, padding=8)
    base = blank().encode(
        x=workers,
        color=alt.Color("backend", type="nominal", title=None, sort=None).scale(range=SERIES),
        tooltip=["backend:N", "workers:Q", *(alt.Tooltip(name, type="quantitative", format=".3~g") for name in _ENDS)],
    )
    value = alt.Y("value", type="quantitative", title=title).scale(zero=True, nice=False)
    return alt.layer(
        blank()
        .transform_calculate(ideal=ideal)
        .mark_line(color="--soft", strokeDash=[4, 3])
        .encode(x=workers, y=alt.Y("ideal", type="quantitative")),
        base.mark_line(point={"filled": True, "size": 60}).encode(y=value),
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(y=alt.Y("low", type="quantitative"), y2="high"),
    ).properties(width="container", height=260)
