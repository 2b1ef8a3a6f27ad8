"""The race of the candidates that can still win: in launches, until one is left, or the time is up.

All that are left run once in each launch, next to the loop, so that launches are paired. Where there are too many tasks
for the budget, a sample of them is raced: what a pool costs once is counted once, and the rest is scaled by what the
model makes of it.
"""

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from execbench.advice.budget import Budget
from execbench.advice.candidates import Candidate
from execbench.advice.probe import Work
from execbench.advice.sampling import ENOUGH_LAUNCHES, FOR_A_SMALL_GAIN, SECONDS_AROUND, Sampled, affordable
from execbench.advice.selection import FIRST_STAGE, choose, interval, survivors
from execbench.environment import library_threads, usable_cpus
from execbench.lane.status import Status
from execbench.plugins.baseline import BASELINE
from execbench.plugins.trial import Choice, Trial
from execbench.racing.entrant import Entrant
from execbench.racing.oracle import Oracle
from execbench.racing.race import CHECKED, CLOSING
from execbench.racing.rounds import takes_part
from execbench.records.calls import MANY, ONCE
from execbench.settings import PRECISION, Settings
from execbench.stats import Floats
from execbench.supervisor.lane import Nursery
from execbench.supervisor.layout import layout_of
from execbench.supervisor.python import Python

ROUND_SECONDS = 0.1
"""How long each candidate's rounds may take in a launch, if they are more than one."""

MOST_ROUNDS = 5
MOST_LAUNCHES = 24

WARM_LAUNCHES = 2
"""Launches with rounds, if the question is about one call of all tasks."""

LEAST_SECONDS = 0.1
"""What a lane takes for itself, whatever its imports are said to take."""

SLOWED_DOWN = 2.0
"""How many times as long imports take at most, beside others on all CPUs."""


@dataclass(frozen=True)
class Lap:
    """What one launch measured of one entrant, in seconds, for all tasks."""

    once: float
    """Opening, the first call, and closing."""
    again: float
    """A call of a pool that is warm; NaN if there was none in this launch."""
    raced: float
    """The same as `once`, for the tasks that were raced."""

    def seconds(self, calls: float) -> float:
        """Return the seconds of each of a number of calls."""
        if calls == ONCE:
            return self.once
        return self.again if calls == MANY else (self.once + (calls - 1) * self.again) / calls


@dataclass(frozen=True)
class Result:
    """What the race found of one candidate, or of the loop."""

    laps: Mapping[int, Lap]
    """By launch."""
    failure: str | None
    """What went wrong."""
    status: Status = "ok"
    given_up: bool = False
    """It may be the best, but there was no time for it."""

    def logs(self, launches: int, calls: float) -> Floats:
        """Return the logarithm of the seconds of each launch; NaN for those that it took no part in."""
        laps = (self.laps.get(launch) for launch in range(launches))
        return np.array([math.nan if lap is None else math.log(lap.seconds(calls)) for lap in laps])


