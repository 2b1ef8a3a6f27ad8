"""What checking the results costs: its share of a race's time, with the defaults of `execbench run`.

    python benchmarks/check_tax.py [WORKLOAD...]

The races of several workloads take turns. What counts as checking is everything that the judge of a trial does: the
lane pickles the results into a file, the oracle loads and compares them, and numbered tasks prove their order. The
oracle's part of that is shown apart. Target: a share of at most 5 %.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from functools import wraps
from statistics import median
from typing import Concatenate, ParamSpec, TypeVar

from execbench.plugins.select import Request, select
from execbench.plugins.trial import Trial
from execbench.racing.judge import Judge
from execbench.racing.oracle import Oracle
from execbench.racing.race import Race
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery

WORKLOADS = ("cube", "word_count", "dataframe_rows", "normalise_rows", "matmul", "payload")
"""Results that are numbers, dicts, rows of frames, lists, sums of products, and large."""

STEPS = ("meet", "start", "finish", "check", "prove_order", "part")
"""What a judge does."""

P = ParamSpec("P")
Self = TypeVar("Self")
Result = TypeVar("Result")


class Clock:
    """Adds up the seconds of what it is put on."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._runs = False

    def on(self, step: Callable[Concatenate[Self, P], Result]) -> Callable[Concatenate[Self, P], Result]:
        """Return a method whose seconds count, once where one calls another."""

        @wraps(step)
        def timed(owner: Self, /, *args: P.args, **kwargs: P.kwargs) -> Result:
            if self._runs:
                return step(owner, *args, **kwargs)
            self._runs, start = True, time.perf_counter()
            try:
                return step(owner, *args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - start
                self._runs = False

        return timed


def measure(nursery: Nursery, trials: list[Trial], clocks: Sequence[Clock]) -> list[float]:
    """Run a race; return its seconds, and those of them that each clock counted."""
    for clock in clocks:
        clock.seconds = 0.0
    start = time.perf_counter()
    Race(trials, Settings(), nursery).run()
    return [time.perf_counter() - start, *(clock.seconds for clock in clocks)]


def main() -> None:
    """Print the share of each workload."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", default=WORKLOADS, metavar="WORKLOAD")
    parser.add_argument("--races", type=int, default=3, help="races of each workload (default: %(default)s)")
    parsed = parser.parse_args()
    checking, comparing = Clock(), Clock()
    for owner, clock, names in ((Judge, checking, STEPS), (Oracle, comparing, ("judge",))):
        for name in names:
            setattr(owner, name, clock.on(getattr(owner, name)))
    measured: dict[str, list[list[float]]] = {name: [] for name in parsed.workloads}
    with Nursery() as nursery:
        trials = {name: list(select(nursery, Request(workloads=[name])).trials) for name in measured}
        for _ in range(parsed.races):
            for name in random.sample(list(measured), len(measured)):
                measured[name].append(measure(nursery, trials[name], (checking, comparing)))
    print(f"{'workload':20}{'race':>10}   share of checks   of the oracle in that (medians of {parsed.races} races)")
    for name, races in measured.items():
        shares = [(race, checks / race, compared / race) for race, checks, compared in races]
        seconds, checks, compared = (median(column) for column in zip(*shares, strict=True))
        print(f"{name:20}{seconds:8.1f} s{checks:18.1%}{compared:24.1%}")


if __name__ == "__main__":
    main()
