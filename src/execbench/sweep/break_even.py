"""Break-even: the task cost, and the number of tasks, above which a backend beats the serial loop.

Each is found by measured bisection, twice: with the workers already running, in lanes that stay open; and with all that
a program pays which needs them once, start-up, first call and shutdown, in new lanes for each measurement.
The first launch searches; those after it measure the places around the crossing again, and places farther out until the
intervals of two places prove on which side of 1 they lie.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import fmean, median
from time import monotonic
from typing import Literal, TypeAlias

import msgspec

from execbench.lane.messages import LaneFailure
from execbench.plugins.trial import Choice
from execbench.supervisor.lane import Nursery
from execbench.sweep.crossing import Bracket, bracket, crossing, monotone
from execbench.sweep.load import Load, Progress, SweepPlan, SweptLane
from execbench.sweep.pairing import Opening, Pair, SerialSpot, opened
from execbench.sweep.search import LONGEST, Search

Axis: TypeAlias = Literal["cost", "tasks"]
AXES: tuple[Axis, ...] = ("cost", "tasks")

STARTS: Mapping[Axis, int] = {"cost": 10, "tasks": 6}
HIGHEST: Mapping[Axis, int] = {"cost": 30, "tasks": 20}
"""Places to begin at, and the highest; grains and numbers of tasks are powers of two."""

MAX_TIMES = 4
"""Times the planned launches, where these do not prove a bracket."""

Measure = Callable[[Load, int], SerialSpot]
"""Measures a load in a launch."""


class Found(msgspec.Struct, frozen=True, rename={"with_startup": "startup_counted"}):
    """One break-even: of one axis, with start-up or without."""

    axis: Axis
    with_startup: bool
    """Start-up, first call and shutdown are counted."""
    spots: list[SerialSpot]

    @property
    def launches(self) -> int:
        """How many launches there were."""
        return len({spot.launch for spot in self.spots})

    @property
    def curve(self) -> dict[float, list[float]]:
        """The logarithms of the speedups of the launches, by place on the axis, ascending."""
        loads: dict[Load, list[SerialSpot]] = {}
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
        """Whether the mean speedup, on a curve made monotone, is above 1 at its end."""
        return monotone([0.0, *self._means.values()])[-1] > 1

    @property
    def _means(self) -> dict[float, float]:
        """The mean speedup at each place that most launches measured, by place, ascending."""
        common = {place: logs for place, logs in self.curve.items() if 2 * len(logs) >= self.launches}
        return {place: math.exp(fmean(logs)) for place, logs in common.items()}

    def _place(self, spots: Sequence[SerialSpot]) -> float:
        """Where on the axis a load lies: the seconds of a task by itself, or the number of tasks."""
        size = spots[0].load.size
        return median(median(spot.yardstick) for spot in spots) / size if self.axis == "cost" else size


class BreakEven(msgspec.Struct, frozen=True, rename={"backend": "name"}):
    """What was found of one backend."""

    backend: str
    found: list[Found]
    failure: str | None = None


@dataclass(frozen=True)
class BreakEvenPlan:
    """What all backends are measured with; half of the load is held fixed on each axis."""

    sweep: SweepPlan
    serial: Choice
    fixed: Load

    @property
    def launches(self) -> int:
        """The minimum launches of each measurement."""
        return self.sweep.settings.launches

    def load(self, axis: Axis, place: int) -> Load:
        """Return the load of a place on the grid."""
        return Load(self.fixed.size, 2**place) if axis == "cost" else Load(2**place, self.fixed.grain)


class BreakEvenSearch:
    """The search for one break-even, launch after launch."""

    def __init__(self, plan: BreakEvenPlan, axis: Axis, with_startup: bool) -> None:
        self.axis, self._with_startup, self._plan = axis, with_startup, plan
        self._spots: dict[int, SerialSpot] = {}
        """The last one of each place."""
        self._all: list[SerialSpot] = []
        self._places: list[int] = []
        self._launches = 0
        self._end = monotonic() + plan.sweep.settings.max_time

    @property
    def found(self) -> Found:
        """What is known so far."""
        return Found(self.axis, self._with_startup, self._all)

    @property
    def is_due(self) -> bool:
        """Whether another launch is needed."""
        if self._launches < self._plan.launches:
            return True
        found = self.found
        is_settled = found.bracket.proven or (not found.is_ever_faster and found.bracket.below is not None)
        return not is_settled and self._launches < MAX_TIMES * self._plan.launches and not self._is_late

    def launch(self, start: int, measure: Measure) -> None:
        """Search at first; later measure the telling places, and more to either side where nothing is proven yet."""
        number = self._launches
        search = Search(
            1.0, start, HIGHEST[self.axis], lambda place: measure(self._plan.load(self.axis, place), number)
        )
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

    def _widen(self, search: Search[SerialSpot]) -> None:
        found = self.found
        if found.bracket.below is None and min(self._places) > 0:
            self._places.insert(0, min(self._places) - 1)
        if found.bracket.above is None and found.is_ever_faster and max(self._places) < search.highest(self._spots):
            self._places.append(max(self._places) + 1)


class Finder:
    """Finds the break-evens of one backend."""

    def __init__(self, nursery: Nursery, backend: Choice, plan: BreakEvenPlan, progress: Progress) -> None:
        self._nursery, self._backend, self._plan, self._progress = nursery, backend, plan, progress
        self._openings: list[Opening] = []
        self._searches: list[BreakEvenSearch] = []

    def run(self) -> BreakEven:
        """Find them all; a backend that fails is left with what was found before."""
        failure = None
        try:
            warm = self._searches = [BreakEvenSearch(self._plan, axis, with_startup=False) for axis in AXES]
            self._warm(warm)
            for search in list(warm):
                self._search_with_startup(search.found)
        except LaneFailure as error:
            failure = f"{error.status}: {error.reason}"
        found = [search.found for search in self._searches]
        return BreakEven(self._backend.title, [each for each in found if each.spots or failure is None], failure)

    def _warm(self, searches: Sequence[BreakEvenSearch]) -> None:
        """Search on both axes, in lanes that stay open."""
        plan, launch = self._plan, 0
        while due := [search for search in searches if search.is_due]:
            self._progress(f"{self._backend.title}, with running workers, launch {launch + 1}")
            pair = Pair(self._backend, plan.serial, SerialSpot)
            with opened(self._nursery, pair, plan.sweep, plan.load("cost", 0), launch) as pairing:
                self._openings.append(pairing.opening)
                for search in due:
                    search.launch(STARTS[search.axis], lambda load, _, pairing=pairing: pairing.measure(load))  # type: ignore[misc]
            launch += 1

    def _search_with_startup(self, warm: Found) -> None:
        """Search on one axis, in new lanes for each measurement, if the backend has a chance."""
        search = BreakEvenSearch(self._plan, warm.axis, with_startup=True)
        self._searches = [*self._searches, search]
        start = self._guess(warm) if warm.is_ever_faster else None
        while start is not None and search.is_due:
            self._progress(f"{self._backend.title}, with start-up, {warm.axis}, launch {search.found.launches + 1}")
            search.launch(start, self._measure_with_startup)

    def _guess(self, warm: Found) -> int:
        """Guess where the time that a backend saves makes up for its start-up and its slow first call."""
        best = max(math.exp(fmean(logs)) for logs in warm.curve.values())
        overhead = median(opening.startup + opening.first_call for opening in self._openings)
        slowest = max(warm.spots, key=lambda spot: median(spot.yardstick))
        amount = slowest.load.grain if warm.axis == "cost" else slowest.load.size
        unit = median(slowest.yardstick) / amount
        return round(math.log2(min(overhead / (1 - 1 / best), LONGEST) / unit))

    def _measure_with_startup(self, load: Load, launch: int) -> SerialSpot:
        """Measure one launch of the backend and one of the serial loop, from opening to closing."""
        with ExitStack() as stack:
            lanes = [
                stack.enter_context(SweptLane(self._nursery, choice, self._plan.sweep))
                for choice in (self._backend, self._plan.serial)
            ]
            for lane in lanes:
                lane.start(load)
            for lane in lanes:
                lane.settle()
            opened_ = [sum(lane.open()) for lane in lanes]
            for lane in lanes:
                lane.start_check()
            for lane in lanes:
                lane.finish_check()
            seconds, yardstick = (opening + lane.close() for opening, lane in zip(opened_, lanes, strict=True))
        return SerialSpot(launch, load.size, load.grain, [seconds], [yardstick])