class Contest:
    """Races candidates against each other and the loop."""

    def __init__(  # noqa: PLR0913, PLR0917 -- made by the adviser alone
        self,
        nursery: Nursery,
        work: Work,
        serial: Choice,
        candidates: Sequence[Candidate],
        sampled: Sampled,
        settings: Settings,
        budget: Budget,
    ) -> None:
        self._nursery, self._settings, self._budget, self._sampled = nursery, settings, budget, sampled
        base = Trial(work.workload, serial, work.size, work.size, sample=sampled.numbers)
        self.base = base
        """The trial of the loop."""
        self._trials = {BASELINE: base}
        for each in candidates:
            setting = each.setting
            self._trials[setting.id] = replace(
                base,
                backend=setting.backend,
                max_workers=setting.max_workers,
                chunksize=sampled.chunksizes[setting.id],
                sent_once=setting.sent_once,
                python=_with_one_thread() if each.kind == "loop" else base.python,
            )
        self._entrants = {name: Entrant(trial, settings) for name, trial in self._trials.items()}
        self._laps: dict[str, dict[int, Lap]] = {name: {} for name in self._trials}
        self._random = random.Random(settings.seed)
        self._lane_seconds, self._lane_imports = SECONDS_AROUND, 0.0
        """What one lane of a launch takes, and what its imports take beyond that."""
        self.launches = 0
        self.warm_launches = 0
        """Those in which there were rounds, which are the first ones."""
        self.remaining = list(self._trials)
        """Those that may be the best, and the loop."""
        self._given_up: set[str] = set()

    def run(
        self, oracle: Oracle, calls: float, reserve: float, import_seconds: float, progress: Callable[[str], object]
    ) -> None:
        """Race until one candidate is known to be as good as any, or only `reserve` seconds are left."""
        self._lane_imports = import_seconds / usable_cpus()
        for name, entrant in self._entrants.items():
            entrant.consult(oracle, self._second_opinion if name == BASELINE else None)
        try:
            while self._is_open(calls) and self._makes_time(calls, reserve):
                progress(f"launch {self.launches + 1}: {', '.join(self.remaining)}")
                self._launch(import_seconds, warm=self._needs_rounds(calls))
                self._eliminate(calls)
        finally:
            for entrant in self._entrants.values():
                entrant.abandon()

    def results(self) -> dict[str, Result]:
        """Return what was found of each."""
        return {name: self._result(name) for name in self._entrants}

    def _result(self, name: str) -> Result:
        record = self._entrants[name].record(None, finished=True)
        return Result(self._laps[name], None if record.ok else record.reason, record.status, name in self._given_up)

    def _second_opinion(self) -> Oracle:
        return Oracle(self._nursery, self._trials[BASELINE], self._settings, baseline=True).settle()

    def _is_open(self, calls: float) -> bool:
        """Return whether another launch can change the answer, or tell the gain more precisely.

        The race must not end as soon as the bound on the regret is small: looked at after each launch, it is too often
        small by chance, as benchmarks/certify_selection.py shows.
        """
        if len(self.remaining) < 2:
            return False
        if self.launches < 2:
            return True
        logs = self._logs(calls)
        fastest = int(choose(logs))
        gains = interval(logs[0] - logs[fastest])
        return int(survivors(logs).sum()) > 1 or gains.precision > PRECISION

    def _needs_rounds(self, calls: float) -> bool:
        """Return whether a launch needs more than its first call; two launches say what a pool gains that lives on."""
        return calls != ONCE or bool(self._sampled.numbers) or self.launches < WARM_LAUNCHES

    @property
    def _running(self) -> list[str]:
        """Those that have neither failed nor been given up; the loop is the first."""
        return [name for name in self._trials if not (self._entrants[name].failed or name in self._given_up)]

    def _logs(self, calls: float) -> Floats:
        """Return the logarithms of those that have not failed, the loop's first."""
        return np.array([self._result(name).logs(self.launches, calls) for name in self._running])

    def _makes_time(self, calls: float, reserve: float) -> bool:
        """Return whether there is time for another launch; give slow candidates up if the first launches took long."""
        lanes = self._budget.times(self._lane_seconds, self._lane_imports, reserve)
        if self.launches == MOST_LAUNCHES or lanes < 2:
            return False
        if 0 < self.launches < FIRST_STAGE:
            self._keep(calls, lanes, ENOUGH_LAUNCHES)
        elif self.launches and self._may_gain_nothing(calls):
            self._keep(calls, lanes, FOR_A_SMALL_GAIN)
        return lanes >= len(self.remaining)

    def _may_gain_nothing(self, calls: float) -> bool:
        """Return whether a candidate seems to be faster than the loop, and that is not certain."""
        logs = self._logs(calls)
        fastest = int(choose(logs))
        return fastest > 0 and not interval(logs[0] - logs[fastest]).excludes(1)

    def _keep(self, calls: float, lanes: int, enough: int) -> None:
        """Give up those that there is no time for."""
        logs = {name: float(self._result(name).logs(self.launches, calls).mean()) for name in self.remaining}
        kept = affordable(logs, lanes, self.launches, enough)
        self._given_up |= logs.keys() - set(kept)
        self.remaining = [name for name in self.remaining if name in kept]

    def _launch(self, import_seconds: float, *, warm: bool) -> None:
        """Start a lane for each that is left, open it, call it, let it run some rounds, and close it."""
        begun = time.monotonic()
        entrants = [self._entrants[name] for name in self.remaining]
        layout = layout_of(self._settings, self._trials[BASELINE].race[0], self.launches)
        for entrant in entrants:
            entrant.start(self._nursery, layout)
        for entrant in entrants:
            entrant.settle()
        settled = time.monotonic() - begun
        for step in CHECKED:
            for entrant in self._random.sample(entrants, len(entrants)):
                step(entrant)
        if warm:
            self._rounds(entrants)
            self.warm_launches += 1
        for step in CLOSING:
            for entrant in entrants:
                step(entrant)
        elapsed = time.monotonic() - begun
        # Lanes that import at the same time slow each other down, and always take some time for themselves.
        imports = SLOWED_DOWN * import_seconds * math.ceil(len(entrants) / usable_cpus())
        imports = min(imports, max(0.0, settled - LEAST_SECONDS * len(entrants)))
        self._budget.forgive(imports)
        self._note_laps()
        self.launches += 1
        self._lane_seconds = (elapsed - imports) / len(entrants)
        self._lane_imports = imports / len(entrants)

    def _rounds(self, entrants: Sequence[Entrant]) -> None:
        rounds = {entrant: _affordable_rounds(entrant) for entrant in entrants if not entrant.failed}
        heats = max(rounds.values(), default=0)
        for heat in range(heats):
            for entrant in self._random.sample(entrants, len(entrants)):
                if takes_part(heat, rounds.get(entrant, 0), heats):
                    entrant.round(self.launches, heat)

    def _note_laps(self) -> None:
        for name in self.remaining:
            entrant = self._entrants[name]
            if not entrant.failed:
                record = entrant.record(None, finished=True)
                phases = (record.startup_seconds, record.first_call_seconds, record.shutdown_seconds)
                rounds = [
                    taken
                    for taken, launch in zip(record.samples.seconds, record.samples.launch, strict=True)
                    if launch == self.launches
                ]
                opened, first, closed = (seconds[self.launches] for seconds in phases)
                again = median(rounds) if rounds else math.nan
                self._laps[name][self.launches] = self._lap(name, opened + closed, first, again)

    def _lap(self, name: str, around: float, first: float, again: float) -> Lap:
        raced = around + first
        if not self._sampled.numbers:
            return Lap(raced, again, raced)
        longer = again * self._sampled.scales[name]
        return Lap(around + max(0.0, first - again) + longer, longer, raced)

    def _eliminate(self, calls: float) -> None:
        """Keep the loop, and those that may still be the best; none without a loop to compare with."""
        if self._entrants[BASELINE].failed:
            self.remaining = []
            return
        stay = survivors(self._logs(calls))
        self.remaining = [
            name for name, may_win in zip(self._running, stay, strict=True) if may_win or name == BASELINE
        ]


def _with_one_thread() -> Python:
    """Return the interpreter of a loop whose libraries have as many threads as in a worker."""
    return Python(variables=tuple(f"{name}={value}" for name, value in library_threads(baseline=False).items()))


def _affordable_rounds(entrant: Entrant) -> int:
    first_call = entrant.record(None, finished=True).first_call_seconds[-1]
    return max(1, min(MOST_ROUNDS, int(ROUND_SECONDS / max(first_call, 1e-9))))
