"""Certifies the change points of a history by simulation, where the truth is known.

    python benchmarks/certify_history.py [--series 1000] [--noise 0.02] [--asv PYTHON]

A commit's value is the speedup that a simulated race of `certify_simulated.py` ends with, by the rule of the product,
for each kind of noise that it knows. Values are scaled so that those of unchanged code spread by 1, 2 or 5 % from one
commit to the next.

- False: how many changes are found in the life of a series that is looked at after each of its 100 commits, and never
  changes.
- Found: a step of 5 or 10 % after 50 commits is found when 5 commits lie after it, at most 2 commits from where it is.
- Exact: where 20 commits lie after it, the share of the found ones whose place is right, and right within one commit.

Targets: at most 0.05 false changes for each series; with noise of 2 %, a step of 5 % is found in at least 80 %, and one
of 10 % in 99 %. The exit code is 1 if a target is missed by more than chance explains.

With --asv, asv's step detection looks at some of the same series, where the noise is 2 %; PYTHON is an interpreter that
has asv. A step counts once, however often it is seen, if it lies within 2 commits of one that was seen before.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from certify_simulated import DEFAULT, SCENARIOS, Scenario, ended, raced

from execbench.history.change_points import change_points, discoveries
from execbench.stats import Floats

SERIES = 1000
FEW = 10
"""Series that asv looks at, which takes it far longer."""
ASV_NOISE = 0.02

COMMITS = 100
STEP_AT = 50
WITHIN = 5
AFTER = 20
NEAR = 2
RACES = 4000

NOISES = (0.01, 0.02, 0.05)
STEPS = (0.05, 0.1)
MAX_FALSE = 0.05
POWERS = {(0.02, 0.05): 0.8, (0.02, 0.1): 0.99}
"""The least share of steps to be found, by noise and step."""

ASV = """\
import json, sys
from asv.step_detect import detect_steps

for line in sys.stdin:
    series, first = json.loads(line)
    seen = [[right for _, right, *_ in detect_steps(series[:end])[:-1]] for end in range(first, len(series) + 1)]
    print(json.dumps(seen), flush=True)
"""
"""Prints, for each series, the steps that are seen at each of its lengths from `first` on."""


@cache
def values_of(scenario: Scenario, races: int = RACES) -> Floats:
    """Return the log ratios of simulated races, scaled to a mean of 0 and a spread of 1."""
    logs = ended(raced(np.random.default_rng(0), scenario.noise, races, 0.0, DEFAULT).head, DEFAULT).mean
    return np.asarray((logs - logs.mean()) / logs.std())


def drawn(
    numbers: np.random.Generator, values: Floats, noise: float, shape: tuple[int, int], step: float = 0
) -> Floats:
    """Return series with a step, each in a row."""
    series = noise * numbers.choice(values, shape)
    series[:, STEP_AT:] += math.log1p(step)
    return np.asarray(series)


@dataclass(frozen=True)
class Row:
    """One kind of noise of one size."""

    scenario: str
    noise: float
    series: int
    false: float
    found: Sequence[float]
    exact: Sequence[float]
    within_one: Sequence[float]
    asv: Sequence[float]
    """False steps, and the shares of steps that were found."""

    @property
    def missed(self) -> bool:
        """Whether a target is missed by more than chance explains with this number of series."""
        if self.false > MAX_FALSE + 2.6 * math.sqrt(MAX_FALSE / self.series):
            return True
        wanted = [POWERS.get((self.noise, step), 0.0) for step in STEPS]
        return any(
            found < power - 2.6 * math.sqrt(power * (1 - power) / self.series)
            for found, power in zip(self.found, wanted, strict=True)
        )

    def __str__(self) -> str:
        shares = " ".join(
            f"{found:7.1%} {exact:6.0%} {one:6.0%}"
            for found, exact, one in zip(self.found, self.exact, self.within_one, strict=True)
        )
        asv = f" {self.asv[0]:7.2f} {' '.join(f'{found:6.0%}' for found in self.asv[1:])}" if self.asv else ""
        return (
            f"{self.scenario:20} {self.noise:5.0%} {self.false:7.3f} {shares}{asv}{'  missed' if self.missed else ''}"
        )


def certify(scenario: Scenario, noise: float, series: int, seed: int, asv: str | None = None) -> Row:
    """Simulate one kind of noise."""
    numbers, values = np.random.default_rng(seed), values_of(scenario)
    lives = drawn(numbers, values, noise, (series, COMMITS))
    false = sum(map(len, discoveries(list(lives))))
    stepped = [drawn(numbers, values, noise, (series, STEP_AT + AFTER), step) for step in STEPS]
    early, late = ([changes_near(rows[:, : STEP_AT + after]) for rows in stepped] for after in (WITHIN, AFTER))
    found = [sum(map(bool, each)) / series for each in early]
    places = [[place for near in each for place in near] for each in late]
    exact, within_one = (
        [float(np.mean([abs(place - STEP_AT) <= off for place in each])) for each in places] for off in (0, 1)
    )
    anchor = asv_of(asv, lives, [rows[:, : STEP_AT + WITHIN] for rows in stepped]) if asv and noise == ASV_NOISE else []
    return Row(scenario.name, noise, series, false / series, found, exact, within_one, anchor)


def changes_near(rows: Floats) -> list[list[int]]:
    """Return, for each series, the changes that are found near the step."""
    return [[place for place in places if abs(place - STEP_AT) <= NEAR] for places in change_points([*rows])]


def asv_of(python: str, lives: Floats, stepped: Sequence[Floats]) -> list[float]:
    """Return what asv makes of some of the same series: false steps, and the shares of steps that it found."""
    false = [len(distinct(seen)) for seen in asv_sees(python, lives[:FEW], 2)]
    shares = []
    for rows in stepped:
        last = [seen[-1] for seen in asv_sees(python, rows[:FEW], STEP_AT + WITHIN)]
        near = [[abs(place - STEP_AT) <= NEAR for place in places] for places in last]
        shares.append(sum(map(any, near)) / len(near))
    return [sum(false) / len(false), *shares]


def asv_sees(python: str, series: Floats, first: int) -> Iterator[list[list[int]]]:
    """Yield, for each series, the steps that asv sees at each of its lengths."""
    given = "".join(json.dumps([np.exp(-values).tolist(), first]) + "\n" for values in series)
    done = subprocess.run([python, "-c", ASV], input=given, capture_output=True, text=True, check=True)
    yield from map(json.loads, done.stdout.splitlines())


def distinct(seen: Sequence[Sequence[int]]) -> list[int]:
    """Return each step that was seen, once."""
    found: list[int] = []
    for place in (place for look in seen for place in look):
        if all(abs(place - other) > NEAR for other in found):
            found.append(place)
    return found


def main() -> int:
    """Certify every kind of noise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=SERIES, help="of each kind and size of noise")
    parser.add_argument("--noise", type=float, action="append", help="sizes of noise (default: 0.01, 0.02 and 0.05)")
    parser.add_argument("--asv", metavar="PYTHON", help="an interpreter that has asv")
    given = parser.parse_args()
    steps = " ".join(f"{step:7.0%} {'exact':>6} {'±1':>6}" for step in STEPS)
    print(f"{'noise':20} {'size':>5} {'false':>7} {steps}{'     asv     5 %   10 %' if given.asv else ''}")
    rows = []
    for number, (scenario, noise) in enumerate(itertools.product(SCENARIOS, given.noise or NOISES)):
        rows.append(certify(scenario, noise, given.series, number, given.asv))
        print(rows[-1], flush=True)
    return int(any(row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
