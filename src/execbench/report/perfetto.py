"""Traces as a Chrome trace file, for Perfetto (ui.perfetto.dev): a process for each trial, a line for each worker.

The format is Google's "Trace Event Format": complete events ("X") with times in microseconds.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from execbench.errors import BadInput
from execbench.records.record import Record, Trace
from execbench.report.escape import shown

_MICRO = 1e6


def chrome_trace(records: Sequence[Record]) -> str:
    """Return all traced rounds, each starting at 0; BadInput where there are none."""
    traced = [(record.name, record.trace) for record in records if record.ok and isinstance(record.trace, Trace)]
    if not traced:
        raise BadInput("the artifact holds no traces: race with --trace (pytest: --race-trace)")
    events = [event for number, (name, trace) in enumerate(traced, 1) for event in _events(number, name, trace)]
    return json.dumps({"displayTimeUnit": "ms", "traceEvents": events}, allow_nan=False) + "\n"


def _events(number: int, name: str, trace: Trace) -> Iterator[dict[str, Any]]:
    yield {"ph": "M", "name": "process_name", "pid": number, "args": {"name": shown(name)}}
    yield _complete(number, 0, "round", 0.0, trace.wall_seconds)
    yield {"ph": "M", "name": "thread_name", "pid": number, "tid": 0, "args": {"name": "the round"}}
    for place, worker in enumerate(trace.workers, 1):
        title = f"process {worker.pid}, thread {worker.thread}{', new' if worker.new else ''}"
        yield {"ph": "M", "name": "thread_name", "pid": number, "tid": place, "args": {"name": title}}
    for task, (start, end, place) in enumerate(zip(trace.start, trace.end, trace.worker, strict=True)):
        yield _complete(number, place + 1, f"task {task}", start, end)


def _complete(number: int, line: int, name: str, start: float, end: float) -> dict[str, Any]:
    times = {"ts": start * _MICRO, "dur": (end - start) * _MICRO}
    return {"ph": "X", "name": name, "cat": "execbench", "pid": number, "tid": line, **times}
