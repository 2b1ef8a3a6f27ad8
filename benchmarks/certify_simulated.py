"""Certifies the intervals and verdicts on a virtual clock, where the truth is known.

    python benchmarks/certify_simulated.py [--races 10000] [--gate]

Races use the default settings; with --gate, those that docs/compare.md recommends for a gate.

Each race has three lanes: the serial baseline, a base, and a head that is slower by a planted change. They run in
launches of shuffled heats, and end by the rule of a real race (`racing.stopping.is_enough`); intervals and verdicts
come from `execbench.stats`, as in `execbench compare`. Noise is in logarithms, so it multiplies.

The table shows, for each scenario and planted change, by default from 10,000 races:
- how often the 95 % intervals hold the truth: of head to base, paired (`pair`), of the head's speedup over serial
  (`speedup`), and of head to base across two runs of different machine speed (`runs`);
- how often the verdict is `slower`, paired and across runs: for changes of 0 % and 2 % these are false alarms (`slower`
  or `faster`), for larger ones they are the power;
- how often the speedup's launches raise the doubt `layout`, and the number of launches.

Targets: 94 to 96.5 % under stationary noise, at least 90 % under drift and bursts, with the doubt in at most 1 %. Where
half of the launches have another layout, at least 94 % of the intervals hold the truth or have the doubt; they are too
wide, as of each two launches one has the other layout. The exit code is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from execbench.comparison.verdicts import RATE, THRESHOLD
from execbench.racing.stopping import MAX_LAUNCHES, is_enough
from execbench.records.kinds import two_kinds
from execbench.settings import Settings
from execbench.stats import Floats, LogRatio, difference, mean_of_launches

RACES = 10_000
AT_ONCE = 2_000
"""Races to simulate together with the default settings, to use at most a few hundred MB."""

CHANGES = (0.0, 0.02, 0.05, 0.1, 0.2)
SERIAL, BASE, HEAD = LANES = range(3)
ROUND_SECONDS = 0.01
IDLE = 20
"""Time between two launches, in rounds: lanes start and end."""

MAX_FALSE_DOUBTS = 0.01
"""The share of races of one kind of launch that may raise the doubt `layout`."""

Noise = Callable[[np.random.Generator, Floats], Floats]
"""Makes the log noise of all rounds from their start times, in rounds; both by race, launch, lane and heat."""


@dataclass(frozen=True)
class Plan:
    """The settings of races."""

    settings: Settings
    heats: int
    """In each launch."""

    @property
    def most(self) -> int:
        """The maximum launches of a race."""
        return MAX_LAUNCHES * self.settings.launches

    @property
    def counts(self) -> range:
        """Numbers of launches after which a race may end."""
        return range(self.settings.launches, self.most + 1)


DEFAULT = Plan(Settings(max_time=2.0), heats=10)
GATE = Plan(Settings(launches=24, min_rounds=360, max_time=1.0), heats=15)


@dataclass(frozen=True)
class Scenario:
    """A kind of noise."""

    name: str
    noise: Noise
    stationary: bool = True
    layouts: bool = False
    """Launches really fall into two kinds."""


def lognormal(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Rounds differ by 5 %, launches by 2 %."""
    return rounds(numbers, clock, 0.05) + lives(numbers, clock, 0.02)


def rounds(numbers: np.random.Generator, clock: Floats, spread: float) -> Floats:
    """Each round differs independently."""
    return np.asarray(numbers.normal(0, spread, clock.shape))


def lives(numbers: np.random.Generator, clock: Floats, spread: float) -> Floats:
    """Each launch of each lane differs from start to end."""
    return np.asarray(numbers.normal(0, spread, (*clock.shape[:-1], 1)))


def heavy_tails(numbers: np.random.Generator, clock: Floats) -> Floats:
    """One round in ten takes far longer: the excess has no mean."""
    hit = numbers.random(clock.shape) < 0.1
    return lognormal(numbers, clock) + np.where(hit, np.log1p(0.2 * numbers.pareto(1.0, clock.shape)), 0.0)


