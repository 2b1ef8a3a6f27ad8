"""The charts of traced rounds: where the worker-seconds went, and the time line of the workers."""

from collections.abc import Sequence
from typing import Any

from execbench.records.record import Trace
from execbench.report import numbers
from execbench.report.charts.chart import chart
from execbench.report.document import Chart
from execbench.report.splits import TracedEntry, time_lines

_MAX_BARS = 300
"""With more tasks than this, those that follow each other closely share a bar."""

_CLOSE = 1 / 400
"""Of the round."""


def traces(traced: Sequence[TracedEntry]) -> list[Chart]:
    """Return a bar for each trial, cut into parts, and a time line of each."""
    rows = [
        {"trial": entry.title, "part": part, "place": place, "seconds": seconds, "share": entry.split.share(seconds)}
        for entry in traced
        for place, (part, seconds) in enumerate(entry.split.parts.items())
    ]
    said = "; ".join(f"{entry.title} mostly {entry.split.largest}" for entry in traced)
    charts = chart("split", rows, f"Where the worker-seconds went: {said}.")
    return charts + [each for entry in traced for each in _time_line(entry)]


def _time_line(traced: TracedEntry) -> list[Chart]:
    """A line for each worker of a trial, with its tasks."""
    trace = traced.trace
    tasks, workers = f"{len(trace.start):,} tasks", f"{len(trace.workers):,} workers"
    words = f"{traced.title}: {tasks} on {workers} in {numbers.seconds(trace.wall_seconds)}."
    return chart("timeline", _bars(trace), words, of=traced.title)


def _bars(trace: Trace) -> list[dict[str, Any]]:
    """A bar for each task, or for several of one line that follow each other closely."""
    close = _CLOSE * trace.wall_seconds if len(trace.start) > _MAX_BARS else 0.0
    bars: list[dict[str, Any]] = []
    for number, line in enumerate(time_lines(trace), 1):
        last = float("-inf")
        for start, end, _ in line:
            if start - last < close:
                bars[-1]["end"] = last = max(end, last)
                bars[-1]["tasks"] += 1
            else:
                bars.append({"worker": f"worker {number}", "start": start, "end": end, "tasks": 1})
                last = end
    return bars
