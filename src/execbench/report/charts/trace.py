"""The charts of traced rounds: where the worker-seconds went, and the time line of the workers."""

from collections.abc import Sequence

from execbench.records.record import Trace
from execbench.report import numbers
from execbench.report.charts.chart import chart
from execbench.report.document import Chart
from execbench.report.splits import TracedEntry, time_lines

_MAX_APART = 300
"""Tasks that each have their own bar; of more, those that follow each other closely share one."""

_CLOSE = 1 / 400
"""Of the round."""


def split(traced: Sequence[TracedEntry]) -> Chart:
    """A bar for each trial, cut into parts."""
    rows = [
        (entry.title, name, place, seconds, entry.split.share(seconds))
        for entry in traced
        for place, (name, seconds) in enumerate(entry.split.parts.items())
    ]
    said = "; ".join(f"{entry.title} mostly {entry.split.largest}" for entry in traced)
    fields = ("trial", "part", "place", "seconds", "share")
    return chart("split", fields, rows, f"Where the worker-seconds went: {said}.")


def timeline(traced: TracedEntry) -> Chart:
    """A line for each worker of one trial, with its tasks."""
    trace = traced.trace
    tasks, workers = f"{len(trace.start):,} tasks", f"{len(trace.workers):,} workers"
    words = f"{traced.title}: {tasks} on {workers} in {numbers.seconds(trace.wall_seconds)}."
    return chart("timeline", ("worker", "start", "end", "tasks"), _bars(trace), words, of=traced.title)


def _bars(trace: Trace) -> list[tuple[str, float, float, int]]:
    """A bar for each task; those of a time line that follow each other closely are one."""
    close = _CLOSE * trace.wall_seconds if len(trace.start) > _MAX_APART else 0.0
    bars: list[tuple[str, float, float, int]] = []
    for number, line in enumerate(time_lines(trace), 1):
        for start, end, _ in line:
            name, begin, last, count = bars[-1] if bars else ("", 0.0, 0.0, 0)
            if name == f"worker {number}" and start - last < close:
                bars[-1] = (name, begin, max(end, last), count + 1)
            else:
                bars.append((f"worker {number}", start, end, 1))
    return bars
