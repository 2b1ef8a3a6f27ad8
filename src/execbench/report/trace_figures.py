"""The figures of traced rounds: the split of each trial, and a time line for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from execbench.record import Record
from execbench.report import units
from execbench.report.drawing import Columns, Figure, five_figures
from execbench.report.splits import traces
from execbench.trace import Split, Trace, time_lines

_MOST_APART = 300
"""Tasks that each have a bar of their own; of more, those that follow each other closely share one."""

_CLOSE = 1 / 400
"""Of the round."""


def of_traces(records: Sequence[Record]) -> Iterator[Figure]:
    """Return the charts of the records that have a trace."""
    found = traces(records)
    if not found:
        return
    yield Figure("split", _parts(found), f"Where the worker-seconds went: {'; '.join(map(_in_words, found))}.")
    for record, trace, _ in found:
        columns = _bars(trace)
        words = f"{len(trace.start):,} tasks on {len(trace.workers):,} workers in {units.seconds(trace.wall_seconds)}."
        yield Figure("timeline", columns, f"{record.title}: {words}", of=record.title)


def _in_words(found: tuple[Record, Trace, Split]) -> str:
    record, _, split = found
    largest = max(split.parts, key=lambda name: split.parts[name])
    return f"{record.title} mostly {largest}"


def _parts(found: Sequence[tuple[Record, Trace, Split]]) -> Columns:
    rows = [
        (record.title, name, place, seconds, seconds / split.whole if split.whole > 0 else 0.0)
        for record, _, split in found
        for place, (name, seconds) in enumerate(split.parts.items())
    ]
    return {
        "trial": [trial for trial, *_ in rows],
        "part": [name for _, name, *_ in rows],
        "place": [place for _, _, place, *_ in rows],
        "seconds": [five_figures(seconds) for *_, seconds, _ in rows],
        "share": [five_figures(share) for *_, share in rows],
    }


def _bars(trace: Trace) -> Columns:
    """A bar for each task; those of a time line that follow each other closely are one."""
    close = _CLOSE * trace.wall_seconds if len(trace.start) > _MOST_APART else 0.0
    bars: list[list[float]] = []
    for number, line in enumerate(time_lines(trace), 1):
        for start, end, _ in line:
            if bars and bars[-1][0] == number and start - bars[-1][2] < close:
                bars[-1][2:] = [max(end, bars[-1][2]), bars[-1][3] + 1]
            else:
                bars.append([number, start, end, 1])
    return {
        "worker": [f"worker {int(number)}" for number, *_ in bars],
        "start": [five_figures(start) for _, start, *_ in bars],
        "end": [five_figures(end) for _, _, end, _ in bars],
        "tasks": [int(count) for *_, count in bars],
    }
