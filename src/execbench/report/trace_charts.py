"""The charts of a traced round: its split, and the time line of its workers."""

from __future__ import annotations

import altair as alt

from execbench.report.drawing import SECONDS, Column, Template, blank, row, spec
from execbench.report.splits import PARTS

_FIGURES = ("seconds", "share")
_COLOURS = ["--series-1", "--series-4", "--slow", "--series-2", "--series-3", "--line"]


def split() -> Template:
    """A bar for each trial, cut into parts."""
    colours = alt.Scale(domain=list(PARTS), range=_COLOURS)
    chart = (
        blank()
        .mark_bar(height={"band": 0.7})
        .encode(
            x=alt.X("share", type="quantitative", title="share of the worker-seconds", axis=alt.Axis(format="%")).scale(
                nice=False
            ),
            y=row(),
            color=alt.Color("part", type="nominal", scale=colours, title=None),
            order=alt.Order("place", type="quantitative"),
            tooltip=[
                "trial:N",
                "part:N",
                *(alt.Tooltip(name, type="quantitative", format=".3~g") for name in _FIGURES),
            ],
        )
        .properties(width="container")
    )
    return Template(
        "Where the worker-seconds went",
        "Of one traced round: what its workers did, or waited for.",
        [Column("trial", "trial"), Column("part", "part"), Column("seconds", "worker-seconds", "s"),
         Column("share", "share")],
        spec(chart),
    )  # fmt: skip


def timeline() -> Template:
    """A line for each worker, with its tasks."""
    axis = alt.Axis(labelExpr=SECONDS, labelOverlap="greedy", tickCount=6)
    chart = (
        blank()
        .mark_bar(color="--series-2", height={"band": 0.7}, stroke="--panel", strokeWidth=0.5)
        .encode(
            x=alt.X("start", type="quantitative", title="since the round began", axis=axis).scale(nice=False),
            x2="end",
            y=row("worker"),
            tooltip=[
                "worker:N", "tasks:Q",
                *(alt.Tooltip(name, type="quantitative", format=".3~s") for name in ("start", "end")),
            ],
        )
        .properties(width="container")
    )  # fmt: skip
    return Template(
        "Time line",
        "A line for each worker, or for several that live one after the other; a bar for each task, or for several "
        "that follow each other closely.",
        [Column("worker", "worker"), Column("tasks", "tasks"), Column("start", "from", "s"), Column("end", "to", "s")],
        spec(chart),
    )
