"""A backend and its yardstick, open at the same time and given the same loads, their rounds interleaved."""

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import Annotated, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from execbench.environment import library_threads
from execbench.lane.messages import Open
from execbench.plugins.baseline import BASELINE
from execbench.plugins.trial import Choice
from execbench.records.record import Amount, Count
from execbench.stats import Time
from execbench.supervisor.lane import LaneProcess, Nursery
from execbench.supervisor.layout import LaunchLayout, layout_of
from execbench.supervisor.process_tree import Used, Window, foreign_share
from execbench.sweep.load import Load, SweepPlan

HEAT_SECONDS = 0.25
"""How long to measure each place, between the minimum and the maximum of heats."""

MIN_HEATS = 3
MAX_HEATS = 15

_EXIT_SECONDS = 5.0

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


def by_load(spots: Iterable[Kind]) -> dict[Load, list[Kind]]:
    """Group spots by load, the smallest first."""
    loads: dict[Load, list[Kind]] = {}
    for spot in sorted(spots, key=lambda spot: (spot.tasks, spot.grain)):
        loads.setdefault(spot.load, []).append(spot)
    return loads


@dataclass(frozen=True)
class Pair(Generic[Kind]):
    """A backend, and the yardstick that it is compared with."""

    nursery: Nursery
    plan: SweepPlan
    backend: Choice
    yardstick: Choice
    kind: type[Kind]

    @contextmanager
    def opened(self, load: Load, launch: int) -> Iterator["Pairing[Kind]"]:
        """Open both, map once and check the results; close both at the end; LaneFailure if one of them fails."""
        with ExitStack() as stack:
            layout = layout_of(self.plan.settings, self.plan.workload.title, launch)
            sides = (self.backend, self.yardstick)
            lanes = {stack.enter_context(self._lane(choice, layout)): choice for choice in sides}
            for lane, choice in lanes.items():
                lane.start_prepare(replace(self.plan.prepare(choice, load), layout=layout.lane))
            for lane in lanes:
                lane.greet()
                lane.finish_prepare()
            pairing = Pairing(self, lanes, launch)
            pairing.open()
            yield pairing
            pairing.close()

    def _lane(self, choice: Choice, layout: LaunchLayout) -> LaneProcess:
        variables = {**library_threads(baseline=choice.plugin.name == BASELINE), **layout.variables}
        return self.nursery.lane(environment=variables, round_timeout=self.plan.settings.round_timeout)


class Pairing(Generic[Kind]):
    """One launch of a pair. All methods raise LaneFailure where one of the two fails."""

    def __init__(self, pair: Pair[Kind], lanes: Mapping[LaneProcess, Choice], launch: int) -> None:
        self._pair, self._lanes, self._launch = pair, lanes, launch
        self._random = random.Random(launch)
        self.lifetimes: list[float] = []
        """Of the backend and of the yardstick: the seconds of opening and first call and, once closed, of closing."""

    def open(self) -> None:
        """Start the workers, map once, and check the results."""
        plan = self._pair.plan
        for lane, choice in self._lanes.items():
            opened = lane.open(Open(plan.max_workers, dict(choice.options), plan.settings.disable_gc))
            self.lifetimes.append(opened.seconds + lane.first_call())
        self._check()

    def measure(self, load: Load) -> Kind:
        """Give both a load, map once and check the results, then measure rounds in heats."""
        for lane, choice in self._lanes.items():
            lane.start_prepare(self._pair.plan.prepare(choice, load))
            lane.finish_prepare()
            lane.round()
        self._check()
        seconds: dict[LaneProcess, list[float]] = {lane: [] for lane in self._lanes}
        windows: list[Used] = []
        while not _are_enough(*seconds.values()):
            for lane in self._random.sample(list(seconds), len(seconds)):
                window = Window(lane.tree)
                seconds[lane].append(lane.round())
                windows.append(window.close())
                lane.judge()
        ours, theirs = seconds.values()
        return self._pair.kind(self._launch, load.size, load.grain, ours, theirs, foreign_share(windows))

    def close(self) -> None:
        """Stop the workers, and let the lanes exit."""
        for place, lane in enumerate(self._lanes):
            self.lifetimes[place] += lane.close()
            lane.dismiss()
        for lane in self._lanes:
            lane.wait_for_exit(_EXIT_SECONDS)

    def _check(self) -> None:
        for lane in self._lanes:
            lane.start_check()
        for lane in self._lanes:
            lane.finish_check()


def _are_enough(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    heats, spent = len(ours), sum(ours) + sum(theirs)
    return heats >= MAX_HEATS or (heats >= MIN_HEATS and spent >= HEAT_SECONDS)
