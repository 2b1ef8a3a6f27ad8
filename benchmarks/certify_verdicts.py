"""Certifies the verdicts of whole races on a virtual clock, where the fastest trial is known.

    python benchmarks/certify_verdicts.py [--races 10000]

Each race has the serial loop and five other trials, and the two fastest differ by 10 %. Races use the default settings
and end by the rule of a real race (`racing.stopping`): trials that are certain not to be the fastest are settled. Noise
is that of `certify_simulated.py`.

The table shows, for each field of trials and each kind of noise:
- `wrong`: the share of races that call another trial the fastest, and the fastest one slower than that;
- `other`: the share that call another trial the fastest, most of which name the fastest one as level with it;
- `covered`: how many of the 95 % intervals of speedups hold the truth: of all trials, and of those that were settled;
- the mean number of launches of each trial, the serial loop first, then from the fastest to the slowest.

Targets: at most 1 % are wrong, and intervals cover as in `certify_simulated.py`. The exit code is 1 if one is missed.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from certify_simulated import DEFAULT, ROUND_SECONDS, SCENARIOS, Scenario, virtual_clock

from execbench.racing.stopping import Spread, is_enough, is_settled
from execbench.stats import Floats, mean_of_launches

RACES = 10_000
AT_ONCE = 1_000
"""Races to simulate together, to use at most a few hundred MB."""

WRONG = 0.01

FIELDS = {
    "stay serial": (1 / 1.1, 1 / 1.3, 0.7, 0.3, 0.01),
    "barely faster": (1.1, 0.9, 0.75, 0.3, 0.01),
    "twice as fast": (2.0, 2 / 1.1, 2 / 1.3, 0.9, 0.05),
    "close together": (2.0, 2 / 1.1, 2 / 1.1, 2 / 1.1, 2 / 1.1),
}
"""The speedups of the trials that race with the serial loop, from the fastest to the slowest."""

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Table:
    """Simulated races while they run. Lane 0 is the serial loop."""

    speedups: Sequence[float]
    """Of each lane, true."""
    ratios: Floats
    """The median log ratio of a launch, by race, launch, and two lanes: above 0, the first one is slower."""
    seconds: Floats
    """What a launch takes, by race, launch and lane."""
    ran: Flags
    """Whether a lane was launched, by race, launch and lane."""

    @cached_property
    def races(self) -> Numbers:
        """The number of each race."""
        return np.arange(len(self.ran))

    def groups(self, lane: int, other: Numbers | int) -> Iterator[tuple[Numbers, Floats]]:
        """Yield races whose two lanes share as many launches, with the log ratio of each launch."""
        shared = self.ran[:, :, lane] & self.ran[self.races, :, other]
        ratios = self.ratios[self.races, :, lane, other]
        counts = shared.sum(axis=1)
        for count in np.unique(counts):
            chosen = np.flatnonzero(counts == count)
            yield chosen, ratios[chosen][shared[chosen]].reshape(len(chosen), count)

    def ratio(self, lane: int, other: Numbers | int, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Return the log ratio of two lanes and the margin of its interval, which is infinite below two launches."""
        mean, margin = np.zeros(len(self.races)), np.full(len(self.races), np.inf)
        for chosen, logs in self.groups(lane, other):
            if logs.shape[1] > 1:
                found = mean_of_launches(logs, DEFAULT.settings.launches)
                mean[chosen], margin[chosen] = found.mean, found.margin(confidence)
        return mean, margin

    @cached_property
    def lanes(self) -> range:
        """All lanes but the serial loop."""
        return range(1, len(self.speedups))

    def leader(self) -> Numbers:
        """Return the lane that seems the fastest, as `Race` does."""
        means = [np.zeros(len(self.races)), *(self.ratio(lane, 0)[0] for lane in self.lanes)]
        return np.asarray(np.argmin(means, axis=0))

    def spread(self, leader: Numbers) -> Spread:
        """Return how much the launches of each race differ, as `Race` does."""
        pooled = Spread(np.zeros(len(self.races)), np.zeros(len(self.races)))
        for lane in range(len(self.speedups)):
            for chosen, logs in self.groups(lane, leader):
                found = Spread.of(logs)
                pooled.squares[chosen] += found.squares
                pooled.freedom[chosen] += np.where(leader[chosen] == lane, 0, found.freedom)
        return pooled

    def settled(self, lane: int, leader: Numbers, spread: Spread) -> Flags:
        """Return whether a lane is settled."""
        found = np.zeros(len(self.races), dtype=np.bool_)
        for chosen, logs in self.groups(lane, leader):
            found[chosen] = is_settled(logs, DEFAULT.settings.launches, spread[chosen])
        return np.asarray(found & (leader != lane))

    def known(self, lane: int) -> Flags:
        """Return whether a lane needs no more launches by itself."""
        spent = (self.seconds[:, :, lane] * self.ran[:, :, lane]).sum(axis=1)
        precision = np.sinh(self.ratio(lane, 0, DEFAULT.settings.confidence)[1])
        launches = self.ran[:, :, lane].sum(axis=1)
        found = np.zeros(len(self.races), dtype=np.bool_)
        for count in np.unique(launches):
            chosen = launches == count
            found[chosen] = is_enough(int(count), spent[chosen], precision[chosen], DEFAULT.settings)
        return found


