"""Certifies which candidate the advice chooses on a virtual clock, where the best one is known.

    python benchmarks/certify_selection.py                 (two minutes of CPU time, on two cores)
    python benchmarks/certify_selection.py --races 200     (a quick look)
    python benchmarks/certify_selection.py --rounds 1      (launches of one round, as for a single call)

Each race has two to six candidates. It ends by the rule of the advice (`advice.selection`), once a single candidate is
left, or by a deadline: after 2, 3, 4, 6, 8, 12 or 24 launches. It is decided if the bound of the regret is then at most
5 %. A choice is wrong if the chosen candidate is 5 % slower than the best, or more.

The fields of candidates are: one that is 5, 6 or 10 % better than all others, which are equal; all equal; steps of 2 %;
two good ones; spread out; and two close ones far ahead of the serial loop. Noise is that of `certify_simulated.py`, and
kinds where one candidate's launches differ far more than those of another.

The first table shows for each kind of noise:
- `decided wrongly`: the share of all races that are decided and wrong, in the worst field and with the worst deadline;
- `wrong of decided`: with a deadline of 6 launches, the share of the decided races that are wrong, over all fields in
  which a choice can be wrong;
- `wrong of all`: the same of all races, decided or not;
- `decided`: the share of decided races with a deadline of 3, 6, 12 and 24 launches, in the mean of all fields;
- `launches`: the mean number of launches with a deadline of 24.

The second one shows the share of decided races for each deadline and number of candidates: where one is 10 % better
than the others / where all are equal.

Target: at most 10 % are decided and wrong. The exit code is 1 if it is missed.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from certify_simulated import SCENARIOS, Plan, Scenario, lives, lognormal, rounds, virtual_clock

from execbench.advice.contest import MOST_LAUNCHES
from execbench.advice.selection import CONFIDENCE, TOLERANCE, choose, is_decided, survivors
from execbench.settings import Settings
from execbench.stats import Floats

RACES = 1_000
ROUNDS = 3
DEADLINES = (2, 3, 4, 6, 8, 12, MOST_LAUNCHES)
USUAL_DEADLINE = 6
CANDIDATES = range(2, 7)

Flags = npt.NDArray[np.bool_]


def one_better(by: float, candidates: int) -> tuple[float, ...]:
    """Return how many times as long as the best each candidate takes, if all others are equal."""
    return (1.0, *[1 + by] * (candidates - 1))


FIELDS = {
    **{f"5 % better of {count}": one_better(0.05, count) for count in CANDIDATES},
    **{f"6 % better of {count}": one_better(0.06, count) for count in (2, 4)},
    **{f"10 % better of {count}": one_better(0.1, count) for count in CANDIDATES},
    **{f"{count} equal": one_better(0.0, count) for count in CANDIDATES},
    "steps": (1.0, 1.02, 1.04, 1.06),
    "two good": (1.0, 1.0, 1.06, 1.06, 1.06),
    "spread out": (1.0, 1.1, 1.3, 2.0, 4.0),
    "serial far off": (1.0, 1.06, 5.0),
}
"""How many times as long as the best each candidate takes, by field; the best is the first one."""


def steady(numbers: np.random.Generator, clock: Floats) -> Floats:
    """Launches of two candidates differ by 2.6 % in pairs, as those of long rounds did on a real machine."""
    return rounds(numbers, clock, 0.005) + lives(numbers, clock, 0.018)


def wild_best(numbers: np.random.Generator, clock: Floats) -> Floats:
    """The launches of the best candidate differ by 15 %, those of the others by 2 %."""
    found = lognormal(numbers, clock)
    found[:, :, :1] += lives(numbers, clock[:, :, :1], 0.15)
    return found


def wild_rival(numbers: np.random.Generator, clock: Floats) -> Floats:
    """The launches of the slowest candidate differ by 15 %, those of the others by 2 %."""
    found = lognormal(numbers, clock)
    found[:, :, -1:] += lives(numbers, clock[:, :, -1:], 0.15)
    return found


def wild_rivals(numbers: np.random.Generator, clock: Floats) -> Floats:
    """The launches of all candidates but the best differ by 15 %."""
    found = lognormal(numbers, clock)
    found[:, :, 1:] += lives(numbers, clock[:, :, 1:], 0.15)
    return found


def ever_wilder(numbers: np.random.Generator, clock: Floats) -> Floats:
    """The launches of each candidate differ twice as much as those of the one before: 1, 2, 4, 8, 16 and 32 %."""
    return steady(numbers, clock) + lives(numbers, clock, 0.01) * 2.0 ** np.arange(clock.shape[2])[:, None]


KINDS = (
    Scenario("steady", steady),
    *SCENARIOS,
    Scenario("wild best", wild_best),
    Scenario("wild rival", wild_rival),
    Scenario("wild rivals", wild_rivals),
    Scenario("ever wilder", ever_wilder),
)


@dataclass(frozen=True)
class Outcome:
    """Shares of the races of one field under one kind of noise, that end after some launches at most."""

    wrong_decided: float
    wrong: float
    decided: float
    launches: float


def certify(scenario: Scenario, slowness: Sequence[float], races: int, seed: int, rounds: int) -> dict[int, Outcome]:
    """Simulate a field; return the outcome of each deadline."""
    numbers = np.random.default_rng(seed)
    plan = Plan(Settings(launches=DEADLINES[-1] // 3), heats=rounds)
    noise = np.median(scenario.noise(numbers, virtual_clock(numbers, races, plan, len(slowness))), axis=-1)
    logs = (noise + np.log(slowness)).swapaxes(1, 2)
    return raced(logs, np.asarray(slowness) > 1 + TOLERANCE - 1e-9)


def raced(logs: Floats, is_wrong: Flags) -> dict[int, Outcome]:
    """Race with all deadlines: those that were over before one are the same for the next."""
    races = len(logs)
    seen, staying = np.full(logs.shape, np.nan), np.ones(logs.shape[:2], dtype=np.bool_)
    ended = np.zeros(races, dtype=np.intp)
    wrong, decided = np.zeros((2, races), dtype=np.bool_)
    outcomes = {}
    for launch in range(1, DEADLINES[-1] + 1):
        racing = np.flatnonzero(staying.sum(axis=1) > 1)
        ended[racing] = launch
        seen[racing, :, launch - 1] = np.where(staying[racing], logs[racing, :, launch - 1], np.nan)
        so_far = seen[racing, :, :launch]
        staying[racing] = survivors(so_far)
        if launch in DEADLINES or (staying[racing].sum(axis=1) == 1).any():
            wrong[racing], decided[racing] = is_wrong[choose(so_far)], is_decided(so_far)
        if launch in DEADLINES:
            shares = ((wrong & decided).mean(), wrong.mean(), decided.mean(), ended.mean())
            outcomes[launch] = Outcome(*map(float, shares))
    return outcomes


@dataclass(frozen=True)
class Row:
    """One kind of noise."""

    scenario: Scenario
    races: int
    fields: dict[str, dict[int, Outcome]]

    @property
    def worst(self) -> float:
        """The share of races that are decided and wrong, in the worst field with the worst deadline."""
        return max(outcome.wrong_decided for outcomes in self.fields.values() for outcome in outcomes.values())

    @property
    def missed(self) -> bool:
        """Whether the target is missed by more than chance explains with this number of races."""
        promise = 1 - CONFIDENCE
        return self.worst > promise + 2.6 * math.sqrt(promise * (1 - promise) / self.races)

    def mean(self, deadline: int, share: str, fields: Collection[str] = FIELDS) -> float:
        """Return a share in the mean of some fields."""
        return float(np.mean([getattr(self.fields[field][deadline], share) for field in fields]))

    def __str__(self) -> str:
        decided = " / ".join(f"{self.mean(deadline, 'decided') * 100:.0f}" for deadline in (3, 6, 12, MOST_LAUNCHES))
        fields = [field for field, slowness in FIELDS.items() if max(slowness) >= 1 + TOLERANCE]
        wrong, all_wrong, all_decided = (
            self.mean(USUAL_DEADLINE, share, fields) * 100 for share in ("wrong_decided", "wrong", "decided")
        )
        of_decided = f"{wrong / all_decided * 100:.1f}" if all_decided else "none"
        launches = self.mean(DEADLINES[-1], "launches")
        worst = f"{self.worst * 100:.1f}{' missed' if self.missed else ''}"
        return f"| {self.scenario.name} | {worst} | {of_decided} | {all_wrong:.1f} | {decided} | {launches:.1f} |"


def certify_kind(number: int, races: int, rounds: int) -> Row:
    """Simulate all fields under one kind of noise, in a process of its own."""
    outcomes = {
        name: certify(KINDS[number], slowness, races, 100 * number + place, rounds)
        for place, (name, slowness) in enumerate(FIELDS.items())
    }
    return Row(KINDS[number], races, outcomes)


def decided_by_candidates(row: Row, deadline: int) -> str:
    """Return the share of decided races with a deadline, by the number of candidates, as a row of a table."""
    shares = (
        " / ".join(
            f"{row.fields[field][deadline].decided * 100:.0f}" for field in (f"10 % better of {n}", f"{n} equal")
        )
        for n in CANDIDATES
    )
    return f"| {row.scenario.name} | {deadline} | {' | '.join(shares)} |"


def main() -> int:
    """Certify every field under every noise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--races", type=int, default=RACES, help="of each field and kind of noise")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each launch")
    given = parser.parse_args()
    print(f"{given.races:,} races each, {given.rounds} rounds in each launch; shares in %\n")
    print(
        "| noise | decided wrongly | wrong of decided | wrong of all | decided in 3 / 6 / 12 / 24 launches | launches |"
    )
    print("|---|---|---|---|---|---|")
    rows = []
    with ProcessPoolExecutor(max_workers=2) as pool:
        for row in pool.map(partial(certify_kind, races=given.races, rounds=given.rounds), range(len(KINDS))):
            rows.append(row)
            print(row, flush=True)
    print(f"\n| noise | launches | {' | '.join(f'{count} candidates' for count in CANDIDATES)} |")
    print(f"|---|---|{'---|' * len(CANDIDATES)}")
    for row in rows[:2]:
        print(*(decided_by_candidates(row, deadline) for deadline in DEADLINES), sep="\n")
    return int(any(row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
