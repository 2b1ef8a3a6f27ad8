"""METG: the shortest tasks at which a backend still keeps its workers busy, by the rule of Task Bench.

Slaughter et al., "Task Bench: a parameterized benchmark for evaluating parallel runtime performance" (SC20): the
granularity is the wall time times the workers over the tasks; METG is the smallest at which the efficiency is at least
50 %. Efficiency here is against the machine's own measured ceiling, in the same heats.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from statistics import fmean, median
from time import monotonic

import msgspec
from msgspec.structs import replace

from execbench.lane.messages import LaneFailure
from execbench.plugins.trial import Choice
from execbench.records.record import Amount, Count
from execbench.stats import Interval
from execbench.supervisor.lane import Nursery
from execbench.supervisor.remaining import in_words, launches_expected
from execbench.sweep.crossing import crossing, jackknife
from execbench.sweep.load import CEILING, Load, Progress, SweepPlan
from execbench.sweep.pairing import CeilingSpot, Pair, by_load
from execbench.sweep.search import Search

MAX_LAUNCHES = 20

TASKS_PER_WORKER = 16
"""In each round."""

START = 10
HIGHEST = 30
"""Places on the grid: grains are powers of two."""


def mark_for(workers: int) -> float:
    """Return the required efficiency: higher with few workers, as a serial loop alone would reach 50 %."""
    return 0.5 if workers >= 4 else 0.75


class MetgResult(msgspec.Struct, frozen=True, dict=True, rename={"backend": "name"}):
    """What was measured of one backend."""

    backend: str
    spots: list[CeilingSpot]
    launches: Amount
    """How many were finished."""
    planned: Count
    """The minimum; there are more where these disagreed."""
    failure: str | None = None
    workers: Count = 1

    def __post_init__(self) -> None:
        measured = {spot.launch for spot in self.spots}
        if len(measured) != self.launches or max(measured, default=-1) >= self.launches:
            raise ValueError(f"the spots are not those of {self.launches} `launches`")

    @property
    def mark(self) -> float:
        """The required efficiency."""
        return mark_for(self.workers)

    @cached_property
    def crossings(self) -> list[float]:
        """The METG of each launch that has one, in seconds."""
        found = (self._crossing([launch]) for launch in range(self.launches))
        return [place for place in found if place is not None]

    @cached_property
    def metg(self) -> Interval | None:
        """METG in seconds with its 95 % interval; None unless the mark is reached whichever launch is left out.

        It is read off the mean curve of all launches, and the interval is the jackknife's, launch by launch: the mean
        curve is smoother than any launch's own, where an efficiency that hardly rises moves a crossing far.
        """
        everyone = range(self.launches)
        whole = self._crossing(everyone)
        others = [self._crossing([launch for launch in everyone if launch != left_out]) for left_out in everyone]
        return jackknife(whole, others, self.planned) if whole else None

    @property
    def curve(self) -> list[list[CeilingSpot]]:
        """The spots of all launches for each grain, the shortest tasks first."""
        return list(by_load(self.spots).values())

    @property
    def best(self) -> float | None:
        """The best efficiency at any grain that most launches measured: the median over them."""
        common = [spots for spots in self.curve if 2 * len(spots) >= self.launches]
        return max((median(spot.ratio for spot in spots) for spots in common), default=None)

    @property
    def foreign_cpu(self) -> float:
        """The share of the machine's CPU time that other programs used, over all places."""
        return fmean(spot.foreign_cpu for spot in self.spots) if self.spots else 0.0

    def granularity(self, spot: CeilingSpot) -> float:
        """Return the wall time of a round, times the workers, over its tasks."""
        return median(spot.seconds) * self.workers / spot.tasks

    def _crossing(self, launches: Collection[int]) -> float | None:
        """Where the mean curve of some launches, of the grains that most of them measured, reaches the mark."""
        curve: dict[float, float] = {}
        for spots in self.curve:
            taken = [spot for spot in spots if spot.launch in launches]
            if taken and 2 * len(taken) >= len(launches):
                place = math.exp(fmean(math.log(self.granularity(spot)) for spot in taken))
                curve[place] = math.exp(fmean(spot.log_ratio for spot in taken))
        return crossing(curve, self.mark)


class MetgLaunches:
    """The launches of one backend, each of which searches for the mark."""

    def __init__(self, nursery: Nursery, backend: Choice, plan: SweepPlan) -> None:
        self._pair = Pair(nursery, plan, backend, CEILING, CeilingSpot)
        self._settings = plan.settings
        self._places: Sequence[int] = ()
        self._spent = 0.0
        self.result = MetgResult(backend.title, [], 0, plan.settings.launches, workers=plan.max_workers)

    @property
    def is_due(self) -> bool:
        """Whether another launch is needed, and there is time for it."""
        result = self.result
        if result.failure is not None:
            return False
        if result.launches < result.planned:
            return True
        is_known = not result.crossings or (result.metg is not None and result.metg.precision <= self._settings.enough)
        return not is_known and self._spent <= self._settings.max_time and result.launches < MAX_LAUNCHES

    @property
    def seconds_left(self) -> float | None:
        """A guess of the seconds that its launches will still take; None before the first one."""
        result = self.result
        if not self.is_due:
            return 0.0
        if not result.launches:
            return None
        precision = math.inf if result.metg is None else result.metg.precision
        wanted = launches_expected(result.launches, self._spent, precision, self._settings, MAX_LAUNCHES)
        return (wanted - result.launches) * self._spent / result.launches

    def launch(self) -> None:
        """Measure in one more launch of the backend and of the ceiling."""
        begin, result, size = monotonic(), self.result, TASKS_PER_WORKER * self.result.workers
        try:
            with self._pair.opened(Load(size, 1), result.launches) as pairing:
                search = Search(result.mark, START, HIGHEST, lambda place: pairing.measure(Load(size, 2**place)))
                found = search.find(self._places, lambda spot: START + _distance(spot.ratio, result.mark))
        except LaneFailure as failure:
            self.result = replace(result, failure=f"{failure.status}: {failure.reason}")
        else:
            self._places = search.telling(found)
            self.result = replace(result, spots=[*result.spots, *found.values()], launches=result.launches + 1)
        self._spent += monotonic() - begin


def take_turns(backends: Sequence[MetgLaunches], progress: Progress = lambda text: None) -> Iterator[MetgResult]:
    """Sweep several backends in turns, one launch each, and yield each result once it is known.

    A minute in which a shared machine is slow then affects all of them, and only some launches of each.
    """
    while due := [backend for backend in backends if backend.is_due]:
        left = [backend.seconds_left for backend in due]
        known = f" ({in_words(sum(filter(None, left)))})" if None not in left else ""
        for backend in due:
            progress(f"launch {backend.result.launches + 1}{known}, {backend.result.backend}")
            backend.launch()
            if not backend.is_due:
                yield backend.result


def _distance(efficiency: float, mark: float) -> int:
    """Guess how many places away the mark is: while overhead dominates, the odds grow in proportion to the tasks."""
    odds = [share / (1 - share) for share in (min(max(efficiency, 0.001), 0.99), mark)]
    return max(-4, min(8, round(math.log2(odds[1] / odds[0]))))
