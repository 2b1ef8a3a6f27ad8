"""A heat map of all races: every backend's speedup on every workload."""

from __future__ import annotations

from collections.abc import Sequence

from execbench.records.record import Record
from execbench.report import numbers
from execbench.report.charts.spec import against_one, category, chart, quantity, row, tooltip
from execbench.report.charts.words import Columns
from execbench.report.document import Chart, DataColumn, Template
from execbench.report.entries import Entry, speedup_in_words
from execbench.report.escape import labels

_SHARED = {
    "x": category("entrant", sort=None, title=None, axis={"orient": "top", "labelAngle": -50}),
    "y": row("workload"),
    "tooltip": tooltip("workload", "entrant", "said"),
}
_INK = {"condition": {"test": "abs(log(datum.speedup)) > log(3)", "value": "--on-strong"}, "value": "--ink"}
_MEASURED = [{"filter": "datum.speedup != null"}]
_NOT_MEASURED = [{"filter": "datum.speedup == null"}]

TEMPLATE = Template(
    "overview",
    "Speedup over serial",
    "Blue is faster than serial, orange slower.",
    [
        DataColumn("workload", "workload"),
        DataColumn("entrant", "backend"),
        DataColumn("speedup", "speedup", "x"),
        DataColumn("said", "in words"),
    ],
    chart(
        width={"step": 54},
        height={"step": 26},
        layer=[
            {
                "transform": _MEASURED,
                "mark": {"type": "rect", "stroke": "--panel", "strokeWidth": 2},
                "encoding": {**_SHARED, "color": quantity("speedup", scale=against_one(10), legend=None)},
            },
            {
                "transform": _MEASURED,
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {**_SHARED, "text": category("short"), "color": _INK},
            },
            {
                "transform": _NOT_MEASURED,
                "mark": {"type": "text", "fontSize": 11, "color": "--soft"},
                "encoding": {**_SHARED, "text": category("short")},
            },
        ],
    ),
    wide=True,
    scrolls=True,
)


def overview(races: Sequence[tuple[str, Sequence[Entry]]]) -> Chart | None:
    """Return the chart of races, by title, if they have any trial beside the baselines."""
    pairs = [(title, entry.record) for title, found in races for entry in found if not entry.record.is_baseline]
    if not pairs:
        return None
    names = labels(_backend(record) for _, record in pairs)
    data: Columns = {
        "workload": [title for title, _ in pairs],
        "entrant": [names[_backend(record)] for _, record in pairs],
        "speedup": [numbers.five_figures(record.speedup.estimate) if record.speedup else None for _, record in pairs],
        "short": [_short(record) for _, record in pairs],
        "said": [speedup_in_words(record) if record.ok else record.status for _, record in pairs],
    }
    faster = sum(record.speedup is not None and record.speedup.low > 1 for _, record in pairs)
    slower = sum(record.speedup is not None and record.speedup.high < 1 for _, record in pairs)
    words = (
        f"Heat map of {len(races):,} workloads on {len(names):,} backends: {faster:,} trials are faster than serial, "
        f"{slower:,} slower, {len(pairs) - faster - slower:,} neither or without a speedup."
    )
    return Chart(TEMPLATE, data, words, pictured=True)


def _backend(record: Record) -> str:
    """What a trial has in common with those of other races: all but the workload and the number of tasks."""
    return "/".join(part for part in record.title.split("/") if part != f"n{record.size}")


def _short(record: Record) -> str:
    if not record.ok:
        return "failed"
    return numbers.three_figures(record.speedup.estimate)[:5] if record.speedup else "?"
