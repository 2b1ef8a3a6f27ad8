"""A backend and its yardstick, open at once and given the same loads, a round of one after a round of the other."""

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Annotated, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from execbench.plugins.trial import Choice
from execbench.records.record import Amount, Count
from execbench.stats import Time
from execbench.supervisor.lane import Nursery
from execbench.supervisor.process_tree import Used, foreign_share
from execbench.sweep.load import Load, SweepPlan, SweptLane

HEAT_SECONDS = 0.25
"""How long the rounds of one place go on."""

MIN_HEATS = 3
MAX_HEATS = 15

Times: TypeAlias = Annotated[Sequence[Time], Meta(min_length=1)]


class Spot(msgspec.Struct, frozen=True):
    """What was measured of one load in one launch: the seconds of the rounds, heat by heat."""

    launch: Amount
    tasks: Count
    grain: Count
    seconds: Times
    yardstick: Times
    foreign_cpu: Annotated[float, Meta(ge=0)] = 0.0
    """The share of the machine's CPU time that other programs used meanwhile."""

    def __post_init__(self) -> None:
        if len(self.seconds) != len(self.yardstick):
            raise ValueError("the backend and its yardstick must have the same number of rounds")

    @property
    def load(self) -> Load:
        """What both were given."""
        return Load(self.tasks, self.grain)

    @property
    def log_ratio(self) -> float:
        """The logarithm of how many times as fast as the yardstick the backend is: the median over the heats."""
        return median(math.log(theirs / ours) for ours, theirs in zip(self.seconds, self.yardstick, strict=True))

    @property
    def ratio(self) -> float:
        """How many times as fast as the yardstick the backend is."""
        return math.exp(self.log_ratio)


class CeilingSpot(Spot, frozen=True):
    """Measured against the machine's own ceiling."""

    yardstick: Times = msgspec.field(name="ceiling_seconds")


class SerialSpot(Spot, frozen=True):
    """Measured against the serial loop."""

    yardstick: Times = msgspec.field(name="serial_seconds")


Kind = TypeVar("Kind", bound=Spot)


@dataclass(frozen=True)
class Pair(Generic[Kind]):
    """What is measured against what, and the spots that come of it."""

    backend: Choice
    yardstick: Choice
    kind: type[Kind]


@dataclass(frozen=True)
class Opening:
    """What a backend took to open and to map for the first time."""

    startup: float
    first_call: float


class Pairing(Generic[Kind]):
    """One launch of a backend and its yardstick."""

    def __init__(self, lane: SweptLane, yardstick: SweptLane, launch: int, opening: Opening, kind: type[Kind]) -> None:
        self._lanes = (lane, yardstick)
        self._kind = kind
        self._launch = launch
        self._random = random.Random(launch)
        self.opening = opening

    def measure(self, load: Load) -> Kind:
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
        return self._kind(self._launch, load.size, load.grain, ours, theirs, foreign_share(windows))


@contextmanager
def opened(nursery: Nursery, pair: Pair[Kind], plan: SweepPlan, load: Load, launch: int) -> Iterator[Pairing[Kind]]:
    """Open a backend and its yardstick.

    Raises:
        LaneFailure: one of them cannot be opened, or does not give the right results.
    """
    with ExitStack() as stack:
        lanes = [stack.enter_context(SweptLane(nursery, choice, plan)) for choice in (pair.backend, pair.yardstick)]
        for lane in lanes:
            lane.start(load)
        for lane in lanes:
            lane.settle()
        lane, yardstick = lanes
        opening = Opening(*lane.open())
        yardstick.open()
        for each in lanes:
            each.start_check()
        for each in lanes:
            each.finish_check()
        yield Pairing(lane, yardstick, launch, opening, pair.kind)
        for each in lanes:
            each.close()


def _are_enough(heats: int, spent: float) -> bool:
    return heats >= MAX_HEATS or (heats >= MIN_HEATS and spent >= HEAT_SECONDS)