def raced(numbers: np.random.Generator, scenario: Scenario, speedups: Sequence[float], races: int) -> Table:
    """Race until no lane needs another launch."""
    lanes = len(speedups)
    logs = scenario.noise(numbers, virtual_clock(numbers, races, DEFAULT, lanes)) - np.log(speedups)[:, None]
    ratios = np.median(logs[:, :, :, None] - logs[:, :, None], axis=-1)
    seconds = ROUND_SECONDS * np.exp(logs).sum(axis=-1)
    table = Table(speedups, ratios, seconds, np.zeros((races, DEFAULT.most, lanes), dtype=np.bool_))
    table.ran[:, :2] = True  # without an interval nothing is decided
    for launch in range(2, DEFAULT.most):
        leader = table.leader()
        spread = table.spread(leader)
        known = np.array([table.known(lane) for lane in range(lanes)])
        for lane in table.lanes:
            tied = (launch >= DEFAULT.settings.launches) & known[leader, table.races] & (leader != lane) & (leader > 0)
            table.ran[:, launch, lane] = ~(table.settled(lane, leader, spread) | known[lane] | tied)
        racing = table.ran[:, launch].any(axis=1)
        table.ran[:, launch, 0] = racing
        table.ran[table.races, launch, leader] |= racing
    return table


@dataclass(frozen=True)
class Row:
    """One field of trials under one kind of noise."""

    field: str
    scenario: Scenario
    races: int
    wrong: float
    other: float
    covered: float
    settled: float
    """The coverage of trials that were settled."""
    launches: Floats

    @property
    def missed(self) -> bool:
        """Whether a target is missed by more than chance explains with this number of races."""
        low = 0.94 if self.scenario.stationary else 0.9
        chance, wrong = (2.6 * math.sqrt(share * (1 - share) / self.races) for share in (0.05, WRONG))
        return self.wrong > WRONG + wrong or min(self.covered, self.settled) < low - chance

    def __str__(self) -> str:
        shares = f"{self.wrong:7.2%} {self.other:7.2%} {self.covered:7.1%} {self.settled:7.1%}"
        launches = " ".join(f"{count:4.1f}" for count in self.launches)
        return f"{self.field:15} {self.scenario.name:19} {shares}   {launches}{'  missed' if self.missed else ''}"


def judged(table: Table) -> tuple[float, float, Floats, Flags]:
    """Return the shares of wrong and of other verdicts, the intervals that hold the truth, and the settled trials."""
    best = int(np.argmax(table.speedups))
    found = [table.ratio(lane, 0) for lane in table.lanes]
    faster = np.array(
        [[np.inf] * len(table.races), *(np.where(mean + margin < 0, mean, np.inf) for mean, margin in found)]
    )
    winner = np.where(np.isfinite(faster).any(axis=0), faster.argmin(axis=0), 0)
    mean, margin = table.ratio(best, winner)
    wrong = (winner != best) & (mean > margin)
    truths = [-math.log(speedup) for speedup in table.speedups[1:]]
    covered = np.array([np.abs(mean - truth) <= margin for (mean, margin), truth in zip(found, truths, strict=True)])
    leader = table.leader()
    spread = table.spread(leader)
    settled = np.array([table.settled(lane, leader, spread) & ~table.known(lane) for lane in table.lanes])
    return float(wrong.mean()), float((winner != best).mean()), covered, settled


def certify(field: str, scenario: Scenario, races: int, seed: int) -> Row:
    """Simulate one field of trials under one kind of noise."""
    numbers = np.random.default_rng(seed)
    tables = [
        raced(numbers, scenario, (1.0, *FIELDS[field]), min(AT_ONCE, races - start))
        for start in range(0, races, AT_ONCE)
    ]
    wrong, other, covered, settled = zip(*map(judged, tables), strict=True)
    cover, cut = np.concatenate(covered, axis=1), np.concatenate(settled, axis=1)
    launches = np.concatenate([table.ran.sum(axis=1) for table in tables]).mean(axis=0)
    of_settled = float(cover[cut].mean()) if cut.any() else 1.0
    return Row(
        field, scenario, races, float(np.mean(wrong)), float(np.mean(other)), float(cover.mean()), of_settled, launches
    )


def main() -> int:
    """Certify every field under every noise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--races", type=int, default=RACES, help="of each field and kind of noise")
    races = parser.parse_args().races
    print(f"{races:,} races each")
    print(f"{'field':15} {'noise':19} {'wrong':>7} {'other':>7} {'covered':>7} {'settled':>7}   launches")
    rows = []
    for seed, (field, scenario) in enumerate((field, scenario) for field in FIELDS for scenario in SCENARIOS):
        rows.append(certify(field, scenario, races, seed))
        print(rows[-1], flush=True)
    return int(any(row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
