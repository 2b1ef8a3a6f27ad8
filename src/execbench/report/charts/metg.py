"""The curves of a METG sweep: efficiency by granularity, a line for each backend, and the mark."""

from collections.abc import Sequence
from statistics import median

from execbench.report.charts.chart import chart
from execbench.report.document import Chart
from execbench.sweep.metg import MetgResult

_FIELDS = ("backend", "seconds", "efficiency", "low", "high", "mark")


def metg(results: Sequence[tuple[str, MetgResult]], words: str) -> Chart | None:
    """Return the curves of backends, by title, if anything was measured."""
    rows = []
    for title, result in results:
        for spots in result.curve.values():
            ratios = [spot.ratio for spot in spots]
            seconds = median(map(result.granularity, spots))
            rows.append((title, seconds, median(ratios), min(ratios), max(ratios), result.mark))
    return chart("metg", _FIELDS, rows, words) if rows else None
