"""A backend and its yardstick, open at once and given the same loads, a round of the one after a round of the other."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from execbench.lane.process import Nursery
from execbench.sweep.lanes import Load, Setting, SweptLane
from execbench.trial import Choice
from execbench.usage import Used, foreign_share

HEAT_SECONDS = 0.25
"""So long the rounds of a place go on."""

LEAST_HEATS = 3
MOST_HEATS = 15


@dataclass(frozen=True)
class Spot:
    """What was measured of one load in one launch: the seconds of the rounds, heat by heat."""

    launch: int
    load: Load
    seconds: Sequence[float]
    yardstick: Sequence[float]
    foreign_cpu: float = 0.0
    """The share of the machine's CPU time that other programs used meanwhile."""

    @property
    def log_ratio(self) -> float:
        """The logarithm of how many times as fast as the yardstick the backend is: the median over the heats."""
        return median(math.log(theirs / ours) for ours, theirs in zip(self.seconds, self.yardstick, strict=True))

    @property
    def ratio(self) -> float:
        """How many times as fast as the yardstick the backend is."""
        return math.exp(self.log_ratio)


@dataclass(frozen=True)
class Opening:
    """What a backend took to open and to map for the first time."""

    startup: float
    first_call: float


class Pairing:
    """One launch of both."""

    def __init__(self, lane: SweptLane, yardstick: SweptLane, launch: int, opening: Opening) -> None:
        self._lanes = (lane, yardstick)
        self._launch = launch
        self._random = random.Random(launch)
        self.opening = opening

    def measure(self, load: Load) -> Spot:
        """Give both a load, check their results, then let them run in heats.

        Raises:
            LaneFailure: one of them cannot do it.
        """
        for lane in self._lanes:
            lane.reload(load)
        for lane in self._lanes:
            lane.start_check()
        for lane in self._lanes:
            lane.finish_check()
        seconds: dict[SweptLane, list[float]] = {lane: [] for lane in self._lanes}
        windows: list[Used] = []
        while not _are_enough(len(seconds[self._lanes[0]]), sum(map(sum, seconds.values()))):
            for lane in self._random.sample(self._lanes, len(self._lanes)):
                taken, used = lane.round()
                seconds[lane].append(taken)
                windows.append(used)
        ours, theirs = (seconds[lane] for lane in self._lanes)
        return Spot(self._launch, load, ours, theirs, foreign_share(windows))


@contextmanager
def opened(
    nursery: Nursery, choices: tuple[Choice, Choice], setting: Setting, load: Load, launch: int
) -> Iterator[Pairing]:
    """Open a backend and its yardstick.

    Raises:
        LaneFailure: one of them cannot be opened, or does not give the right results.
    """
    with ExitStack() as stack:
        lanes = [stack.enter_context(SweptLane(nursery, choice, setting)) for choice in choices]
        for lane in lanes:
            lane.start(load)
        for lane in lanes:
            lane.settle()
        lane, yardstick = lanes
        opening = Opening(*lane.open(load))
        yardstick.open(load)
        for each in lanes:
            each.start_check()
        for each in lanes:
            each.finish_check()
        yield Pairing(lane, yardstick, launch, opening)
        for each in lanes:
            each.close()


def _are_enough(heats: int, spent: float) -> bool:
    return heats >= MOST_HEATS or (heats >= LEAST_HEATS and spent >= HEAT_SECONDS)
