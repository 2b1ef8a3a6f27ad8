"""A race: all lanes of one workload at one size, in launches, by heats.

    launch 1                               launch 2
    open a | open b | open c               open c | open a | ...
    heat 1: b c a   heat 2: a b c  ...     heat 1: ...
    close a | close b | close c

Lanes open one at a time on a quiet machine; what no clock watches (imports, tasks, oracles, exits) they do at once.
In a heat, each open lane runs one round, in an order shuffled anew, so that samples of one heat were taken within
moments of each other and can be divided by each other.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from execbench.plugins.trial import Trial
from execbench.racing.entrant import Entrant
from execbench.records.record import Record
from execbench.settings import Settings
from execbench.stats import Floats, Interval, paired_ratio
from execbench.supervisor.lane import Nursery

MAX_ROUNDS_PER_LAUNCH = 20
"""More rounds in one launch say little more, as launches differ from each other; time is better spent on launches."""

MIN_SHARE = 0.1
"""Seconds of timed rounds in a launch of a trial that opens at once. One that takes longer to open, warm up and call
for the first time gets as long again, as its launches are dearer."""

BASELINE_SHARE = 3
"""The baseline may take so many times as long, as every other trial is measured against it."""

MAX_LAUNCHES = 3
"""Times the planned launches: rounds far shorter than a lane's start would otherwise never spend their time."""

Progress: TypeAlias = Callable[[str], object]


