"""A history as it is read: its runs, and for each trial on each machine a series over the commits."""

import heapq
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from execbench.comparison.ratios import Basis
from execbench.errors import BadInput
from execbench.history.change_points import WINDOW, change_points
from execbench.history.place import Place
from execbench.history.run import Commit, OtherVersion, StoredRun, StoredTrial, encode, is_run, parse
from execbench.stats import Floats, Interval


@dataclass(frozen=True)
class Point:
    """What was measured of a trial at one commit, on one machine, in one run or several."""

    commit: int
    """The place of the commit in the history."""
    trials: Sequence[StoredTrial]

    @cached_property
    def speed(self) -> float:
        """How many times as fast as its basis; the mean of several runs."""
        return float(math.prod(trial.speed or 1.0 for trial in self.trials) ** (1 / len(self.trials)))

    @property
    def interval(self) -> Interval | None:
        """The same with the interval, which holds those of all runs."""
        known = [trial.interval for trial in self.trials]
        found = [interval for interval in known if interval]
        if not found:
            return None
        return Interval(self.speed, min(each.low for each in found), max(each.high for each in found))

    def mean(self, field: str) -> float | None:
        """Return the mean over the runs of another field."""
        known = [value for trial in self.trials if (value := getattr(trial, field)) is not None]
        return statistics.fmean(known) if known else None


@dataclass(frozen=True)
class Change:
    """A commit at which a series changed."""

    point: int
    """The first point after it."""
    ratio: float
    """How many times as long the trial takes since then."""


@dataclass(frozen=True)
class Series:
    """A trial on one machine over the commits that measured it."""

    name: str
    machine: str
    basis: Basis
    """What its speed is a ratio to; it is part of the setup, and so the same for all points."""
    points: Sequence[Point]
    changes: Sequence[Change]


@dataclass(frozen=True)
class History:
    """All runs of a history."""

    runs: Sequence[StoredRun]
    skipped: Mapping[str, str]
    """Files that are no runs, each with the reason."""

    @cached_property
    def commits(self) -> Sequence[Commit]:
        """All commits, parents before their children, and otherwise by date."""
        detailed_last = sorted((run.commit for run in self.runs), key=lambda commit: len(commit.parents))
        return _in_order({commit.id: commit for commit in detailed_last}.values())

    @cached_property
    def machines(self) -> Mapping[str, str]:
        """The machines with their titles."""
        return {run.machine: run.machine_title for run in self.runs}

    @cached_property
    def series(self) -> Sequence[Series]:
        """All series, by trial and machine."""
        place = {commit.id: number for number, commit in enumerate(self.commits)}
        found: dict[tuple[str, str, str], dict[int, list[StoredTrial]]] = {}
        for run in self.runs:
            machine = run.machine
            for trial in run.trials:
                if trial.speed is not None:
                    points = found.setdefault((trial.name, machine, trial.setup), {})
                    points.setdefault(place[run.commit.id], []).append(trial)
        series = [[Point(commit, points[commit]) for commit in sorted(points)] for points in found.values()]
        logs = [np.log([point.speed for point in points]) for points in series]
        changes = [_changes(values, places) for values, places in zip(logs, change_points(logs), strict=True)]
        return [
            Series(name, machine, points[-1].trials[-1].basis or "times", points, changed)
            for (name, machine, _), points, changed in zip(found, series, changes, strict=True)
        ]


def read(place: Place) -> History:
    """Read a history; BadInput if a file of it is of another version."""
    runs, skipped = [], {}
    for name, content in place.contents():
        try:
            runs.append(_parse(name, content))
        except OtherVersion as error:
            raise BadInput(f"{name}: {error}") from None
        except BadInput as error:
            skipped[name] = str(error)
    return History(runs, skipped)


def add(place: Place, run: StoredRun) -> bool:
    """Add a run to a history; return False if it holds the run already. BadInput if it is of another version."""
    content = encode(run)
    parse(content)  # an artifact may hold what no page can show
    return place.add(run.file_name, content, _refuse_other_versions)


def _parse(name: str, content: bytes | BadInput) -> StoredRun:
    """Read a file; BadInput if it is not a run, or could not be read."""
    if isinstance(content, BadInput):
        raise content
    if not is_run(name):
        raise BadInput("not a run of a history")
    return parse(content)


def _refuse_other_versions(names: Iterable[str]) -> None:
    for name in names:
        try:
            is_run(name)
        except OtherVersion as error:
            raise BadInput(f"{name}: {error}") from None


def _in_order(commits: Iterable[Commit]) -> list[Commit]:
    """Sort commits by date, but never one before its parent, whose clock may have been fast."""
    by_id = {commit.id: commit for commit in commits}
    waits = {id_: sum(parent in by_id for parent in commit.parents) for id_, commit in by_id.items()}
    children: dict[str, list[str]] = {}
    for id_, commit in by_id.items():
        for parent in commit.parents:
            children.setdefault(parent, []).append(id_)
    ready = [(by_id[id_].date, id_) for id_, parents in waits.items() if not parents]
    heapq.heapify(ready)
    ordered = []
    while ready:
        _, id_ = heapq.heappop(ready)
        ordered.append(by_id[id_])
        for child in children.get(id_, ()):
            waits[child] -= 1
            if not waits[child]:
                heapq.heappush(ready, (by_id[child].date, child))
    rest = by_id.keys() - {commit.id for commit in ordered}  # strangers may write commits that descend from themselves
    return [*ordered, *sorted((by_id[id_] for id_ in rest), key=lambda commit: (commit.date, commit.id))]


def _changes(logs: Floats, places: Sequence[int]) -> list[Change]:
    """Return the changes with their ratios, each of the values since the change before and until the next one."""
    ends = [0, *places, len(logs)]
    return [
        Change(place, math.exp(logs[max(before, place - WINDOW) : place].mean() - logs[place:after].mean()))
        for before, place, after in zip(ends, places, ends[2:], strict=False)
    ]
