"""METG: the shortest tasks at which a backend still keeps its workers busy, by the rule of Task Bench.

Slaughter et al., "Task Bench: a parameterized benchmark for evaluating parallel runtime performance" (SC20): the
granularity is the wall time times the workers over the tasks; METG is the smallest at which the efficiency is at least
50 %. Efficiency here is against the machine's own measured ceiling, in the same heats.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean, median
from time import monotonic

from execbench.crossing import crossing, jackknife
from execbench.lane.process import LaneFailure, Nursery
from execbench.stats import Interval
from execbench.sweep.lanes import CEILING, Load, Progress, Setting
from execbench.sweep.pairing import Spot, opened
from execbench.sweep.searching import Search
from execbench.trial import Choice

MOST_LAUNCHES = 20

TASKS_PER_WORKER = 16
"""Of a round."""

START = 10
MOST = 30
"""Places on the grid: grains are powers of two."""


def mark_for(workers: int) -> float:
    """Return the efficiency that is asked for: with few workers a serial loop alone would have 50 %."""
    return 0.5 if workers >= 4 else 0.75


@dataclass(frozen=True)
class Swept:
    """What was measured of one backend."""

    backend: str
    workers: int
    spots: Sequence[Spot]
    launches: int
    """That were finished."""
    planned: int
    """How many there were to be at least; there are more where these disagreed."""
    failure: str | None = None

    @property
    def mark(self) -> float:
        """The efficiency that is asked for."""
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
    def curve(self) -> dict[int, list[Spot]]:
        """The spots of all launches by grain, in ascending order."""
        grains: dict[int, list[Spot]] = {}
        for spot in sorted(self.spots, key=lambda spot: spot.load.grain):
            grains.setdefault(spot.load.grain, []).append(spot)
        return grains

    @property
    def best(self) -> float | None:
        """The best efficiency at any grain that most launches measured: the median over them."""
        common = [spots for spots in self.curve.values() if 2 * len(spots) >= self.launches]
        return max((median(spot.ratio for spot in spots) for spots in common), default=None)

    @property
    def shortest(self) -> float | None:
        """The least granularity that was measured."""
        return min(map(self.granularity, self.spots), default=None)

    @property
    def foreign_cpu(self) -> float:
        """The share of the machine's CPU time that other programs used, over all places."""
        return fmean(spot.foreign_cpu for spot in self.spots) if self.spots else 0.0

    def granularity(self, spot: Spot) -> float:
        """Return the wall time of a round, times the workers, over its tasks."""
        return median(spot.seconds) * self.workers / spot.load.size

    def _crossing(self, launches: Collection[int]) -> float | None:
        """Where the mean curve of some launches, of the grains that most of them measured, reaches the mark."""
        curve: dict[float, float] = {}
        for spots in self.curve.values():
            taken = [spot for spot in spots if spot.launch in launches]
            if taken and 2 * len(taken) >= len(launches):
                place = math.exp(fmean(math.log(self.granularity(spot)) for spot in taken))
                curve[place] = math.exp(fmean(spot.log_ratio for spot in taken))
        return crossing(curve, self.mark)


class Sweeper:
    """The sweep of one backend, launch after launch, each of which finds its own way to the mark."""

    def __init__(self, nursery: Nursery, backend: Choice, setting: Setting) -> None:
        self._nursery, self._backend, self._setting = nursery, backend, setting
        self._size = TASKS_PER_WORKER * setting.workers
        self._places: Sequence[int] = ()
        self._spent = 0.0
        self.swept = Swept(backend.title, setting.workers, [], 0, setting.settings.launches)

    @property
    def is_due(self) -> bool:
        """Tell whether another launch is needed, and there is time for it."""
        swept, settings = self.swept, self._setting.settings
        if swept.failure is not None:
            return False
        if swept.launches < swept.planned:
            return True
        is_known = not swept.crossings or (swept.metg is not None and swept.metg.precision <= settings.precision)
        return not is_known and self._spent <= settings.max_time and swept.launches < MOST_LAUNCHES

    def launch(self) -> None:
        """Measure in one more life of the backend and of the ceiling."""
        begin = monotonic()
        try:
            found = self._spots()
        except LaneFailure as failure:
            self.swept = replace(self.swept, failure=f"{failure.status}: {failure.reason}")
        else:
            spots = [*self.swept.spots, *found]
            self.swept = replace(self.swept, spots=spots, launches=self.swept.launches + 1)
        self._spent += monotonic() - begin

    def _spots(self) -> Sequence[Spot]:
        mark, load = self.swept.mark, Load(self._size, 1)
        with opened(self._nursery, (self._backend, CEILING), self._setting, load, self.swept.launches) as pairing:
            search = Search(mark, START, MOST, lambda place: pairing.measure(Load(self._size, 2**place)))
            found = search.find(self._places, lambda spot: START + _distance(spot.ratio, mark))
        self._places = search.telling(found)
        return list(found.values())


class Sweeping:
    """The sweeps of several backends in turns, a launch of each: yields each backend once it is known.

    A shared machine that is slow for a minute is so for all of them, and for a part of each one's launches only.
    """

    def __init__(
        self, nursery: Nursery, backends: Sequence[Choice], setting: Setting, progress: Progress = lambda text: None
    ) -> None:
        self._sweepers = [Sweeper(nursery, backend, setting) for backend in backends]
        self._progress = progress

    @property
    def swept(self) -> list[Swept]:
        """What is known so far, in the order of the backends."""
        return [sweeper.swept for sweeper in self._sweepers]

    def __iter__(self) -> Iterator[Swept]:
        while due := [sweeper for sweeper in self._sweepers if sweeper.is_due]:
            for sweeper in due:
                self._progress(f"launch {sweeper.swept.launches + 1}, {sweeper.swept.backend}")
                sweeper.launch()
                if not sweeper.is_due:
                    yield sweeper.swept


def _distance(efficiency: float, mark: float) -> int:
    """Guess how many places away the mark is: where overhead is all there is, the odds grow as the tasks do."""
    odds = [share / (1 - share) for share in (min(max(efficiency, 0.001), 0.99), mark)]
    return max(-4, min(8, round(math.log2(odds[1] / odds[0]))))
