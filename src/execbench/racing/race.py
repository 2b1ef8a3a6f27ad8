"""A race: all trials of one workload at one size, in launches and heats.

    launch 1                               launch 2
    open a | open b | open c               open c | open a | ...
    heat 1: b c a   heat 2: a b c  ...     heat 1: ...
    close a | close b | close c

Lanes open one at a time on a quiet machine; what is not timed (imports, tasks, checks, exits) they do concurrently.
In a heat, each open lane runs one round, in a new random order, so that the samples of a heat are taken within moments
of each other and can be divided by each other.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TypeAlias

from execbench import files
from execbench.plugins.trial import Trial
from execbench.racing.control import missing_controls
from execbench.racing.entrant import Entrant
from execbench.racing.oracle import Oracle
from execbench.racing.rounds import rounds_of, takes_part
from execbench.racing.standing import Standing
from execbench.racing.stopping import MAX_LAUNCHES, is_enough
from execbench.records.calls import with_one_call
from execbench.records.control import with_doubts_of_winners
from execbench.records.record import Record
from execbench.records.turn import with_doubts_of_turn
from execbench.settings import Settings
from execbench.stats import Interval, paired_ratio
from execbench.supervisor.lane import Nursery
from execbench.supervisor.layout import layout_of
from execbench.supervisor.python import Python
from execbench.supervisor.remaining import launches_expected
from execbench.supervisor.turn import Turn

Progress: TypeAlias = Callable[[str], object]
Seen: TypeAlias = Callable[[list[Record]], object]
"""What is called with the records so far, after each launch but the last."""

CHECKED = (Entrant.open, Entrant.start_check, Entrant.finish_check)
"""The steps of a launch whose lanes have their tasks, up to where its first call has been judged."""

OPENING = (Entrant.settle, *CHECKED, Entrant.prove_order, Entrant.warm_up)
CLOSING = (Entrant.close, Entrant.leave)
"""The steps of a launch before and after its timed rounds; all entrants finish one before the next begins."""


class Race:
    """Runs the trials of one workload at one size; the records so far are available at any time."""

    def __init__(
        self, trials: Sequence[Trial], settings: Settings, nursery: Nursery, warn: Progress = lambda text: None
    ) -> None:
        self._warn = warn
        self.name = trials[0].race[0]
        self._settings = settings
        self._nursery = nursery
        self._entrants = [Entrant(trial, settings) for trial in trials]
        self._random = random.Random(f"{settings.seed}/{self.name}")
        self._turn = Turn()
        self._launched = 0
        self._begun = 0.0
        self._oracles: dict[Python, Oracle] = {}
        """Those that have the expected results, while the race runs."""
        self._standing: Standing | None = None
        """None where no trial is settled."""
        self.code: dict[str, str] = {}
        """The digest of each of the user's files that a trial has imported, by path."""

    def run(self, progress: Progress = lambda text: None, seen: Seen = lambda records: None) -> None:
        """Launch until every trial is precise enough, out of time, or failed; an interrupt leaves no lane behind."""
        self._begun, self._turn = time.monotonic(), self._nursery.turn
        try:
            with ExitStack() as oracles:
                self._consult_oracles(oracles, progress)
                while due := self._due_next():
                    if self._launched:
                        seen(self._records_so_far())
                    progress(f"{self.name}: launch {self._launched + 1}{self._so_far()}")
                    self._launch(due, progress)
                    self._launched += 1
                    self._standing = self._stand()
                    self._note_code()
        except BaseException:
            for entrant in self._entrants:
                entrant.abandon()
            raise

    def records(self) -> list[Record]:
        """Return a record of each trial, including the baseline; trials that still need launches are cancelled."""
        return self._records({entrant: not self._is_due(entrant) for entrant in self._entrants})

    def _records_so_far(self) -> list[Record]:
        """Return a record of each trial that has been launched, as if it had finished."""
        return self._records({entrant: True for entrant in self._entrants if entrant.launches or entrant.failed})

    def _records(self, finished: Mapping[Entrant, bool]) -> list[Record]:
        records = []
        for entrant, is_finished in finished.items():
            settled = not entrant.failed and not self._is_known(entrant) and self._is_settled(entrant)
            speedup, baseline = self._speedup(entrant), self._baseline_of(entrant)
            records.append(entrant.record(speedup, baseline, finished=is_finished, settled=settled))
        records = with_doubts_of_turn(with_one_call(records), self._turn)
        return with_doubts_of_winners(records, self._settings.calls)

    def seconds_left(self) -> float | None:
        """Guess how long the race will still take, if its launches go on as they did; None before the first one."""
        lanes = sum(entrant.launches for entrant in self._entrants)
        if not lanes:
            return None
        around = (time.monotonic() - self._begun - sum(entrant.spent for entrant in self._entrants)) / lanes
        most = MAX_LAUNCHES * self._settings.launches
        missing = {
            entrant: launches_expected(*self._evidence(self._team_of(entrant)), self._settings, most) - entrant.launches
            for entrant in self._entrants
            if self._is_due(entrant)
        }
        longest = max(missing.values(), default=0.0)  # for those that the others are compared with
        costs = {entrant: around + entrant.spent / max(1, entrant.launches) for entrant in self._due()}
        return sum(missing.get(entrant, longest) * cost for entrant, cost in costs.items())

    def _so_far(self) -> str:
        """Say what the launches so far show: the first figures, long before the last."""
        ok = [entrant for entrant in self._entrants if entrant.samples and not entrant.failed]
        medians = sorted((entrant.samples.median, entrant.trial.id.removeprefix(f"{self.name}/")) for entrant in ok)
        figures = [f"{title} {seconds * 1e3:.3g} ms" for seconds, title in medians]
        return f" (so far {'; '.join(figures)})" if figures else ""

    def _note_code(self) -> None:
        """Keep the digests of the files that were imported, as they were when they first were."""
        for entrant in self._entrants:
            for file in entrant.files - self.code.keys():
                self.code[file] = files.digest(file)

    def _consult_oracles(self, stack: ExitStack, progress: Progress) -> None:
        """Start an oracle for each interpreter, and let the baseline have another with its own library threads."""
        if self._settings.check != "results":
            return
        progress(f"{self.name}: computing the expected results")

        def start(trial: Trial, *, baseline: bool = False) -> Oracle:
            return stack.enter_context(Oracle(self._nursery, trial, self._settings, baseline=baseline))

        pythons = {entrant.trial.python: entrant.trial for entrant in self._entrants}
        self._oracles = oracles = {python: start(trial) for python, trial in pythons.items()}
        for oracle in oracles.values():
            oracle.settle()
        for entrant in self._entrants:
            trial = entrant.trial
            second = (lambda trial=trial: start(trial, baseline=True).settle()) if trial.is_baseline else None
            entrant.consult(oracles[trial.python], second)
        if trial.workload.plugin.is_function:  # a workload has its effects on purpose
            for effect in dict.fromkeys(effect for oracle in oracles.values() for effect in oracle.expected.effects):
                self._warn(f"{self.name} {effect}: that happens again in each round")

    def _due(self) -> list[Entrant]:
        """Return the entrants that need another launch, with those that they are compared with, and their teams."""
        due = [entrant for entrant in self._entrants if self._is_due(entrant)]
        leader = [self._standing.leader] if self._standing and due else []
        names = {entrant.trial.control_of for entrant in due}
        winners = (entrant for entrant in self._entrants if entrant.trial.id in names)
        launched = {*due, *map(self._baseline_of, due), *leader, *winners}
        mates = (each for each in self._entrants if launched.intersection(self._team_of(each)))
        return [entrant for entrant in mates if not entrant.failed]

    def _due_next(self) -> list[Entrant]:
        """Return the entrants of the next launch: with the controls, once no rival of the leader is due."""
        leader = self._standing.leader if self._standing else None
        rivals = (entrant for entrant in self._entrants if entrant is not leader and not entrant.trial.is_baseline)
        if self._launched and not any(map(self._is_due, rivals)):
            self._add_controls()
        return self._due()

    def _add_controls(self) -> None:
        """Add the controls that the winners still need."""
        trials = [entrant.trial for entrant in self._entrants]
        for trial in missing_controls(trials, self.records(), self._settings.calls):
            control = Entrant(trial, self._settings)
            if trial.python in self._oracles:
                control.consult(self._oracles[trial.python], None)
            self._entrants.append(control)

    def _is_due(self, entrant: Entrant) -> bool:
        if entrant.failed or self._is_known(entrant):
            return False
        if self._standing is None:
            return True
        if entrant.trial.is_baseline:
            return any(self._is_due(other) for other in self._entrants if not other.trial.is_baseline)
        return not (self._is_settled(entrant) or self._is_tied(entrant, self._standing.leader))

    def _is_known(self, entrant: Entrant) -> bool:
        return bool(is_enough(*self._evidence(self._team_of(entrant)), self._settings))

    def _evidence(self, team: Sequence[Entrant]) -> tuple[int, float, float]:
        """Return a team's launches, the seconds that they took, and its precision."""
        return min(other.launches for other in team), max(other.spent for other in team), self._precision(team)

    def _is_settled(self, entrant: Entrant) -> bool:
        standing, baseline = self._standing, self._baseline_of(entrant)
        if standing is None or standing.leader is entrant or baseline is None or baseline is entrant:
            return False
        if (name := entrant.trial.control_of) is not None:
            winner = next(other for other in self._entrants if other.trial.id == name)
            return standing.clears(entrant, winner, baseline)
        return standing.has_settled(entrant)

    def _is_tied(self, entrant: Entrant, leader: Entrant) -> bool:
        """Return whether a trial that had its launches may be as fast as a leader that is known well enough.

        If the serial loop leads, the trial may be worth using, so it is launched until it is known itself.
        """
        if entrant is leader or leader.trial.is_baseline or entrant.trial.control_of is not None:
            return False
        return entrant.launches >= self._settings.launches and self._is_known(leader)

    def _stand(self) -> Standing | None:
        """Find the leader, once there are intervals and if trials may be settled.

        They may not if the user wants to know each of them that precisely, compares interpreters on each of them, or
        asks for few calls, of which the rounds tell little.
        """
        settings, pythons = self._settings, {entrant.trial.python for entrant in self._entrants}
        if settings.precision is not None or settings.calls != "many" or len(pythons) > 1:
            return None
        asked = [entrant for entrant in self._entrants if entrant.trial.control_of is None]
        rivals = {entrant: speedup.estimate for entrant in asked if (speedup := self._speedup(entrant))}
        speeds = {**{entrant: 1.0 for entrant in self._entrants if entrant.trial.is_baseline}, **rivals}
        possible = [entrant for entrant in speeds if entrant.is_possible(self._baseline_of(entrant))]
        if not rivals or not possible:
            return None
        return Standing(max(possible, key=speeds.__getitem__), asked, settings.launches)

    def _team_of(self, entrant: Entrant) -> list[Entrant]:
        """Return the entrants of the same trial, one per interpreter: launched together, they can be paired."""
        python, name = entrant.trial.python, entrant.trial.id
        same = (other for other in self._entrants if replace(other.trial, python=python).id == name)
        return [other for other in same if not other.failed]

    def _precision(self, team: Sequence[Entrant]) -> float:
        """Return the worst precision among a team's speedups and its ratios to its first member."""
        confidence = self._settings.confidence
        speedups = [self._speedup(entrant, confidence) for entrant in team]
        ratios = [paired_ratio(entrant.samples, team[0].samples, confidence) for entrant in team[1:]]
        return max((interval.precision for interval in (*speedups, *ratios) if interval is not None), default=0.0)

    def _launch(self, entrants: Sequence[Entrant], progress: Progress) -> None:
        """Start a lane for each entrant and run it to its end. Only what is not timed runs concurrently."""
        shuffled = self._random.sample(entrants, len(entrants))
        layout = layout_of(self._settings, self.name, self._launched)
        for entrant in shuffled:
            entrant.start(self._nursery, layout)
        for step in OPENING:
            for entrant in shuffled:
                if step is Entrant.open:
                    progress(f"{self.name}: launch {self._launched + 1}, opening {entrant.trial.id}")
                step(entrant)
        self._heats(entrants, progress)
        if self._settings.trace and not self._launched:  # after the timed rounds, so that it cannot affect them
            for entrant in shuffled:
                entrant.trace()
        for step in CLOSING:
            for entrant in shuffled:
                step(entrant)

    def _heats(self, entrants: Sequence[Entrant], progress: Progress) -> None:
        rounds = rounds_of(entrants, self._settings, self._team_of)
        heats = max(rounds.values(), default=0)
        for heat in range(heats):
            progress(f"{self.name}: launch {self._launched + 1}, heat {heat + 1} of {heats}")
            for entrant in self._random.sample(entrants, len(entrants)):
                if takes_part(heat, rounds.get(entrant, 0), heats):
                    entrant.round(self._launched, heat)

    def _speedup(self, entrant: Entrant, confidence: float = 0.95) -> Interval | None:
        baseline = self._baseline_of(entrant)
        if baseline is None or baseline is entrant:
            return None
        return paired_ratio(baseline.samples, entrant.samples, confidence)

    def _baseline_of(self, entrant: Entrant) -> Entrant | None:
        """Return the serial entrant under the same interpreter."""
        baselines = (other for other in self._entrants if other.trial.is_baseline)
        return next((other for other in baselines if other.trial.python == entrant.trial.python), None)
