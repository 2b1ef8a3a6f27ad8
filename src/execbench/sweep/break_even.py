"""Break-even: the task cost, and the number of tasks, above which a backend beats the serial loop.

Each is found by measured bisection, twice: with the workers already running, in lanes that stay open; and with
start-up, first call and shutdown, which a program that needs the workers once pays for, in new lanes for each
measurement. The first launch searches; those after it measure the places around the crossing again, and places farther
out until the intervals of two places prove on which side of 1 they lie.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import fmean, median
from time import monotonic
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from execbench.lane.messages import LaneFailure
from execbench.plugins.trial import Choice
from execbench.supervisor.lane import Nursery
from execbench.sweep.crossing import Bracket, bracket, crossing, monotone
from execbench.sweep.load import Load, Progress, SweepPlan
from execbench.sweep.pairing import Pair, SerialSpot, by_load
from execbench.sweep.search import LONGEST, Search

Axis: TypeAlias = Literal["cost", "tasks"]

STARTS: Mapping[Axis, int] = {"cost": 10, "tasks": 6}
HIGHEST: Mapping[Axis, int] = {"cost": 30, "tasks": 20}
"""The first and the highest place to measure; grains and numbers of tasks are powers of two."""

MAX_TIMES = 4
"""At most this many times the planned launches, where these do not prove a bracket."""


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
        """The logarithms of the speedups of the launches, by task cost in seconds or number of tasks, ascending."""
        curve: dict[float, list[float]] = {}
        for load, spots in by_load(self.spots).items():
            cost = median(median(spot.yardstick) for spot in spots) / load.size
            curve[cost if self.axis == "cost" else load.size] = [spot.log_ratio for spot in spots]
        return dict(sorted(curve.items()))

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
        """The mean speedup at each place that most launches measured, ascending."""
        common = {place: logs for place, logs in self.curve.items() if 2 * len(logs) >= self.launches}
        return {place: math.exp(fmean(logs)) for place, logs in common.items()}


class BreakEven(msgspec.Struct, frozen=True, rename={"backend": "name"}):
    """What was found of one backend."""

    backend: str
    found: list[Found]
    failure: str | None = None


class BreakEvenSearch:
    """The search for one break-even, launch by launch."""

    def __init__(self, plan: SweepPlan, axis: Axis, with_startup: bool) -> None:
        self.found = Found(axis, with_startup, [])
        """What is known so far."""
        self._plan = plan
        self._latest: dict[int, SerialSpot] = {}
        self._places: list[int] = []
        self._end = monotonic() + plan.settings.max_time

    @property
    def is_due(self) -> bool:
        """Whether another launch is needed."""
        found, planned = self.found, self._plan.settings.launches
        if found.launches < planned:
            return True
        is_settled = found.bracket.proven or (found.bracket.below is not None and not found.is_ever_faster)
        return not is_settled and found.launches < MAX_TIMES * planned and not self._is_late

    def launch(self, start: int, measure: Callable[[Load], SerialSpot]) -> None:
        """Search at first; later measure the telling places, and more to either side where nothing is proven yet."""
        search = Search(1.0, start, HIGHEST[self.found.axis], lambda place: measure(self._load(place)))
        if self._places:
            spots = {place: search.measure(place) for place in self._places}
        else:
            spots = search.find()
            self._places = search.telling(spots)
        self._latest |= spots
        self.found.spots.extend(spots.values())
        if self.found.launches >= min(3, self._plan.settings.launches) and not self._is_late:
            self._widen(search)

    @property
    def _is_late(self) -> bool:
        return monotonic() > self._end

    def _load(self, place: int) -> Load:
        """Return the load of a place on the grid."""
        load = self._plan.load
        return replace(load, grain=2**place) if self.found.axis == "cost" else replace(load, size=2**place)

    def _widen(self, search: Search[SerialSpot]) -> None:
        found = self.found
        if found.bracket.below is None and min(self._places) > 0:
            self._places.insert(0, min(self._places) - 1)
        if found.bracket.above is None and found.is_ever_faster and max(self._places) < search.highest(self._latest):
            self._places.append(max(self._places) + 1)


def find(nursery: Nursery, backend: Choice, plan: SweepPlan, progress: Progress) -> BreakEven:
    """Find the break-evens of one backend; one that fails keeps what was found before."""
    pair = Pair(nursery, plan, backend, plan.serial, SerialSpot)
    searches = [BreakEvenSearch(plan, axis, with_startup=False) for axis in STARTS]
    failure = None
    try:
        overhead = _search_without_startup(pair, searches, progress)
        for warm in [search.found for search in searches]:
            searches.append(BreakEvenSearch(plan, warm.axis, with_startup=True))
            if warm.is_ever_faster:
                _search_with_startup(pair, searches[-1], _guess(warm, overhead), progress)
    except LaneFailure as error:
        failure = f"{error.status}: {error.reason}"
    found = [search.found for search in searches if search.found.spots or failure is None]
    return BreakEven(backend.title, found, failure)


def _search_without_startup(pair: Pair[SerialSpot], searches: Sequence[BreakEvenSearch], progress: Progress) -> float:
    """Search on both axes, in lanes that stay open; return the backend's seconds of start-up and first call."""
    overheads: list[float] = []
    while due := [search for search in searches if search.is_due]:
        launch = len(overheads)
        progress(f"{pair.backend.title}, with running workers, launch {launch + 1}")
        with pair.opened(replace(pair.plan.load, grain=1), launch) as pairing:
            overheads.append(pairing.lifetimes[0])
            for search in due:
                search.launch(STARTS[search.found.axis], pairing.measure)
    return median(overheads)


def _search_with_startup(pair: Pair[SerialSpot], search: BreakEvenSearch, start: int, progress: Progress) -> None:
    """Search on one axis, in new lanes for each measurement."""
    while search.is_due:
        launch = search.found.launches
        progress(f"{pair.backend.title}, with start-up, {search.found.axis}, launch {launch + 1}")
        search.launch(start, partial(_measure_with_startup, pair, launch))


def _measure_with_startup(pair: Pair[SerialSpot], launch: int, load: Load) -> SerialSpot:
    """Measure one launch of the backend and one of the serial loop, from opening to closing."""
    with pair.opened(load, launch) as pairing:
        pass
    ours, theirs = pairing.lifetimes
    return SerialSpot(launch, load.size, load.grain, [ours], [theirs])


def _guess(warm: Found, overhead: float) -> int:
    """Guess where the time that a backend saves makes up for its start-up and its slow first call."""
    best = max(math.exp(fmean(logs)) for logs in warm.curve.values())
    slowest = max(warm.spots, key=lambda spot: median(spot.yardstick))
    unit = median(slowest.yardstick) / (slowest.grain if warm.axis == "cost" else slowest.tasks)
    return round(math.log2(min(overhead / (1 - 1 / best), LONGEST) / unit))
