"""Break-even: the task cost, and the number of tasks, above which a backend beats the serial loop.

Either is found by measured bisection, twice: with the workers there already, in lanes that stay open; and with all that
a program pays which needs them once, in lanes of their own for each measurement: start-up, first call and shutdown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

from execbench.crossing import Bracket, bracket, crossing, mean_crossing
from execbench.lane.process import LaneFailure, Nursery
from execbench.stats import Interval
from execbench.sweep.lanes import Load, Progress, Setting, SweptLane
from execbench.sweep.pairing import Opening, Spot, opened
from execbench.sweep.searching import LONGEST, Search
from execbench.trial import Choice

Axis: TypeAlias = Literal["cost", "tasks"]
AXES: tuple[Axis, ...] = ("cost", "tasks")

STARTS: Mapping[Axis, int] = {"cost": 10, "tasks": 6}
MOST: Mapping[Axis, int] = {"cost": 30, "tasks": 20}
"""Places to begin at, and the highest; grains and numbers of tasks are powers of two."""


@dataclass(frozen=True)
class Found:
    """One break-even: of one axis, with start-up or without."""

    axis: Axis
    whole: bool
    """Start-up, first call and shutdown are counted."""
    spots: Sequence[Spot]
    launches: int

    def x(self, spot: Spot) -> float:
        """Return where on the axis a spot lies: the seconds of a task by itself, or the number of tasks."""
        return median(spot.yardstick) / spot.load.size if self.axis == "cost" else spot.load.size

    @property
    def curve(self) -> dict[float, list[float]]:
        """The logarithms of the speedups of the launches, by place on the axis, ascending."""
        loads: dict[Load, list[Spot]] = {}
        for spot in self.spots:
            loads.setdefault(spot.load, []).append(spot)
        places = {median(map(self.x, spots)): [spot.log_ratio for spot in spots] for spots in loads.values()}
        return dict(sorted(places.items()))

    @property
    def bracket(self) -> Bracket:
        """The narrowest places that prove it."""
        return bracket(self.curve)

    @property
    def estimate(self) -> Interval | None:
        """Where the speedup passes 1, with its 95 % interval; None unless it does so in every launch."""
        found = [
            crossing({self.x(spot): spot.ratio for spot in self.spots if spot.launch == launch}, 1.0)
            for launch in range(self.launches)
        ]
        return mean_crossing([place for place in found if place]) if all(found) else None


@dataclass(frozen=True)
class BreakEven:
    """What was found of one backend."""

    backend: str
    found: Sequence[Found]
    failure: str | None = None


@dataclass(frozen=True)
class Plan:
    """What all backends are measured with: the load that is held fixed on either axis, and how often."""

    setting: Setting
    serial: Choice
    fixed: Load
    launches: int

    def load(self, axis: Axis, place: int) -> Load:
        """Return the load of a place on the grid."""
        return Load(self.fixed.size, 2**place) if axis == "cost" else Load(2**place, self.fixed.grain)


class Finder:
    """Finds the break-evens of one backend."""

    def __init__(self, nursery: Nursery, backend: Choice, plan: Plan, progress: Progress) -> None:
        self._nursery, self._backend, self._plan, self._progress = nursery, backend, plan, progress
        self._unit = 0.0
        """The seconds of a task of grain 1, by itself."""
        self._openings: list[Opening] = []
        self._found: list[Found] = []

    def run(self) -> BreakEven:
        """Find them all; a backend that fails is left with what was found before."""
        title = self._backend.title
        try:
            self._found += self._warm()
            for warm in list(self._found):
                self._found.append(self._whole(warm))
        except LaneFailure as failure:
            return BreakEven(title, self._found, f"{failure.status}: {failure.reason}")
        return BreakEven(title, self._found)

    def _warm(self) -> list[Found]:
        """Search on both axes, in lanes that stay open."""
        plan = self._plan
        spots: dict[Axis, list[Spot]] = {axis: [] for axis in AXES}
        places: dict[Axis, Sequence[int]] = {}
        for launch in range(plan.launches):
            self._say("with the workers there", launch)
            begin = plan.load("cost", 0)
            with opened(self._nursery, (self._backend, plan.serial), plan.setting, begin, launch) as pairing:
                self._openings.append(pairing.opening)
                self._unit = self._unit or _unit_of(pairing.measure(plan.load("cost", STARTS["cost"])))
                for axis in AXES:
                    search = self._search(axis, STARTS[axis], pairing.measure)
                    found = search.find(places.get(axis, ()))
                    spots[axis] += found.values()
                    places[axis] = search.telling(found)
        return [Found(axis, False, spots[axis], plan.launches) for axis in AXES]

    def _whole(self, warm: Found) -> Found:
        """Search on one axis, in lanes of their own for each measurement."""
        plan, axis = self._plan, warm.axis
        spots: list[Spot] = []
        places: Sequence[int] = ()
        if not any(spot.ratio > 1 for spot in warm.spots):
            return Found(axis, True, (), plan.launches)
        for launch in range(plan.launches):
            self._say(f"with start-up, {axis}", launch)
            search = self._search(axis, self._guess(warm), lambda load: self._measure_whole(load, launch))  # noqa: B023
            found = search.find(places)
            spots += found.values()
            places = search.telling(found)
        return Found(axis, True, spots, plan.launches)

    def _search(self, axis: Axis, start: int, measure: Callable[[Load], Spot]) -> Search:
        return Search(1.0, start, MOST[axis], lambda place: measure(self._plan.load(axis, place)))

    def _guess(self, warm: Found) -> int:
        """Guess where the time that a backend saves makes up for its start-up and its slow first call."""
        best = max(math.exp(median(logs)) for logs in warm.curve.values())
        overhead = median(opening.startup + opening.first_call for opening in self._openings)
        serial = min(overhead / (1 - 1 / best), LONGEST) if best > 1 else LONGEST
        fixed = self._plan.fixed.size if warm.axis == "cost" else self._plan.fixed.grain
        return round(math.log2(serial / (self._unit * fixed)))

    def _measure_whole(self, load: Load, launch: int) -> Spot:
        """Measure a life of the backend, and one of the serial loop."""
        with ExitStack() as stack:
            lanes = [
                stack.enter_context(SweptLane(self._nursery, choice, self._plan.setting))
                for choice in (self._backend, self._plan.serial)
            ]
            for lane in lanes:
                lane.start(load)
            for lane in lanes:
                lane.settle()
            opened_ = [sum(lane.open(load)) for lane in lanes]
            for lane in lanes:
                lane.start_check()
            for lane in lanes:
                lane.finish_check()
            seconds, yardstick = (opening + lane.close() for opening, lane in zip(opened_, lanes, strict=True))
        return Spot(launch, load, [seconds], [yardstick])

    def _say(self, what: str, launch: int) -> None:
        self._progress(f"{self._backend.title}, {what}: launch {launch + 1} of {self._plan.launches}")


def _unit_of(spot: Spot) -> float:
    return median(spot.yardstick) / (spot.load.size * spot.load.grain)
