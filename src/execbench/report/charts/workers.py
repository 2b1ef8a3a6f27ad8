"""Speedup and efficiency of each backend by its number of workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from execbench.report import numbers
from execbench.report.charts.spec import THREE_FIGURES, Spec, category, chart, quantity, series, tooltip
from execbench.report.charts.words import columns, drawn
from execbench.report.document import Chart, DataColumn, Template
from execbench.report.escape import labels
from execbench.report.scaling import Curve, Point
from execbench.stats import Interval

_COLUMNS = [
    DataColumn("backend", "backend"),
    DataColumn("workers", "workers"),
    DataColumn("value", "estimate", "x"),
    DataColumn("low", "from", "x"),
    DataColumn("high", "to", "x"),
]


def _spec(title: str, ideal: str) -> Spec:
    """Lines over the numbers of workers, with an ideal that is a formula of them."""
    workers = quantity(
        "workers",
        title="workers",
        axis={"format": "d", "tickMinStep": 1},
        scale={"type": "log", "base": 2, "nice": False, "padding": 8},
    )
    figures = dict.fromkeys(("value", "low", "high"), THREE_FIGURES)
    shared = {
        "x": workers,
        "color": series("backend"),
        "tooltip": [category("backend"), quantity("workers"), *tooltip(**figures)],
    }
    return chart(
        height=260,
        layer=[
            {
                "transform": [{"calculate": ideal, "as": "ideal"}],
                "mark": {"type": "line", "color": "--soft", "strokeDash": [4, 3]},
                "encoding": {"x": workers, "y": quantity("ideal")},
            },
            {
                "mark": {"type": "line", "point": {"filled": True, "size": 60}},
                "encoding": {**shared, "y": quantity("value", title=title, scale={"zero": True, "nice": False})},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.5},
                "encoding": {**shared, "y": quantity("low"), "y2": {"field": "high"}},
            },
        ],
    )


SCALING = Template(
    "scaling",
    "Speedup by workers",
    "With 95 % intervals. The dashed line is a speedup as large as the number of workers.",
    _COLUMNS,
    _spec("times as fast as serial", "datum.workers"),
)

EFFICIENCY = Template(
    "efficiency",
    "Efficiency by workers",
    "The speedup of each worker; 1 is the most there can be.",
    _COLUMNS,
    _spec("speedup / workers", "1"),
)


def workers(curves: Sequence[Curve]) -> list[Chart]:
    """Return both charts, if any backend ran on several numbers of workers."""
    points = [(curve.name, point) for curve in curves for point in curve.points]
    if not points:
        return []
    return [
        _chart(SCALING, points, lambda point: point.speedup),
        _chart(EFFICIENCY, points, lambda point: point.efficiency),
    ]


def _chart(template: Template, points: Sequence[tuple[str, Point]], interval_of: Callable[[Point], Interval]) -> Chart:
    names = labels(name for name, _ in points)
    known = [(names[name], point.max_workers, drawn(interval_of(point))) for name, point in points]
    data = columns(
        ("backend", "workers", "value", "low", "high"),
        [(name, count, *map(numbers.five_figures, _ends(interval))) for name, count, interval in known],
    )
    said = (f"{name} {numbers.three_figures(interval.estimate)} on {count} workers" for name, count, interval in known)
    words = f"{template.name.capitalize()}: {'; '.join(said)}."
    return Chart(template, data, words, pictured=template is SCALING)


def _ends(interval: Interval) -> tuple[float, float, float]:
    return interval.estimate, interval.low, interval.high
