"""Where the worker-seconds of one round went, from when and where each of its tasks ran.

A round on P workers that takes W seconds has P x W worker-seconds. Each worker's time line, from the round's begin to
its end, is cut into:

- **start-up**: before the first task of a worker that came into being within the round;
- **run**: within tasks;
- **dispatch**: before a task, otherwise: the worker waited to be given one;
- **idle**: after a worker's last task, while others still ran theirs; and all of the time of a worker without a task;
- **return**: after the last task of all: results on their way back;
- **serialise**: the part of dispatch and return that pickling tasks and results, and unpickling them, takes by itself,
  as measured after the round in one process. Where memory is shared there is none.

Workers that live one after the other, such as a process for each chunk, follow each other on one time line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from execbench.records.record import Trace
from execbench.report import numbers
from execbench.report.document import Block, Column, Items, Paragraph, Section, Table, lines, row
from execbench.report.entries import Entry

TOLERANCE = 0.02
"""The share of the worker-seconds by which parts may miss the whole."""

PARTS = ("start-up", "serialise", "dispatch", "run", "return", "idle")

_COLUMNS = [Column("trial", numeric=False), *map(Column, ("traced round", *PARTS, "pickled", "tracing"))]


@dataclass(frozen=True)
class Split:
    """Worker-seconds by what they went into."""

    startup: float
    serialise: float
    dispatch: float
    run: float
    returning: float
    idle: float
    whole: float
    """Workers times wall."""
    excess: float
    """What tasks claim that no worker of the round had."""

    @property
    def parts(self) -> dict[str, float]:
        """The parts under the names that reports show."""
        seconds = (self.startup, self.serialise, self.dispatch, self.run, self.returning, self.idle)
        return dict(zip(PARTS, seconds, strict=True))

    @property
    def largest(self) -> str:
        """The name of the largest part."""
        return max(self.parts, key=lambda name: self.parts[name])

    @property
    def adds_up(self) -> bool:
        """Whether the parts add up to the whole."""
        return abs(sum(self.parts.values()) + self.excess - self.whole) <= TOLERANCE * self.whole

    def share(self, seconds: float) -> float:
        """Return worker-seconds as a share of the whole."""
        return seconds / self.whole if self.whole > 0 else 0.0


def split(trace: Trace, max_workers: int) -> Split:
    """Split a round's worker-seconds."""
    wall = trace.wall_seconds
    lines = time_lines(trace)
    last_end = min(wall, max((end for line in lines for _, end, _ in line), default=0.0))
    startup = dispatch = run = idle = excess = 0.0
    for line in lines:
        reached, before = 0.0, None
        for start, end, number in line:
            begin = min(max(start, reached), wall)
            finish = min(max(end, begin), wall)
            if trace.workers[number].new and number != before:
                startup += begin - reached
            else:
                dispatch += begin - reached
            run += finish - begin
            excess += max(0.0, end - start) - (finish - begin)
            reached, before = finish, number
        idle += last_end - min(reached, last_end)
    idle += max(0, max_workers - len(lines)) * last_end
    returning = max(max_workers, len(lines)) * (wall - last_end)
    waiting = dispatch + returning
    share = min(1.0, trace.serialise_seconds / waiting) if waiting > 0 else 0.0
    return Split(
        startup=startup,
        serialise=share * waiting,
        dispatch=(1 - share) * dispatch,
        run=run,
        returning=(1 - share) * returning,
        idle=idle,
        whole=max_workers * wall,
        excess=excess,
    )


TimeLine: TypeAlias = list[tuple[float, float, int]]
"""Start, end and worker of tasks, in order."""


def time_lines(trace: Trace) -> list[TimeLine]:
    """Give each worker a line; one that came into being within the round takes that of one that had ended."""
    by_worker: dict[int, TimeLine] = {}
    for span in sorted(zip(trace.start, trace.end, trace.worker, strict=True)):
        by_worker.setdefault(span[2], []).append(span)
    lines: list[TimeLine] = []
    ends: list[float] = []
    for number, spans in by_worker.items():
        start, end = spans[0][0], max(end for _, end, _ in spans)
        place = next(
            (place for place, before in enumerate(ends) if trace.workers[number].new and before <= start), None
        )
        if place is None:
            lines.append(spans)
            ends.append(end)
        else:
            lines[place] += spans
            ends[place] = end
    return lines


# In words -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TracedEntry:
    """A trial of a race that has a trace."""

    title: str
    max_workers: int
    trace: Trace
    split: Split


def traced(entries: Iterable[Entry]) -> list[TracedEntry]:
    """Return the trials that have a trace, the fastest traced round first."""
    found = [
        TracedEntry(entry.title, entry.record.max_workers, trace, split(trace, entry.record.max_workers))
        for entry in entries
        if entry.record.ok and isinstance(trace := entry.record.trace, Trace)
    ]
    return sorted(found, key=lambda entry: entry.trace.wall_seconds)


def section(found: Sequence[TracedEntry]) -> list[Block]:
    """Return what a race's report says of its traces, if there are any."""
    if not found:
        return []
    blocks: list[Block] = [
        Paragraph("Where the worker-seconds of one round went:"),
        Table(_COLUMNS, [row(entry.title, *_cells(entry)) for entry in found], "Where the worker-seconds went"),
        Items(lines(_remarks(found)), label="trace", tone="warn"),
    ]
    return [Section("Where the time went", blocks)]


def _cells(entry: TracedEntry) -> list[str]:
    split = entry.split
    return [
        numbers.seconds(entry.trace.wall_seconds),
        *(numbers.percent(split.share(seconds), 1) for seconds in split.parts.values()),
        numbers.memory(entry.trace.pickled_bytes),
        f"{numbers.three_figures(entry.trace.slowdown)}x",
    ]


def _remarks(found: Sequence[TracedEntry]) -> list[str]:
    """Say which splits are not to be believed."""
    return [
        f"{entry.title}: the parts do not add up: they are "
        f"{numbers.percent(entry.split.share(sum(entry.split.parts.values()) + entry.split.excess), 1)} of "
        f"{entry.max_workers} workers times the round. More workers took part, they ran several tasks at once, or "
        "their clock is another"
        for entry in found
        if not entry.split.adds_up
    ]
