"""Certifies the intervals and verdicts on a virtual clock, where the truth is known.

    python benchmarks/certify_simulated.py [--races 10000] [--gate]

Races are those of the default settings; with --gate, those that docs/compare.md advises for a gate.

Each race has three lanes: the serial baseline, a base, and a head that is slower by a planted change. They go by
shuffled heats and by launches, which end by the rule of a real race (`racing.race.is_enough`); intervals and verdicts
are those of `execbench.stats`, the functions that `execbench compare` uses. Noise is in logarithms, so it multiplies.

For each scenario and planted change, with 10,000 races each unless told otherwise:
- how often the 95 % intervals hold the truth: of head to base, paired (`pair`), of the head's speedup over serial
  (`speedup`), and of head to base across two runs of different machine speed (`runs`);
- how often the verdict is `slower`, paired and across runs: beside 0 % and 2 % these are false alarms (of `slower` or
  `faster`), beyond they are power;
- how many launches it took.

Targets: 94 to 96.5 % under stationary noise, at least 90 % under drift and bursts. The exit code is 1 where one is
missed.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from execbench.comparison.verdicts import RATE, THRESHOLD
from execbench.racing.race import MAX_LAUNCHES, is_enough
from execbench.settings import Settings
from execbench.stats import Floats, LogRatio, difference, mean_of_launches

RACES = 10_000
AT_ONCE = 2_000
"""Races of the default settings that are simulated together, to stay within a few hundred MB."""

CHANGES = (0.0, 0.02, 0.05, 0.1, 0.2)
SERIAL, BASE, HEAD = LANES = range(3)
ROUND_SECONDS = 0.01
IDLE = 20
"""Rounds' time between two launches: lanes start and end."""

Noise = Callable[[np.random.Generator, Floats], Floats]
"""Makes the logarithms of all rounds' noise, given when each begins, in rounds; both by race, launch, lane and heat."""


@dataclass(frozen=True)
class Plan:
    """How races are run."""

    settings: Settings
    heats: int
    """Of each launch."""

    @property
    def most(self) -> int:
        """Launches that a race may have."""
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


