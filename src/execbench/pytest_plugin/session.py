"""What one pytest session selects, races and keeps, and the trial that a test gets."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from execbench.conformance.kit import kits
from execbench.environment import usable_cpus
from execbench.errors import BadInput
from execbench.plugins.select import select
from execbench.plugins.trial import Trial, by_race
from execbench.pytest_plugin import options
from execbench.pytest_plugin.checkup import Checkups
from execbench.pytest_plugin.live import LiveLine
from execbench.racing.check import check
from execbench.racing.run import Runner
from execbench.records import compose, journal
from execbench.records.journal import Journal
from execbench.records.record import Record
from execbench.report.escape import visible_lines
from execbench.report.race import race_document
from execbench.report.render.terminal import as_text
from execbench.supervisor.lane import Nursery
from execbench.supervisor.turn import turn

_CHECKED_TASKS = 8


class TrialFailed(Exception):
    """A trial that was not measured, or whose results were wrong."""


class ReplayClock:
    """A timer that moves by recorded samples: before each it reads 0.0, after it the sample, so nothing is rounded."""

    def __init__(self) -> None:
        self._readings: Iterator[float] = iter(())

    def load(self, samples: tuple[float, ...]) -> None:
        """Set the samples that the clock returns next."""
        self._readings = (reading for sample in samples for reading in (0.0, sample))

    def __call__(self) -> float:
        """Return 0.0 and the next sample in turn; after the last sample, only 0.0."""
        return next(self._readings, 0.0)


class TrialCase:
    """One trial as a test has it: the `trial` argument."""

    def __init__(self, trial: Trial, session: "Session") -> None:
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
        benchmark.group, benchmark.params = record.group, compose.params(record)
        benchmark.extra_info["execbench"] = msgspec.to_builtins(record)
        self.clock.load(tuple(record.samples.seconds))
        benchmark.pedantic(_raise_if_failed, args=(record,), rounds=max(1, len(record.samples)))


def _raise_if_failed(record: Record) -> None:
    if not record.ok:
        raise TrialFailed(f"{record.name}: {record.status}: {visible_lines(str(record.reason))}")


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
        self._checkers: ThreadPoolExecutor | None = None
        self._checks: dict[str, Future[Record]] = {}
        self._trials: list[Trial] = []
        self._runner: Runner | None = None
        self._journal: Journal | None = None
        self._settings = options.settings(config)

    def trials(self) -> list[Trial]:
        """Select once; bad input is kept until pytest can report it as such."""
        if not self._trials and self.bad_input is None:
            try:
                selection = select(self._open_nursery(), options.request(self._config))
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
                self._checkups = Checkups(kits(self._open_nursery(), self._config.getoption("backend")))
            except BadInput as error:
                self.bad_input = error
        return self._checkups

    def checkups_found(self) -> list[str]:
        """Return what the conformance kit has found, as tables."""
        return self._checkups.reports() if self._checkups else []

    def raced(self, trial: Trial) -> Record:
        """Return a trial's record; the first trial of a race runs it.

        The machine is taken for each race: in between, other tests may well start runs of their own.
        """
        assert self._runner is not None
        nursery = self._open_nursery()
        try:
            with ExitStack() as held:
                if trial.race not in self._runner.reached:
                    wait = not self._config.getoption("no_wait")
                    nursery.turn = held.enter_context(turn(self._live.say, wait=wait))
                records = self._runner.race(trial.race, self._live.step)
        finally:
            self._live.clear()
        return next(record for record in records if record.name == trial.id)

    def checked(self, trial: Trial) -> Record:
        """Return a record of one round over a few tasks; where no clock matters, several trials run at once."""
        if not self._checks:
            nursery, selected = self._open_nursery(), [entry for entry in self._trials if entry.id in self.selected]
            self._checkers = ThreadPoolExecutor(usable_cpus())
            self._checks = {
                entry.id: self._checkers.submit(check, entry.small(_CHECKED_TASKS), self._settings, nursery)
                for entry in selected
            }
        return self._checks[trial.id].result()

    def reports(self) -> list[str]:
        """Return the table and verdict of each race."""
        return [as_text(race_document(records, usable_cpus(), self._settings.calls)) for records in self._records()]

    def as_json(self) -> dict[str, Any]:
        """Return the artifact's top-level object."""
        return self._run().info(self.selected)

    def whole_artifact(self) -> bytes:
        """Return the artifact where pytest-benchmark writes none."""
        return compose.encode(compose.compose(self._run()))

    def has_raced(self) -> bool:
        """Return whether there is anything to keep."""
        return bool(self._records())

    def forget_if_whole(self) -> None:
        """Remove the journal where no race is left to run, as all that it holds is in the artifact."""
        if self._runner and self._journal and set(self._runner.reached) == set(self._runner.names):
            self._journal.remove()

    def close(self) -> None:
        """End whatever still runs."""
        if self._checkers is not None:
            self._checkers.shutdown(wait=False, cancel_futures=True)
        if self._nursery is not None:
            self._nursery.__exit__()
            self._nursery = None
        if self._checkers is not None:
            self._checkers.shutdown()  # its threads end, as their lanes have

    def _open_nursery(self) -> Nursery:
        if self._nursery is None:
            self._nursery = Nursery()
        return self._nursery

    def prepare_races(self) -> None:
        """Get ready to race all selected trials, with the baselines that they are measured against.

        Raises:
            BadInput: the journal cannot be written, another run writes it, or there is no such run to resume.
        """
        if not (self.racing and self.selected):
            return
        entrants = [
            trial
            for race in by_race(self._trials)
            if any(entry.id in self.selected for entry in race)
            for trial in race
            if trial.id in self.selected or trial.is_baseline
        ]
        self._live = LiveLine(self._config)
        self._journal = self._open_journal(entrants)
        self._config.add_cleanup(self._journal.close)
        self._runner = Runner(self._open_nursery(), self._settings, entrants, self._journal, self._warn)

    def _open_journal(self, entrants: Sequence[Trial]) -> Journal:
        option = self._config.getoption
        artifact, report = (Path(path) if path else None for path in (option("benchmark_json"), option("race_report")))
        journal.refuse_same(artifact, report)
        return journal.open_beside(
            artifact, entrants, self._settings, resume=option("resume"), seed=option("race_seed")
        )

    def _warn(self, text: str) -> None:
        self._config.issue_config_time_warning(pytest.PytestWarning(text), stacklevel=2)

    def _records(self) -> list[list[Record]]:
        """The records of each race that was run, or begun."""
        return [self._runner.records_of(race) for race in self._runner.reached] if self._runner else []

    def _run(self) -> compose.Run:
        records = [record for race in self._records() for record in race]
        return compose.Run(
            records=[record for record in records if record.name in self.selected],
            baselines=[each for each in records if not (each.name in self.selected or each.is_control)],
            controls=[record for record in records if record.is_control],
            calls=self._settings.calls,
            command=["pytest", *self._config.invocation_params.args],
            seed=self._journal.heading.seed if self._journal else self._settings.seed,
        )
