"""The charts of a history: a trial over the commits, and all trials of a commit against the commit before."""

from collections.abc import Mapping, Sequence
from typing import Any

from execbench.history.history import History, Series
from execbench.history.notes import Notes
from execbench.report import numbers
from execbench.report.charts.chart import chart, template
from execbench.report.document import Chart


def of_trial(history: History, series: Sequence[Series], notes: Notes) -> list[Chart]:
    """Return the charts of a trial, which share their data: its speed, time, memory and start-up over the commits."""
    rows = [row for each in series for row in _rows(history, each, notes)]
    changes = sum(len(each.changes) for each in series)
    words = f"Speed at {numbers.count(len(rows), 'point')}, with {numbers.count(changes, 'change')}."
    charts = chart("history_speed", rows, words)
    others = [
        (name, field, what)
        for name, field, what in (
            ("history_seconds", "seconds", "Median seconds of a round"),
            ("history_memory", "bytes", "Peak memory"),
            ("history_startup", "startup", "Start-up"),
        )
        if any(row[field] is not None for row in rows)
    ]
    return charts + [
        Chart(template(name), each.data, f"{what} over the commits.") for each in charts for name, _, what in others
    ]


def of_commit(rows: Sequence[Mapping[str, Any]]) -> list[Chart]:
    """Return a chart of the trials of a commit that were measured before, too."""
    return chart("history_moved", rows, f"{numbers.count(len(rows), 'trial')} against the commit before.")


def _rows(history: History, series: Series, notes: Notes) -> list[dict[str, Any]]:
    """A row for each point."""
    changed = {change.point: change.ratio for change in series.changes}
    rows = []
    for number, point in enumerate(series.points):
        commit, interval = history.commits[point.commit], point.interval
        rows.append(
            {
                "place": point.commit + 1,
                "commit": commit.short,
                "date": commit.date[:10],
                "machine": series.machine,
                "speed": point.speed,
                "low": interval and interval.low,
                "high": interval and interval.high,
                "seconds": point.mean("seconds"),
                "bytes": point.mean("peak_memory_bytes"),
                "startup": point.mean("startup_seconds"),
                "change": changed.get(number),
                "note": "; ".join(notes.about(commit)) or None,
            }
        )
    return rows