class Race:
    """Runs the trials of one workload at one size; what was measured can be asked for at any moment."""

    def __init__(self, trials: Sequence[Trial], settings: Settings, nursery: Nursery) -> None:
        self.name = trials[0].race[0]
        self._settings = settings
        self._nursery = nursery
        self._entrants = [Entrant(trial, settings) for trial in trials]
        self._random = random.Random(f"{settings.seed}/{self.name}")
        self._launched = 0

    def run(self, progress: Progress = lambda text: None) -> None:
        """Launch until every trial is precise enough, out of time, or failed; an interrupt leaves no lane behind."""
        try:
            while due := self._starters():
                progress(f"{self.name}: launch {self._launched + 1}")
                self._launch(due, progress)
                self._launched += 1
        except BaseException:
            for entrant in self._entrants:
                entrant.abandon()
            raise

    def records(self) -> list[Record]:
        """Return a record of each trial, the baseline's among them; one that still needs launches is cancelled."""
        return [
            entrant.record(self._speedup(entrant), finished=not self._is_due(entrant)) for entrant in self._entrants
        ]

    def _starters(self) -> list[Entrant]:
        """The entrants that need one more launch, and the baselines that they are measured against."""
        due = [entrant for entrant in self._entrants if self._is_due(entrant)]
        baselines = [self._baseline_of(entrant) for entrant in due]
        return [
            entrant for entrant in self._entrants if not entrant.failed and (entrant in due or entrant in baselines)
        ]

    def _is_due(self, entrant: Entrant) -> bool:
        if entrant.failed:
            return False
        team = self._team_of(entrant)
        launches, spent = min(other.launches for other in team), max(other.spent for other in team)
        return not is_enough(launches, spent, self._precision(team), self._settings)

    def _team_of(self, entrant: Entrant) -> list[Entrant]:
        """The same trial under each interpreter: they are launched together, so that they can be paired."""
        same = (other for other in self._entrants if replace(other.trial, python=entrant.trial.python) == entrant.trial)
        return [other for other in same if not other.failed]

    def _precision(self, team: Sequence[Entrant]) -> float:
        """How well the worst known of a team's speedups and of its ratios to its first member is known."""
        confidence = self._settings.confidence
        speedups = [self._speedup(entrant, confidence) for entrant in team]
        ratios = [paired_ratio(entrant.samples, team[0].samples, confidence) for entrant in team[1:]]
        return max((interval.precision for interval in (*speedups, *ratios) if interval is not None), default=0.0)

    def _launch(self, entrants: Sequence[Entrant], progress: Progress) -> None:
        """One life of each lane. Only what no clock watches is done by all lanes at once."""
        shuffled = self._random.sample(entrants, len(entrants))
        for entrant in shuffled:
            entrant.start(self._nursery)
        for entrant in shuffled:
            entrant.settle()
        for entrant in shuffled:
            progress(f"{self.name}: launch {self._launched + 1}, opening {entrant.trial.id}")
            entrant.open()
        for entrant in shuffled:
            entrant.start_check()
        for entrant in shuffled:
            entrant.warm_up()
        self._heats(entrants, progress)
        self._traced_rounds(shuffled)
        for entrant in shuffled:
            entrant.close()
        for entrant in shuffled:
            entrant.leave()

    def _heats(self, entrants: Sequence[Entrant], progress: Progress) -> None:
        rounds = self._rounds(entrants)
        heats = max(rounds.values(), default=0)
        for heat in range(heats):
            progress(f"{self.name}: launch {self._launched + 1}, heat {heat + 1} of {heats}")
            for entrant in self._random.sample(entrants, len(entrants)):
                if entrant.racing and _takes_part(heat, rounds[entrant], heats):
                    entrant.round(self._launched, heat)

    def _traced_rounds(self, entrants: Sequence[Entrant]) -> None:
        """One for each lane of the first launch, if wanted: after its timed rounds, so that they know nothing of it."""
        if self._settings.trace and not self._launched:
            for entrant in entrants:
                if entrant.racing:
                    entrant.trace()

    def _rounds(self, entrants: Sequence[Entrant]) -> dict[Entrant, int]:
        """Fix how many rounds each open lane runs in this launch; the baseline runs in every heat."""
        settings = self._settings
        least = math.ceil(settings.min_rounds / settings.launches)

        def affordable(entrant: Entrant, times: float = 1) -> int:
            share = min(settings.max_time / settings.launches, max(MIN_SHARE, entrant.launch_seconds)) * times
            wanted = min(MAX_ROUNDS_PER_LAUNCH, int(share / max(entrant.warm_seconds, 1e-9)))
            return max(least, wanted, 1)

        racing = [entrant for entrant in entrants if entrant.racing]
        baselines = [entrant for entrant in racing if entrant.trial.is_baseline]
        alone = {entrant: affordable(entrant) for entrant in racing if entrant not in baselines}
        # A team's members share all of their heats, or could not be paired.
        rounds = {
            entrant: min(alone.get(other, count) for other in self._team_of(entrant))
            for entrant, count in alone.items()
        }
        ceiling = min((affordable(entrant, BASELINE_SHARE) for entrant in baselines), default=None)
        if ceiling is not None:
            rounds = {entrant: min(count, ceiling) for entrant, count in rounds.items()}
        heats = max(rounds.values(), default=ceiling or 0)
        return {**rounds, **dict.fromkeys(baselines, heats)}

    def _speedup(self, entrant: Entrant, confidence: float = 0.95) -> Interval | None:
        baseline = self._baseline_of(entrant)
        if baseline is None or baseline is entrant:
            return None
        return paired_ratio(baseline.samples, entrant.samples, confidence)

    def _baseline_of(self, entrant: Entrant) -> Entrant | None:
        """The serial entrant under the same interpreter."""
        for other in self._entrants:
            if other.trial.is_baseline and other.trial.python == entrant.trial.python:
                return other
        return None


def check(trial: Trial, settings: Settings, nursery: Nursery) -> Record:
    """Run one trial once, without racing it: open, first call, check, warm-up, close."""
    entrant = Entrant(trial, settings)
    try:
        entrant.start(nursery)
        for step in (entrant.settle, entrant.open, entrant.start_check, entrant.warm_up, entrant.close, entrant.leave):
            step()
    finally:
        entrant.abandon()
    return entrant.record(None, finished=True)


def _takes_part(heat: int, rounds: int, heats: int) -> bool:
    """Spread an entrant's rounds evenly over the heats of a launch."""
    return (heat + 1) * rounds // heats > heat * rounds // heats


def is_enough(
    launches: int, spent: float | Floats, precision: float | Floats, settings: Settings
) -> npt.NDArray[np.bool_]:
    """Return whether a trial needs no more launches, or has no more time.

    It looks at what was measured, so the certification simulates it too: for many races at once, given arrays.
    """
    if launches < settings.launches:
        return np.zeros(np.shape(precision), dtype=np.bool_)
    precise, out_of_time = np.asarray(precision) <= settings.precision, np.asarray(spent) >= settings.max_time
    return np.asarray(precise | out_of_time | (launches >= MAX_LAUNCHES * settings.launches))
