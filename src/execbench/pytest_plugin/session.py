"""What one pytest session selects, races and keeps, and how a test gets at its trial."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from execbench import artifact
from execbench.environment import usable_cpus
from execbench.errors import BadInput
from execbench.lane.process import Nursery
from execbench.pytest_plugin import options
from execbench.pytest_plugin.checkup import Checkups
from execbench.race import Race, check
from execbench.record import Record
from execbench.report.terminal import race_report
from execbench.selection import select
from execbench.trial import Trial, by_race

_CHECKED_TASKS = 8


class TrialFailed(Exception):
    """A trial that was not measured, or whose results were wrong."""


class ReplayClock:
    """A timer that moves by recorded samples: before each it reads 0.0, after it the sample, so nothing is rounded."""

    def __init__(self) -> None:
        self._readings: Iterator[float] = iter(())

    def load(self, samples: tuple[float, ...]) -> None:
        """Make the clock ready for so many rounds."""
        self._readings = (reading for sample in samples for reading in (0.0, sample))

    def __call__(self) -> float:
        """Return 0.0 and the next sample in turn; 0.0 for ever after the last."""
        return next(self._readings, 0.0)


class TrialCase:
    """One trial as a test has it: the `trial` argument."""

    def __init__(self, trial: Trial, session: Session) -> None:
        self.trial = trial
        self.clock = ReplayClock()
        self._session = session

    def __repr__(self) -> str:
        return self.trial.id

    def run(self, benchmark: Any) -> None:
        """Race the trial, with all others of its workload, and hand its samples to the benchmark fixture.

        A trial that failed fails the test, with its reason.
        """
        try:
            if self._session.racing:
                self._replay(self._session.raced(self.trial), benchmark)
            else:
                benchmark.disabled = True
                benchmark.pedantic(_raise_if_failed, args=(self._session.checked(self.trial),))
        except TrialFailed as failure:  # pytest-benchmark has seen it; a traceback of its insides would tell nobody
            pytest.fail(str(failure), pytrace=False)

    def _replay(self, record: Record, benchmark: Any) -> None:
        benchmark.name = benchmark.param = record.name
        benchmark.group, benchmark.params = record.group, artifact.params(record)
        benchmark.extra_info["execbench"] = record.as_json()
        self.clock.load(tuple(record.samples.seconds))
        benchmark.pedantic(_raise_if_failed, args=(record,), rounds=max(1, len(record.samples)))


def _raise_if_failed(record: Record) -> None:
    if not record.ok:
        raise TrialFailed(f"{record.name}: {record.status}: {record.reason}")


class Session:
    """What one pytest session selects, races and keeps."""

    def __init__(self, config: pytest.Config) -> None:
        self.racing = bool(config.getoption("benchmark_only") or config.getoption("benchmark_enable"))
        if "PYTEST_XDIST_WORKER" in os.environ:  # races of several workers would disturb each other
            self.racing = False
        self.bad_input: BadInput | None = None
        self.selected: dict[str, str] = {}
        """The node id of each selected trial."""
        self.left_out: Sequence[str] = ()
        self._config = config
        self._nursery: Nursery | None = None
        self._checkups: Checkups | None = None
        self._trials: list[Trial] = []
        self._races: dict[tuple[str, int], Race] = {}
        self._settings = options.settings(config)

    def trials(self) -> list[Trial]:
        """Select once; bad input is kept until pytest can report it as such."""
        if not self._trials and self.bad_input is None:
            try:
                selection = select(self._open_nursery(), options.wish(self._config))
                self._trials = list(selection.trials)
                self.left_out = selection.left_out
            except BadInput as error:
                self.bad_input = error
        return self._trials

    def checkups(self) -> Checkups:
        """Choose the backends that the conformance kit checks; bad input is kept until pytest can report it."""
        if self._checkups is None:
            self._checkups = Checkups()
            try:
                self._checkups.select(self._open_nursery(), self._config.getoption("backend"))
            except BadInput as error:
                self.bad_input = error
        return self._checkups

    def checkups_found(self) -> list[str]:
        """Return what the conformance kit has found, as tables."""
        return self._checkups.reports() if self._checkups else []

    def raced(self, trial: Trial) -> Record:
        """Return a trial's record; the first trial of a race runs it."""
        if trial.race not in self._races:
            race = self._races[trial.race] = Race(self._entrants(trial), self._settings, self._open_nursery())
            race.run()
        return next(record for record in self._races[trial.race].records() if record.name == trial.id)

    def checked(self, trial: Trial) -> Record:
        """Return a record of one round over a few tasks."""
        return check(trial.small(_CHECKED_TASKS), self._settings, self._open_nursery())

    def reports(self) -> list[str]:
        """Return the table and verdict of each race."""
        return [race_report(race.records(), usable_cpus=usable_cpus()) for race in self._races.values()]

    def as_json(self) -> dict[str, Any]:
        """Return the artifact's top-level object."""
        return self._run().as_json(self.selected)

    def whole_artifact(self) -> dict[str, Any]:
        """Return the artifact where pytest-benchmark writes none."""
        return artifact.compose(self._run())

    def has_raced(self) -> bool:
        """Tell whether there is anything to keep."""
        return bool(self._races)

    def close(self) -> None:
        """End whatever still runs."""
        if self._nursery is not None:
            self._nursery.__exit__()
            self._nursery = None

    def _open_nursery(self) -> Nursery:
        if self._nursery is None:
            self._nursery = Nursery()
        return self._nursery

    def _entrants(self, trial: Trial) -> list[Trial]:
        """All selected trials of a race, and the baselines that they are measured against."""
        (race,) = [race for race in by_race(self._trials) if race[0].race == trial.race]
        return [entry for entry in race if entry.id in self.selected or entry.is_baseline]

    def _run(self) -> artifact.Run:
        records = [record for race in self._races.values() for record in race.records()]
        return artifact.Run(
            records=[record for record in records if record.name in self.selected],
            baselines=[record for record in records if record.name not in self.selected],
            command=["pytest", *self._config.invocation_params.args],
            seed=self._settings.seed,
        )
