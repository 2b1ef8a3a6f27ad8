"""The curves of a METG sweep: efficiency over granularity, a line for each backend, and the mark."""

from __future__ import annotations

from statistics import median

import altair as alt

from execbench.report import metg as words
from execbench.report import units
from execbench.report.drawing import SECONDS, SERIES, Column, Figure, Template, blank, five_figures, spec
from execbench.report.names import labels
from execbench.sweep.metg import Swept
from execbench.sweep.storing import Sweep

_TITLE = "efficiency"
_FIELDS = ("backend", "seconds", "efficiency", "low", "high", "mark")


def template() -> Template:
    """Return the chart without data."""
    axis = alt.Axis(labelExpr=SECONDS, labelOverlap="greedy", tickCount=6)
    granularity = alt.X("seconds", type="quantitative", title="granularity: wall time x workers / tasks", axis=axis)
    base = blank().encode(
        x=granularity.scale(type="log", nice=False, padding=8),
        color=alt.Color("backend", type="nominal", title=None, sort=None).scale(range=SERIES),
        tooltip=[
            "backend:N",
            alt.Tooltip("seconds", type="quantitative", format=".3s"),
            *(alt.Tooltip(name, type="quantitative", format=".0%") for name in ("efficiency", "low", "high")),
        ],
    )
    height = alt.Y("efficiency", type="quantitative", title=_TITLE, axis=alt.Axis(format="%")).scale(
        zero=True, nice=False
    )
    chart = alt.layer(
        blank().mark_rule(color="--soft", strokeDash=[4, 3]).encode(y=alt.Y("min(mark):Q", title=_TITLE)),
        base.mark_line(point={"filled": True, "size": 60}).encode(y=height),
        base.mark_rule(strokeWidth=2, opacity=0.4).encode(y=alt.Y("low", type="quantitative", title=_TITLE), y2="high"),
    ).properties(width="container", height=340)
    return Template(
        "Efficiency by granularity",
        "Points are medians over the launches, upright lines go from the worst launch to the best. The dashed line is "
        "the mark: METG is where a curve crosses it.",
        [
            Column("backend", "backend"),
            Column("seconds", "granularity", "s"),
            Column("efficiency", "efficiency", "x"),
            Column("low", "worst launch", "x"),
            Column("high", "best launch", "x"),
        ],
        spec(chart),
    )


def figure(sweep: Sweep) -> Figure | None:
    """Return the curves, if anything was measured."""
    names = labels(swept.backend for swept in sweep.swept)
    rows = []
    for swept in sweep.swept:
        for spots in swept.curve.values():
            ratios = [spot.ratio for spot in spots]
            seconds = median(map(swept.granularity, spots))
            figures = (seconds, median(ratios), min(ratios), max(ratios), swept.mark)
            rows.append((names[swept.backend], *map(five_figures, figures)))
    if not rows:
        return None
    said = "; ".join(f"{names[swept.backend]} {_in_words(swept)}" for swept in sweep.swept)
    return Figure("metg", dict(zip(_FIELDS, map(list, zip(*rows, strict=True)), strict=True)), f"METG: {said}.")


def _in_words(swept: Swept) -> str:
    return units.seconds(swept.metg.estimate) if swept.metg else words.outcome(swept)