def bimodal(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Each round has one of two speeds, 1.4x apart."""
    return lognormal(numbers, clock) + np.where(numbers.random(clock.shape) < 0.3, math.log(1.4), 0.0)


def bimodal_lives(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Each launch of each lane has one of two speeds, 1.1x apart."""
    slow = numbers.random((*clock.shape[:-1], 1)) < 0.5
    return lognormal(numbers, clock) + np.where(slow, math.log(1.1), 0.0)


def rare_slow_lives(numbers: np.random.Generator, clock: Floats) -> Floats:
    """One launch in 80 is 2.4 times slower from start to end, as observed on real machines."""
    slow = numbers.random((*clock.shape[:-1], 1)) < 1 / 80
    return lognormal(numbers, clock) + np.where(slow, math.log(2.4), 0.0)


def wide_lives(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Launches differ by 10 %."""
    return rounds(numbers, clock, 0.05) + lives(numbers, clock, 0.1)


def layouts(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Of each two launches, the serial lane is 3x slower in one, as it depends on holes in the heap."""
    races, launches = clock.shape[:2]
    first = numbers.random((races, -(-launches // 2))) < 0.5
    slow = np.stack([first, ~first], axis=2).reshape(races, -1)[:, :launches]
    found = lognormal(numbers, clock)
    found[:, :, SERIAL] += np.where(slow, 0.5, -0.5)[..., None] * math.log(3)
    return found


def autocorrelated(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Each lane drifts independently: a round is nearly as slow as the one before."""
    found = np.empty(clock.shape)
    found[..., 0] = numbers.normal(0, 0.1, clock.shape[:-1])
    for heat in range(1, clock.shape[-1]):
        fresh = numbers.normal(0, 0.1, clock.shape[:-1])
        found[..., heat] = 0.9 * found[..., heat - 1] + math.sqrt(1 - 0.9**2) * fresh
    return found


def jumping_machine(numbers: np.random.Generator, clock: Floats) -> Floats:
    """The whole machine jumps between two speeds, 1.4x apart, every hundred rounds or so."""
    return lognormal(numbers, clock) + at(clock, switching(numbers, clock, 100, 100)) * math.log(1.4)


def drift(numbers: np.random.Generator, clock: Floats) -> Floats:
    """The machine heats up: by the last launch it is 1.5 times slower."""
    return np.asarray(lognormal(numbers, clock) + math.log(1.5) * clock / clock.max())


def bursts(numbers: np.random.Generator, clock: Floats) -> Floats:
    """A neighbour takes half of the CPU in bursts of about ten rounds, and rests for about forty."""
    return lognormal(numbers, clock) + at(clock, switching(numbers, clock, 10, 40)) * math.log(2.0)


def bursts_on_one_core(numbers: np.random.Generator, clock: Floats) -> Floats:
    """A neighbour's bursts hit one core, and so each lane independently."""
    lanes = range(clock.shape[2])
    hit = np.stack([at(clock[:, :, lane], switching(numbers, clock, 10, 40)) for lane in lanes], axis=2)
    return lognormal(numbers, clock) + hit * math.log(1.5)


def switching(numbers: np.random.Generator, clock: Floats, on: float, off: float) -> Floats:
    """Make a signal for each race that is 1 for `on` rounds on average, then 0 for `off` rounds."""
    races, length = clock.shape[0], int(clock.max()) + 1
    signal = np.empty((races, length))
    state = np.asarray(numbers.random(races) < on / (on + off))
    for moment in range(length):
        signal[:, moment] = state
        state = state ^ (numbers.random(races) < np.where(state, 1 / on, 1 / off))
    return signal


def at(clock: Floats, signal: Floats) -> Floats:
    """Return the signal at the start of each round."""
    moments = clock.astype(np.intp).reshape(clock.shape[0], -1)
    return np.take_along_axis(signal, moments, axis=1).reshape(clock.shape)


SCENARIOS = (
    Scenario("lognormal", lognormal),
    Scenario("heavy tails", heavy_tails),
    Scenario("bimodal rounds", bimodal),
    Scenario("bimodal lives", bimodal_lives),
    Scenario("rare slow lives", rare_slow_lives),
    Scenario("wide lives", wide_lives),
    Scenario("autocorrelated", autocorrelated),
    Scenario("jumping machine", jumping_machine),
    Scenario("drift", drift, stationary=False),
    Scenario("bursts", bursts, stationary=False),
    Scenario("bursts on one core", bursts_on_one_core, stationary=False),
    Scenario("layouts", layouts, layouts=True),
)


@dataclass(frozen=True)
class Raced:
    """The log ratio of each launch of some simulated races, and the number of launches after which each race ended."""

    logs: Floats
    launches: Floats


@dataclass(frozen=True)
class Races:
    """Simulated races that end by different ratios."""

    pair: Raced
    """Head to base in the same race, whose end also depends on their speedups."""
    head: Raced
    """Head to serial, without a base."""
    base: Raced
    """Base to serial, without a head."""


def virtual_clock(numbers: np.random.Generator, races: int, plan: Plan, lanes: int = len(LANES)) -> Floats:
    """Return when each round begins: lanes are shuffled in each heat, and launches have idle time between them."""
    order = np.argsort(numbers.random((races, plan.most, lanes, plan.heats)), axis=2)
    heat = np.arange(plan.heats) * lanes
    launch = np.arange(plan.most) * (plan.heats * lanes + IDLE)
    return np.asarray(order + heat + launch[:, None, None], dtype=np.float64)


def raced(numbers: np.random.Generator, noise: Noise, races: int, change: float, plan: Plan) -> Races:
    """Race, and end each race by the rule."""
    logs = noise(numbers, virtual_clock(numbers, races, plan))
    logs[:, :, HEAD] += math.log1p(change)
    spent = np.cumsum(ROUND_SECONDS * np.exp(logs).sum(axis=-1).max(axis=-1), axis=1)
    pair = launch_medians(logs[:, :, HEAD], logs[:, :, BASE])
    head, base = (launch_medians(logs[:, :, lane], logs[:, :, SERIAL]) for lane in (HEAD, BASE))
    return Races(
        pair=Raced(pair, launches_of_rule([pair, head, base], spent, plan)),
        head=Raced(head, launches_of_rule([head], spent, plan)),
        base=Raced(base, launches_of_rule([base], spent, plan)),
    )


def launch_medians(numerator: Floats, denominator: Floats) -> Floats:
    """Return the median log ratio of each launch, as `stats.launch_ratios` does for one race."""
    return np.asarray(np.median(numerator - denominator, axis=-1))


def of_launches(logs: Floats, plan: Plan) -> LogRatio:
    """Take the mean of launches as the product does."""
    return mean_of_launches(logs, plan.settings.launches)


def launches_of_rule(watched: list[Floats], spent: Floats, plan: Plan) -> Floats:
    """Return after how many launches the rule ends each race."""
    ended = np.zeros(len(spent))
    for launches in plan.counts:
        margins = [of_launches(logs[:, :launches], plan).margin(plan.settings.confidence) for logs in watched]
        precision = np.sinh(np.max(margins, axis=0))  # half an interval's width relative to its estimate
        enough = is_enough(launches, spent[:, launches - 1], precision, plan.settings)
        ended = np.where((ended == 0) & enough, launches, ended)
    return ended


def joined(ratios: list[LogRatio]) -> LogRatio:
    """Concatenate the ratios of groups of races."""
    fields = ([getattr(ratio, name) for ratio in ratios] for name in ("mean", "error", "freedom"))
    return LogRatio(*(np.concatenate(field) for field in fields))


def ended(races: Raced, plan: Plan) -> LogRatio:
    """Return the ratio of each race from the launches that it had."""
    return joined([of_launches(races.logs[races.launches == count, :count], plan) for count in plan.counts])


def across(old: Raced, new: Raced, plan: Plan) -> LogRatio:
    """Compare two runs, each with its own serial lane."""
    found = []
    for before, after in itertools.product(plan.counts, plan.counts):
        chosen = (old.launches == before) & (new.launches == after)
        if chosen.any():
            sides = of_launches(new.logs[chosen, :after], plan), of_launches(old.logs[chosen, :before], plan)
            found.append(difference(*sides))
    return joined(found)


@dataclass(frozen=True)
class Outcome:
    """Shares of races."""

    covered: float
    doubted: float
    """With the doubt `layout`."""
    right: float
    """Covered or doubted."""
    alarmed: float
    """Called slower or faster."""
    slower: float


def judged(ratio: LogRatio, truth: float, doubted: npt.NDArray[np.bool_] | bool = False) -> Outcome:
    """Compare intervals and verdicts with the truth."""
    covered = np.abs(ratio.mean - truth) <= ratio.margin(0.95)
    called = ratio.chance_beyond(math.log1p(THRESHOLD)) <= RATE
    shares = (covered, np.asarray(doubted), covered | doubted, called, called & (ratio.mean > 0))
    return Outcome(*(float(share.mean()) for share in shares))


def doubted(races: Raced, plan: Plan) -> npt.NDArray[np.bool_]:
    """Return which races raise the doubt `layout`, in the order of `ended`."""
    found = [
        two_kinds(dict(enumerate(logs))) is not None
        for count in plan.counts
        for logs in races.logs[races.launches == count, :count].tolist()
    ]
    return np.array(found, dtype=np.bool_)


@dataclass(frozen=True)
class Row:
    """One scenario with one planted change."""

    scenario: Scenario
    change: float
    races: int
    pair: Outcome
    speedup: Outcome
    runs: Outcome
    launches: float

    @property
    def coverages(self) -> tuple[float, ...]:
        """The coverage of each kind of interval."""
        return self.pair.covered, self.speedup.covered, self.runs.covered

    @property
    def missed(self) -> bool:
        """Whether a target is missed by more than chance explains with this number of races."""
        low, high = (0.94, 0.965) if self.scenario.stationary else (0.9, 1.0)
        chance = 2.6 * math.sqrt(0.05 * 0.95 / self.races)
        if self.scenario.layouts:
            return self.speedup.right < low - chance
        if self.speedup.doubted > MAX_FALSE_DOUBTS + 2.6 * math.sqrt(MAX_FALSE_DOUBTS / self.races):
            return True
        return not all(low - chance <= covered <= high + chance for covered in self.coverages)

    def __str__(self) -> str:
        covered = " ".join(f"{covered:8.1%}" for covered in self.coverages)
        called = [outcome.slower if self.change > THRESHOLD else outcome.alarmed for outcome in (self.pair, self.runs)]
        verdicts = " ".join(f"{share:8.2%}" for share in called)
        end = "  missed" if self.missed else ""
        doubted = f"{self.speedup.doubted:8.2%}"
        return f"{self.scenario.name:20} {self.change:6.0%} {covered} {verdicts} {doubted} {self.launches:8.1f}{end}"


def certify(scenario: Scenario, change: float, races: int, seed: int, plan: Plan = DEFAULT) -> Row:
    """Simulate one scenario with one planted change."""
    numbers = np.random.default_rng(seed)
    truth = math.log1p(change)
    pairs, speedups, doubts, runs, launches = [], [], [], [], []
    at_once = AT_ONCE * DEFAULT.most * DEFAULT.heats // (plan.most * plan.heats)
    for start in range(0, races, at_once):
        count = min(at_once, races - start)
        one, other = (raced(numbers, scenario.noise, count, change, plan) for _ in range(2))
        pairs.append(ended(one.pair, plan))
        speedups.append(ended(one.head, plan))
        doubts.append(doubted(one.head, plan))
        runs.append(across(other.base, one.head, plan))
        launches.append(float(one.pair.launches.mean()))
    pair, run = (judged(joined(ratios), truth) for ratios in (pairs, runs))
    speedup = judged(joined(speedups), truth, np.concatenate(doubts))
    return Row(scenario, change, races, pair, speedup, run, float(np.mean(launches)))


def main() -> int:
    """Certify every scenario."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--races", type=int, default=RACES, help="of each scenario and change")
    parser.add_argument("--gate", action="store_true", help="with the settings of a gate")
    given = parser.parse_args()
    races, plan = given.races, GATE if given.gate else DEFAULT
    print(f"{races:,} races each; verdicts `slower` beyond {THRESHOLD:.0%}, at most {RATE:.0%} of them false")
    print(f"{'':27} {'covered by 95 % intervals':^26} {'slower (false*)':^17}")
    print(
        f"{'scenario':20} {'change':>6} {'pair':>8} {'speedup':>8} {'runs':>8} {'pair':>8} {'runs':>8} {'layout':>8} "
        f"{'launches':>8}"
    )
    rows = []
    for number, (scenario, change) in enumerate(itertools.product(SCENARIOS, CHANGES)):
        rows.append(certify(scenario, change, races, number, plan))
        print(rows[-1], flush=True)
    print("* for 0 % and 2 %: false alarms, slower or faster")
    return int(any(row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
