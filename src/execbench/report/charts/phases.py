"""What each trial of a race takes to start, to warm up, and to stop, against a steady round."""

from __future__ import annotations

from collections.abc import Sequence

from execbench.report import numbers
from execbench.report.charts.spec import dots
from execbench.report.charts.words import of_each, timed
from execbench.report.document import Chart, DataColumn, Template
from execbench.report.entries import Entry, middle

_PHASES = ["start-up", "first call", "steady round", "shutdown"]

TEMPLATE = Template(
    "phases",
    "Start-up against steady time",
    "Medians over the launches, and of the timed rounds.",
    [DataColumn("trial", "trial"), DataColumn("phase", "phase"), DataColumn("seconds", "seconds", "s")],
    dots("phase", _PHASES),
)


def phases(entries: Sequence[Entry]) -> Chart:
    """Return the chart."""
    rows = [
        (entry.title, phase, seconds)
        for entry in entries
        for phase, seconds in zip(_PHASES, _seconds(entry), strict=True)
    ]
    return Chart(TEMPLATE, timed(rows), of_each("Start-up", entries, _in_words), pictured=True)


def _seconds(entry: Entry) -> tuple[float | None, ...]:
    record = entry.record
    startup, first_call, shutdown = map(
        middle, (record.startup_seconds, record.first_call_seconds, record.shutdown_seconds)
    )
    return startup, first_call, record.samples.median, shutdown


def _in_words(entry: Entry) -> str:
    startup, _, steady, _ = map(numbers.seconds, _seconds(entry))
    return f"{startup}, a round {steady}"