def lognormal(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Rounds that differ by 5 %, lives by 2 %."""
    return rounds(numbers, clock, 0.05) + lives(numbers, clock, 0.02)


def rounds(numbers: np.random.Generator, clock: Floats, spread: float) -> Floats:
    """Each round differs by itself."""
    return np.asarray(numbers.normal(0, spread, clock.shape))


def lives(numbers: np.random.Generator, clock: Floats, spread: float) -> Floats:
    """Each launch of each lane differs for its whole life."""
    return np.asarray(numbers.normal(0, spread, (*clock.shape[:-1], 1)))


def heavy_tails(numbers: np.random.Generator, clock: Floats) -> Floats:
    """One round in ten takes far longer: the excess has no mean."""
    struck = numbers.random(clock.shape) < 0.1
    return lognormal(numbers, clock) + np.where(struck, np.log1p(0.2 * numbers.pareto(1.0, clock.shape)), 0.0)


def bimodal(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Each round is at one of two speeds, 1.4x apart."""
    return lognormal(numbers, clock) + np.where(numbers.random(clock.shape) < 0.3, math.log(1.4), 0.0)


def bimodal_lives(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Each lane is at one of two speeds, 1.1x apart, for its whole life."""
    slow = numbers.random((*clock.shape[:-1], 1)) < 0.5
    return lognormal(numbers, clock) + np.where(slow, math.log(1.1), 0.0)


def rare_slow_lives(numbers: np.random.Generator, clock: Floats) -> Floats:
    """One lane in 80 is 2.4 times slower for its whole life, as was seen."""
    slow = numbers.random((*clock.shape[:-1], 1)) < 1 / 80
    return lognormal(numbers, clock) + np.where(slow, math.log(2.4), 0.0)


def wide_lives(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Lanes differ by 10 % for their whole lives."""
    return rounds(numbers, clock, 0.05) + lives(numbers, clock, 0.1)


def autocorrelated(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Each lane wanders by itself: a round is nearly as slow as the one before."""
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


def bursts_at_will(numbers: np.random.Generator, clock: Floats) -> Floats:
    """A neighbour's bursts strike one core, and so each lane by itself."""
    struck = np.stack([at(clock[:, :, lane], switching(numbers, clock, 10, 40)) for lane in LANES], axis=2)
    return lognormal(numbers, clock) + struck * math.log(1.5)


def switching(numbers: np.random.Generator, clock: Floats, on: float, off: float) -> Floats:
    """Make a signal for each race that is 1 for `on` rounds' time, on average, and 0 for `off`."""
    races, length = clock.shape[0], int(clock.max()) + 1
    signal = np.empty((races, length))
    state = np.asarray(numbers.random(races) < on / (on + off))
    for moment in range(length):
        signal[:, moment] = state
        state = state ^ (numbers.random(races) < np.where(state, 1 / on, 1 / off))
    return signal


def at(clock: Floats, signal: Floats) -> Floats:
    """Look up a race's signal at the moments that its rounds begin."""
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
    Scenario("bursts on one core", bursts_at_will, stationary=False),
)


@dataclass(frozen=True)
class Raced:
    """One log ratio for each launch of some simulated races, and how many launches each race had when it ended."""

    logs: Floats
    launches: Floats


@dataclass(frozen=True)
class Races:
    """Some simulated races, with different things watched by the rule that ends them."""

    pair: Raced
    """Head to base, where both raced together: the rule watches their speedups, too."""
    head: Raced
    """Head to serial, where no base raced."""
    base: Raced
    """Base to serial, where no head raced."""


def virtual_clock(numbers: np.random.Generator, races: int, plan: Plan) -> Floats:
    """Return when each round begins: heats of all lanes in shuffled order, launches with idle time between."""
    order = np.argsort(numbers.random((races, plan.most, len(LANES), plan.heats)), axis=2)
    heat = np.arange(plan.heats) * len(LANES)
    launch = np.arange(plan.most) * (plan.heats * len(LANES) + IDLE)
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
    """Return the median log ratio of each launch, as `stats.launch_ratios` does for a single race."""
    return np.asarray(np.median(numerator - denominator, axis=-1))


def of_launches(logs: Floats, plan: Plan) -> LogRatio:
    """Take the mean of launches, as the product does."""
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
    """Put groups of races together."""
    fields = ([getattr(ratio, name) for ratio in ratios] for name in ("mean", "error", "freedom"))
    return LogRatio(*(np.concatenate(field) for field in fields))


def ended(races: Raced, plan: Plan) -> LogRatio:
    """Return the ratio of each race by the launches that it had."""
    return joined([of_launches(races.logs[races.launches == count, :count], plan) for count in plan.counts])


def across(old: Raced, new: Raced, plan: Plan) -> LogRatio:
    """Compare two runs, each by its own serial lane."""
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
    alarmed: float
    """Called slower or faster."""
    slower: float


def judged(ratio: LogRatio, truth: float) -> Outcome:
    """Hold intervals and verdicts against the truth."""
    covered = np.abs(ratio.mean - truth) <= ratio.margin(0.95)
    called = ratio.chance_beyond(math.log1p(THRESHOLD)) <= RATE
    return Outcome(float(covered.mean()), float(called.mean()), float((called & (ratio.mean > 0)).mean()))


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
        """Of each kind of interval."""
        return self.pair.covered, self.speedup.covered, self.runs.covered

    @property
    def missed(self) -> bool:
        """Tell whether a target is missed, by more than so many races would by chance."""
        low, high = (0.94, 0.965) if self.scenario.stationary else (0.9, 1.0)
        chance = 2.6 * math.sqrt(0.05 * 0.95 / self.races)
        return not all(low - chance <= covered <= high + chance for covered in self.coverages)

    def __str__(self) -> str:
        covered = " ".join(f"{covered:8.1%}" for covered in self.coverages)
        called = [outcome.slower if self.change > THRESHOLD else outcome.alarmed for outcome in (self.pair, self.runs)]
        verdicts = " ".join(f"{share:8.2%}" for share in called)
        end = "  missed" if self.missed else ""
        return f"{self.scenario.name:20} {self.change:6.0%} {covered} {verdicts} {self.launches:8.1f}{end}"


def certify(scenario: Scenario, change: float, races: int, seed: int, plan: Plan = DEFAULT) -> Row:
    """Simulate one scenario with one planted change."""
    numbers = np.random.default_rng(seed)
    truth = math.log1p(change)
    pairs, speedups, runs, launches = [], [], [], []
    at_once = AT_ONCE * DEFAULT.most * DEFAULT.heats // (plan.most * plan.heats)
    for start in range(0, races, at_once):
        count = min(at_once, races - start)
        one, other = (raced(numbers, scenario.noise, count, change, plan) for _ in range(2))
        pairs.append(ended(one.pair, plan))
        speedups.append(ended(one.head, plan))
        runs.append(across(other.base, one.head, plan))
        launches.append(float(one.pair.launches.mean()))
    pair, speedup, run = (judged(joined(ratios), truth) for ratios in (pairs, speedups, runs))
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
        f"{'scenario':20} {'change':>6} {'pair':>8} {'speedup':>8} {'runs':>8} {'pair':>8} {'runs':>8} {'launches':>8}"
    )
    rows = []
    for number, (scenario, change) in enumerate(itertools.product(SCENARIOS, CHANGES)):
        rows.append(certify(scenario, change, races, number, plan))
        print(rows[-1], flush=True)
    print("* beside 0 % and 2 %: false alarms, slower or faster")
    return int(any(row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
