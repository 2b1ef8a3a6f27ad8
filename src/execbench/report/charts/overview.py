"""A heat map of all races: every backend's speedup on every workload."""

from collections.abc import Sequence

from execbench.records.record import Record
from execbench.report import numbers
from execbench.report.charts.chart import chart
from execbench.report.document import Chart
from execbench.report.entries import Entry, speedup_in_words
from execbench.report.escape import labels

_FIELDS = ("workload", "entrant", "speedup", "short", "said")


def overview(races: Sequence[tuple[str, Sequence[Entry]]]) -> Chart | None:
    """Return the chart of races, by title, if they have any trial beside the baselines."""
    pairs = [(title, entry.record) for title, found in races for entry in found if not entry.record.is_baseline]
    if not pairs:
        return None
    names = labels(_backend(record) for _, record in pairs)
    rows = [(title, names[_backend(record)], *_cells(record)) for title, record in pairs]
    faster = sum(record.speedup is not None and record.speedup.low > 1 for _, record in pairs)
    slower = sum(record.speedup is not None and record.speedup.high < 1 for _, record in pairs)
    words = (
        f"Heat map of {len(races):,} workloads on {len(names):,} backends: {faster:,} trials are faster than serial, "
        f"{slower:,} slower, {len(pairs) - faster - slower:,} neither or without a speedup."
    )
    return chart("overview", _FIELDS, rows, words, pictured=True)


def _backend(record: Record) -> str:
    """What a trial has in common with those of other races: all but the workload and the number of tasks."""
    return "/".join(part for part in record.title.split("/") if part != f"n{record.size}")


def _cells(record: Record) -> tuple[float | None, str, str]:
    """The speedup, in a few letters, and in words."""
    if not record.ok:
        return None, "failed", record.status
    if record.speedup is None:
        return None, "?", speedup_in_words(record)
    estimate = record.speedup.estimate
    return estimate, numbers.three_figures(estimate)[:5], speedup_in_words(record)
