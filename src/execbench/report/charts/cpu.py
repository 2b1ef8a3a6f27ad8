"""The time of a round of each trial, and the CPU time it takes."""

from __future__ import annotations

from collections.abc import Sequence

from execbench.report import numbers
from execbench.report.charts.spec import dots
from execbench.report.charts.words import of_each, timed
from execbench.report.document import Chart, DataColumn, Template
from execbench.report.entries import Entry

TEMPLATE = Template(
    "cpu",
    "Time and CPU time of a round",
    "CPU seconds are the mean of the timed rounds, of the whole process tree.",
    [DataColumn("trial", "trial"), DataColumn("phase", "what"), DataColumn("seconds", "seconds", "s")],
    dots("phase", ["time", "CPU seconds"]),
)


def cpu(entries: Sequence[Entry]) -> Chart:
    """Return the chart."""
    times = [(entry.title, "time", entry.record.samples.median) for entry in entries]
    rows = [*times, *((entry.title, "CPU seconds", entry.record.cpu_seconds) for entry in entries)]
    return Chart(TEMPLATE, timed(rows), of_each("CPU seconds of a round", entries, _in_words))


def _in_words(entry: Entry) -> str:
    return f"{numbers.seconds(entry.record.cpu_seconds)} in {numbers.seconds(entry.record.samples.median)}"
