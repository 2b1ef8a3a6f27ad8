"""The time line of a traced round's workers, with their tasks."""

from __future__ import annotations

from execbench.records.trace import Trace
from execbench.report import numbers
from execbench.report.charts.spec import SECONDS, category, chart, quantity, row, tooltip
from execbench.report.charts.words import Columns, columns
from execbench.report.document import Chart, DataColumn, Template
from execbench.report.splits import TracedEntry, time_lines

_MAX_APART = 300
"""Tasks that each have their own bar; of more, those that follow each other closely share one."""

_CLOSE = 1 / 400
"""Of the round."""

TEMPLATE = Template(
    "timeline",
    "Time line",
    "A line for each worker, or for several that live one after the other; a bar for each task, or for several that "
    "follow each other closely.",
    [
        DataColumn("worker", "worker"),
        DataColumn("tasks", "tasks"),
        DataColumn("start", "from", "s"),
        DataColumn("end", "to", "s"),
    ],
    chart(
        mark={
            "type": "bar",
            "color": "--series-2",
            "height": {"band": 0.7},
            "stroke": "--panel",
            "strokeWidth": 0.5,
        },
        encoding={
            "x": quantity(
                "start",
                title="since the round began",
                axis={"labelExpr": SECONDS, "labelOverlap": "greedy", "tickCount": 6},
                scale={"nice": False},
            ),
            "x2": {"field": "end"},
            "y": row("worker"),
            "tooltip": [category("worker"), quantity("tasks"), *tooltip(start=".3~s", end=".3~s")],
        },
    ),
)


def timeline(traced: TracedEntry) -> Chart:
    """Return the chart of one trial."""
    trace = traced.trace
    words = (
        f"{traced.title}: {len(trace.start):,} tasks on {len(trace.workers):,} workers in "
        f"{numbers.seconds(trace.wall_seconds)}."
    )
    return Chart(TEMPLATE, _bars(trace), words, of=traced.title)


def _bars(trace: Trace) -> Columns:
    """A bar for each task; those of a time line that follow each other closely are one."""
    close = _CLOSE * trace.wall_seconds if len(trace.start) > _MAX_APART else 0.0
    bars: list[list[float]] = []
    for number, line in enumerate(time_lines(trace), 1):
        for start, end, _ in line:
            if bars and bars[-1][0] == number and start - bars[-1][2] < close:
                bars[-1][2:] = [max(end, bars[-1][2]), bars[-1][3] + 1]
            else:
                bars.append([number, start, end, 1])
    return columns(
        ("worker", "start", "end", "tasks"),
        [
            (f"worker {int(number)}", numbers.five_figures(start), numbers.five_figures(end), int(count))
            for number, start, end, count in bars
        ],
    )
