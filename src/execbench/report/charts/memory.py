"""The peak memory of each trial."""

from __future__ import annotations

from collections.abc import Sequence

from execbench.report import numbers
from execbench.report.charts.spec import chart, quantity, row, tooltip
from execbench.report.charts.words import columns, of_each
from execbench.report.document import Chart, DataColumn, Template
from execbench.report.entries import Entry

TEMPLATE = Template(
    "memory",
    "Peak memory",
    "The high-water marks of all processes of the tree, summed.",
    [DataColumn("trial", "trial"), DataColumn("bytes", "bytes", "B")],
    chart(
        mark={"type": "bar", "color": "--series-2", "height": {"band": 0.6}},
        encoding={
            "x": quantity(
                "bytes", title="bytes", axis={"labelExpr": "format(datum.value, '~s') + 'B'", "tickCount": 4}
            ),
            "y": row(),
            "tooltip": tooltip("trial", bytes=".3s"),
        },
    ),
)


def memory(entries: Sequence[Entry]) -> Chart:
    """Return the chart."""
    known = [(entry.title, size) for entry in entries if (size := entry.record.peak_memory_bytes) is not None]
    words = of_each("Peak memory", entries, lambda entry: numbers.memory(entry.record.peak_memory_bytes))
    return Chart(TEMPLATE, columns(("trial", "bytes"), known), words)
