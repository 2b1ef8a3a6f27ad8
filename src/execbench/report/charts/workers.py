"""Speedup and efficiency of each backend by its number of workers."""

from collections.abc import Sequence

from execbench.report import numbers
from execbench.report.charts.chart import chart, drawn
from execbench.report.document import Chart
from execbench.report.escape import labels
from execbench.report.scaling import Curve
from execbench.stats import Interval


def workers(curves: Sequence[Curve]) -> list[Chart]:
    """Return both charts, if any backend ran on several numbers of workers."""
    names = labels(curve.name for curve in curves)
    points = [(names[curve.name], point) for curve in curves for point in curve.points]
    kinds = {
        "scaling": [(name, point.max_workers, point.speedup) for name, point in points],
        "efficiency": [(name, point.max_workers, point.efficiency) for name, point in points],
    }
    return [_chart(kind, rows) for kind, rows in kinds.items() if rows]


def _chart(kind: str, points: Sequence[tuple[str, int, Interval]]) -> Chart:
    shown = [(name, count, drawn(interval)) for name, count, interval in points]
    rows = [(name, count, interval.estimate, interval.low, interval.high) for name, count, interval in shown]
    said = (f"{name} {numbers.three_figures(interval.estimate)} on {count} workers" for name, count, interval in points)
    words = f"{kind.capitalize()}: {'; '.join(said)}."
    return chart(kind, ("backend", "workers", "value", "low", "high"), rows, words, pictured=kind == "scaling")
