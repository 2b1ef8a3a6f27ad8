"""Where the worker-seconds of one round went, from when and where each of its tasks ran. Pure.

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

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self, TypeAlias

from execbench.errors import BadInput

TOLERANCE = 0.02
"""The share of the worker-seconds by which parts may miss the whole."""


@dataclass(frozen=True)
class Worker:
    """Who ran tasks."""

    pid: int
    thread: int
    new: bool
    """It came into being within the round."""


@dataclass(frozen=True)
class Trace:
    """One round, task by task. Times are in seconds since the round began."""

    wall_seconds: float
    untraced_seconds: float
    """The median of the timed rounds before it."""
    serialise_seconds: float
    pickled_bytes: int
    """Of all tasks and results; 0 where memory is shared."""
    workers: Sequence[Worker]
    start: Sequence[float]
    end: Sequence[float]
    worker: Sequence[int]
    """Each task's place in `workers`; parallel to `start` and `end`, in the order of the tasks."""

    @property
    def slowdown(self) -> float:
        """How many times as long as an untraced round it took."""
        return self.wall_seconds / self.untraced_seconds if self.untraced_seconds > 0 else 1.0

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Take a trace back from the artifact.

        Raises:
            BadInput: its arrays do not fit each other.
        """
        known = {field.name: content[field.name] for field in fields(cls)}
        trace = cls(**{**known, "workers": [Worker(**worker) for worker in content["workers"]]})
        lengths = {len(trace.start), len(trace.end), len(trace.worker)}
        known_workers = range(len(trace.workers))
        if len(lengths) > 1 or any(type(place) is not int or place not in known_workers for place in trace.worker):
            raise BadInput("trace: `start`, `end` and `worker` are to be parallel, and each worker one of `workers`")
        if any(end < start for start, end in zip(trace.start, trace.end, strict=True)):
            raise BadInput("trace: a task ends before it starts")
        return trace


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
        return {
            "start-up": self.startup,
            "serialise": self.serialise,
            "dispatch": self.dispatch,
            "run": self.run,
            "return": self.returning,
            "idle": self.idle,
        }

    @property
    def adds_up(self) -> bool:
        """Tell whether the parts add up to the whole."""
        return abs(sum(self.parts.values()) + self.excess - self.whole) <= TOLERANCE * self.whole


def traced(answer: Mapping[str, Any], known_pids: Collection[int], untraced_seconds: float) -> Trace:
    """Make a trace of what a lane noted; a process that was not known before the round is new."""
    spans = [tuple(span) for span in answer["spans"]]
    places = {who: place for place, who in enumerate(dict.fromkeys((pid, thread) for _, _, pid, thread in spans))}
    return Trace(
        wall_seconds=answer["wall"],
        untraced_seconds=untraced_seconds,
        serialise_seconds=answer["serialise"],
        pickled_bytes=0 if answer["shared"] else answer["bytes"],
        workers=[Worker(pid, thread, pid not in known_pids) for pid, thread in places],
        start=[start for start, _, _, _ in spans],
        end=[end for _, end, _, _ in spans],
        worker=[places[pid, thread] for _, _, pid, thread in spans],
    )


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
    """Give each worker a line of its own; one that came into being within the round that of one that had ended."""
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
