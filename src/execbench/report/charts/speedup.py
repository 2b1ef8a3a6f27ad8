"""The speedup of each trial of a race over serial."""

from __future__ import annotations

from collections.abc import Sequence

from execbench.report.charts.spec import intervals
from execbench.report.charts.words import columns, interval_columns, of_each
from execbench.report.document import Chart, DataColumn, Template
from execbench.report.entries import Entry, speedup_in_words

TEMPLATE = Template(
    "speedup",
    "Speedup over serial, with 95 % intervals",
    "An interval that crosses 1 is indistinguishable from serial.",
    [
        DataColumn("trial", "trial"),
        DataColumn("speedup", "speedup", "x"),
        DataColumn("low", "from", "x"),
        DataColumn("high", "to", "x"),
    ],
    intervals("speedup", "times as fast as serial", "datum.low > 1", "datum.high < 1"),
)


def speedup(entries: Sequence[Entry]) -> Chart:
    """Return the chart."""
    known = [(entry.title, entry.record.speedup) for entry in entries if entry.record.speedup]
    data = columns(("trial",), [(title,) for title, _ in known])
    data |= interval_columns("speedup", [interval for _, interval in known])
    return Chart(
        TEMPLATE, data, of_each("Speedups", entries, lambda entry: speedup_in_words(entry.record)), pictured=True
    )
