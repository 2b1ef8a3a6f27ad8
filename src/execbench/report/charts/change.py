"""How each trial of a comparison changed."""

from __future__ import annotations

from collections.abc import Sequence

from execbench.comparison.verdicts import Judged
from execbench.report import numbers
from execbench.report.charts.spec import intervals
from execbench.report.charts.words import columns, interval_columns
from execbench.report.document import Chart, DataColumn, Template

TEMPLATE = Template(
    "change",
    "New / old, with its interval",
    "Blue is faster than before, orange slower; grey is the same, or unclear.",
    [
        DataColumn("trial", "trial"),
        DataColumn("verdict", "verdict"),
        DataColumn("ratio", "new / old", "x"),
        DataColumn("low", "from", "x"),
        DataColumn("high", "to", "x"),
    ],
    intervals("ratio", "times as long", "datum.verdict == 'faster'", "datum.verdict == 'slower'"),
)


def change(trials: Sequence[tuple[str, Judged]]) -> Chart | None:
    """Return the chart of trials, by title, if any of them has an interval."""
    known = [(title, trial.verdict, trial.interval) for title, trial in trials if trial.interval is not None]
    if not known:
        return None
    data = columns(("trial", "verdict"), known) | interval_columns("ratio", [interval for *_, interval in known])
    said = "; ".join(f"{title} {verdict} {numbers.ratio(interval)}" for title, verdict, interval in known)
    return Chart(TEMPLATE, data, f"New over old: {said}.", pictured=True)
