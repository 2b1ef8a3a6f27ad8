"""Where the worker-seconds of one round went, from when and where each of its tasks ran.

A round on P workers that takes W seconds has P x W worker-seconds. Each worker's time line, from the start of the round
to its end, is cut into:

- **start-up**: before the first task of a worker that started within the round;
- **run**: inside tasks;
- **dispatch**: before any other task: the worker waited to be given one;
- **idle**: after a worker's last task while others still ran theirs, and all the time of a worker without a task;
- **return**: after the last task of all: results on their way back;
- **serialise**: the part of dispatch and return that pickling and unpickling tasks and results alone takes, as measured
  in one process after the round. Where memory is shared there is none.

Workers that run one after another, such as a process for each chunk, share a time line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from execbench.records.record import Trace
from execbench.report import numbers
from execbench.report.document import Block, Cell, Column, Items, Paragraph, Section, Table, lines, row
from execbench.report.trials import Entry, grouped

TOLERANCE = 0.02
"""The parts may miss the whole by this share of the worker-seconds."""

_COLUMNS = ("traced round", "start-up", "serialise", "dispatch", "run", "return", "idle", "pickled", "tracing")


@dataclass(frozen=True)
class Split:
    """Worker-seconds by what they went into."""

    parts: Mapping[str, float]
    """By the names that reports show, in their order."""
    whole: float
    """Workers times wall time."""
    excess: float
    """What tasks claim beyond the time of the workers."""

    @property
    def largest(self) -> str:
        """The name of the largest part."""
        return max(self.parts, key=lambda name: self.parts[name])

    @property
    def accounted(self) -> float:
        """The worker-seconds that the tasks account for, which should be the whole."""
        return sum(self.parts.values()) + self.excess

    @property
    def adds_up(self) -> bool:
        """Whether the parts add up to the whole."""
        return abs(self.accounted - self.whole) <= TOLERANCE * self.whole

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
    parts = {
        "start-up": startup,
        "serialise": share * waiting,
        "dispatch": (1 - share) * dispatch,
        "run": run,
        "return": (1 - share) * returning,
        "idle": idle,
    }
    return Split(parts, max_workers * wall, excess)


TimeLine: TypeAlias = list[tuple[float, float, int]]
"""Start, end and worker of tasks, in order."""


def time_lines(trace: Trace) -> list[TimeLine]:
    """Give each worker a line; one that started within the round continues the line of one that had ended."""
    spans = sorted(zip(trace.start, trace.end, trace.worker, strict=True))
    lines: list[TimeLine] = []
    ends: list[float] = []
    for number, line in grouped(spans, lambda span: span[2]).items():
        start, end = line[0][0], max(end for _, end, _ in line)
        free = (place for place, before in enumerate(ends) if trace.workers[number].new and before <= start)
        if (place := next(free, None)) is None:
            lines.append(line)
            ends.append(end)
        else:
            lines[place] += line
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


def section(entries: Sequence[TracedEntry]) -> list[Block]:
    """Return the part of a race's report that shows its traces, if there are any."""
    if not entries:
        return []
    title = "Where the worker-seconds went"
    table = Table([Column("trial", numeric=False), *map(Column, _COLUMNS)], list(map(_row, entries)), title)
    remarks = Items(lines(_remark(entry) for entry in entries if not entry.split.adds_up), label="trace", tone="warn")
    return [Section("Where the time went", [Paragraph("Where the worker-seconds of one round went:"), table, remarks])]


def _row(entry: TracedEntry) -> list[Cell]:
    split = entry.split
    return row(
        entry.title,
        numbers.seconds(entry.trace.wall_seconds),
        *(numbers.percent(split.share(seconds), 1) for seconds in split.parts.values()),
        numbers.memory(entry.trace.pickled_bytes),
        f"{numbers.three_figures(entry.trace.slowdown)}x",
    )


def _remark(entry: TracedEntry) -> str:
    """Say that a split cannot be believed."""
    accounted = numbers.percent(entry.split.share(entry.split.accounted), 1)
    return (
        f"{entry.title}: the parts do not add up: they are {accounted} of {entry.max_workers} workers times the round. "
        "More workers took part, they ran several tasks at once, or their clock differs"
    )
