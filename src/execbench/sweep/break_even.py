"""Break-even: the task cost, and the number of tasks, above which a backend beats the serial loop.

Either is found by measured bisection, twice: with the workers there already, in lanes that stay open; and with all that
a program pays which needs them once, in lanes of their own for each measurement: start-up, first call and shutdown.
The first launch searches; those after it measure the places around the crossing again, and ever farther ones until the
intervals of two places prove on which side of 1 they lie.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import fmean, median
from time import monotonic
from typing import Literal, TypeAlias

from execbench.crossing import Bracket, bracket, crossing, monotone
from execbench.lane.process import LaneFailure, Nursery
from execbench.sweep.lanes import Load, Progress, Setting, SweptLane
from execbench.sweep.pairing import Opening, Spot, opened
from execbench.sweep.searching import LONGEST, Search
from execbench.trial import Choice

Axis: TypeAlias = Literal["cost", "tasks"]
AXES: tuple[Axis, ...] = ("cost", "tasks")

STARTS: Mapping[Axis, int] = {"cost": 10, "tasks": 6}
MOST: Mapping[Axis, int] = {"cost": 30, "tasks": 20}
"""Places to begin at, and the highest; grains and numbers of tasks are powers of two."""

MOST_TIMES = 4
"""There are so many times the planned launches at most, where these do not prove a bracket."""

Measure = Callable[[Load, int], Spot]
"""Measures a load in a launch."""


@dataclass(frozen=True)
class Found:
    """One break-even: of one axis, with start-up or without."""

    axis: Axis
    whole: bool
    """Start-up, first call and shutdown are counted."""
    spots: Sequence[Spot]

    @property
    def launches(self) -> int:
        """How many launches there were."""
        return len({spot.launch for spot in self.spots})

    @property
    def curve(self) -> dict[float, list[float]]:
        """The logarithms of the speedups of the launches, by place on the axis, ascending."""
        loads: dict[Load, list[Spot]] = {}
        for spot in self.spots:
            loads.setdefault(spot.load, []).append(spot)
        places = {self._place(spots): [spot.log_ratio for spot in spots] for spots in loads.values()}
        return dict(sorted(places.items()))

    @property
    def bracket(self) -> Bracket:
        """The narrowest places that prove it."""
        return bracket(self.curve)

    @property
    def estimate(self) -> float | None:
        """Where the mean speedup passes 1; None where it does not."""
        return crossing(self._means, 1.0)

    @property
    def is_ever_faster(self) -> bool:
        """Tell whether the mean speedup, on a curve made monotone, is above 1 at its end."""
        return monotone([0.0, *self._means.values()])[-1] > 1

    @property
    def _means(self) -> dict[float, float]:
        """The mean speedup at each place that most launches measured, by place, ascending."""
        common = {place: logs for place, logs in self.curve.items() if 2 * len(logs) >= self.launches}
        return {place: math.exp(fmean(logs)) for place, logs in common.items()}

    def _place(self, spots: Sequence[Spot]) -> float:
        """Where on the axis a load lies: the seconds of a task by itself, or the number of tasks."""
        size = spots[0].load.size
        return median(median(spot.yardstick) for spot in spots) / size if self.axis == "cost" else size


@dataclass(frozen=True)
class BreakEven:
    """What was found of one backend."""

    backend: str
    found: Sequence[Found]
    failure: str | None = None


@dataclass(frozen=True)
class Plan:
    """What all backends are measured with, and the load of which one half is held fixed on either axis."""

    setting: Setting
    serial: Choice
    fixed: Load

    @property
    def launches(self) -> int:
        """How often everything is measured, at least."""
        return self.setting.settings.launches

    def load(self, axis: Axis, place: int) -> Load:
        """Return the load of a place on the grid."""
        return Load(self.fixed.size, 2**place) if axis == "cost" else Load(2**place, self.fixed.grain)


class Hunt:
    """The search for one break-even, launch after launch."""

    def __init__(self, plan: Plan, axis: Axis, whole: bool) -> None:
        self.axis, self._whole, self._plan = axis, whole, plan
        self._spots: dict[int, Spot] = {}
        """The last one of each place."""
        self._all: list[Spot] = []
        self._places: list[int] = []
        self._launches = 0
        self._end = monotonic() + plan.setting.settings.max_time

    @property
    def found(self) -> Found:
        """What is known so far."""
        return Found(self.axis, self._whole, self._all)

    @property
    def is_due(self) -> bool:
        """Tell whether another launch is needed."""
        if self._launches < self._plan.launches:
            return True
        found = self.found
        is_settled = found.bracket.proven or (not found.is_ever_faster and found.bracket.below is not None)
        return not is_settled and self._launches < MOST_TIMES * self._plan.launches and not self._is_late

    def launch(self, start: int, measure: Measure) -> None:
        """Search at first; later measure what told, and more to either side where nothing is proven yet."""
        number = self._launches
        search = Search(1.0, start, MOST[self.axis], lambda place: measure(self._plan.load(self.axis, place), number))
        if not self._places:
            spots = search.find()
            self._places = search.telling(spots)
        else:
            spots = {place: search.measure(place) for place in self._places}
        self._spots |= spots
        self._all += spots.values()
        self._launches += 1
        if self._launches >= min(3, self._plan.launches) and not self._is_late:
            self._widen(search)

    @property
    def _is_late(self) -> bool:
        return monotonic() > self._end

    def _widen(self, search: Search) -> None:
        found = self.found
        if found.bracket.below is None and min(self._places) > 0:
            self._places.insert(0, min(self._places) - 1)
        if found.bracket.above is None and found.is_ever_faster and max(self._places) < search.highest(self._spots):
            self._places.append(max(self._places) + 1)


class Finder:
    """Finds the break-evens of one backend."""

    def __init__(self, nursery: Nursery, backend: Choice, plan: Plan, progress: Progress) -> None:
        self._nursery, self._backend, self._plan, self._progress = nursery, backend, plan, progress
        self._openings: list[Opening] = []
        self._hunts: list[Hunt] = []

    def run(self) -> BreakEven:
        """Find them all; a backend that fails is left with what was found before."""
        failure = None
        try:
            warm = self._hunts = [Hunt(self._plan, axis, whole=False) for axis in AXES]
            self._warm(warm)
            for hunt in list(warm):
                self._whole(hunt.found)
        except LaneFailure as error:
            failure = f"{error.status}: {error.reason}"
        found = [hunt.found for hunt in self._hunts]
        return BreakEven(self._backend.title, [each for each in found if each.spots or failure is None], failure)

    def _warm(self, hunts: Sequence[Hunt]) -> None:
        """Search on both axes, in lanes that stay open."""
        plan, launch = self._plan, 0
        while due := [hunt for hunt in hunts if hunt.is_due]:
            self._progress(f"{self._backend.title}, with the workers there, launch {launch + 1}")
            pair = (self._backend, plan.serial)
            with opened(self._nursery, pair, plan.setting, plan.load("cost", 0), launch) as pairing:
                self._openings.append(pairing.opening)
                for hunt in due:
                    hunt.launch(STARTS[hunt.axis], lambda load, _, pairing=pairing: pairing.measure(load))  # type: ignore[misc]
            launch += 1

    def _whole(self, warm: Found) -> None:
        """Search on one axis, in lanes of their own for each measurement; where it has a chance."""
        hunt = Hunt(self._plan, warm.axis, whole=True)
        self._hunts = [*self._hunts, hunt]
        start = self._guess(warm) if warm.is_ever_faster else None
        while start is not None and hunt.is_due:
            self._progress(f"{self._backend.title}, with start-up, {warm.axis}, launch {hunt.found.launches + 1}")
            hunt.launch(start, self._measure_whole)

    def _guess(self, warm: Found) -> int:
        """Guess where the time that a backend saves makes up for its start-up and its slow first call."""
        best = max(math.exp(fmean(logs)) for logs in warm.curve.values())
        overhead = median(opening.startup + opening.first_call for opening in self._openings)
        slowest = max(warm.spots, key=lambda spot: median(spot.yardstick))
        amount = slowest.load.grain if warm.axis == "cost" else slowest.load.size
        unit = median(slowest.yardstick) / amount
        return round(math.log2(min(overhead / (1 - 1 / best), LONGEST) / unit))

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
