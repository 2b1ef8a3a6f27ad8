"""The curves of a METG sweep: efficiency by granularity, a line for each backend, and the mark."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from execbench.report.charts.spec import SECONDS, chart, quantity, series, tooltip
from execbench.report.charts.words import columns
from execbench.report.document import Chart, DataColumn, Template
from execbench.report.numbers import five_figures
from execbench.sweep.metg import MetgResult

_TITLE = "efficiency"
_GRANULARITY = quantity(
    "seconds",
    title="granularity: wall time x workers / tasks",
    axis={"labelExpr": SECONDS, "labelOverlap": "greedy", "tickCount": 6},
    scale={"type": "log", "nice": False, "padding": 8},
)
_SHARED = {
    "x": _GRANULARITY,
    "color": series("backend"),
    "tooltip": tooltip("backend", seconds=".3s", efficiency=".0%", low=".0%", high=".0%"),
}

TEMPLATE = Template(
    "metg",
    "Efficiency by granularity",
    "Points are medians over the launches; vertical lines go from the worst launch to the best. The dashed line is the "
    "mark: METG is where a curve crosses it.",
    [
        DataColumn("backend", "backend"),
        DataColumn("seconds", "granularity", "s"),
        DataColumn("efficiency", "efficiency", "x"),
        DataColumn("low", "worst launch", "x"),
        DataColumn("high", "best launch", "x"),
    ],
    chart(
        height=340,
        layer=[
            {
                "mark": {"type": "rule", "color": "--soft", "strokeDash": [4, 3]},
                "encoding": {"y": quantity("mark", aggregate="min", title=_TITLE)},
            },
            {
                "mark": {"type": "line", "point": {"filled": True, "size": 60}},
                "encoding": {
                    **_SHARED,
                    "y": quantity(
                        "efficiency", title=_TITLE, axis={"format": "%"}, scale={"zero": True, "nice": False}
                    ),
                },
            },
            {
                "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.4},
                "encoding": {**_SHARED, "y": quantity("low", title=_TITLE), "y2": {"field": "high"}},
            },
        ],
    ),
)


def metg(results: Sequence[tuple[str, MetgResult]], words: str) -> Chart | None:
    """Return the curves of backends, by title, if anything was measured."""
    rows = []
    for title, result in results:
        for spots in result.curve.values():
            ratios = [spot.ratio for spot in spots]
            seconds = median(map(result.granularity, spots))
            figures = (seconds, median(ratios), min(ratios), max(ratios), result.mark)
            rows.append((title, *map(five_figures, figures)))
    if not rows:
        return None
    return Chart(TEMPLATE, columns(("backend", "seconds", "efficiency", "low", "high", "mark"), rows), words)
