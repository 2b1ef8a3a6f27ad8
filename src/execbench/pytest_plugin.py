"""The pytest plugin: `def test_trial(trial, benchmark): trial.run(benchmark)` is a test of every selected trial.

Opt-in (`pytest_plugins = ["execbench.pytest_plugin"]`), so that its options can be short. With `--benchmark-only` or
`--benchmark-enable` the first trial of a race that pytest reaches runs the race of all selected trials of its
workload; each test then hands its own samples to its own `benchmark` fixture, through a clock that moves by them.
Otherwise each trial only checks the results of a few tasks.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from execbench import artifact
from execbench.errors import BadInput
from execbench.lane.process import Nursery
from execbench.race import Race, check
from execbench.record import Record
from execbench.report.terminal import race_report
from execbench.selection import Wish, parse_chunksizes, parse_counts, parse_python, select
from execbench.settings import Settings
from execbench.trial import Trial, by_race

_CHECKED_TASKS = 8
_SESSION = pytest.StashKey["_Session"]()

_CANNOT_APPLY = {
    "benchmark_timer": "lanes have the one clock",
    "benchmark_cprofile": "the tasks run in other processes",
    "benchmark_calibration_precision": "a round is always one map over all tasks",
    "benchmark_min_time": "a round is always one map over all tasks",
    "benchmark_warmup": "every launch has a warm-up round",
}


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

    def __init__(self, trial: Trial, session: _Session) -> None:
        self.trial = trial
        self.clock = ReplayClock()
        self._session = session

    def __repr__(self) -> str:
        return self.trial.id

    def run(self, benchmark: Any) -> None:
        """Race the trial, with all others of its workload, and hand its samples to the benchmark fixture.

        Raises:
            TrialFailed: it failed; the message is the reason.
        """
        if self._session.racing:
            self._replay(self._session.raced(self.trial), benchmark)
        else:
            benchmark.disabled = True
            benchmark.pedantic(_raise_if_failed, args=(self._session.checked(self.trial),))

    def _replay(self, record: Record, benchmark: Any) -> None:
        benchmark.name = benchmark.param = record.name
        benchmark.group, benchmark.params = record.group, artifact.params(record)
        benchmark.extra_info["execbench"] = record.as_json()
        self.clock.load(tuple(record.samples.seconds))
        benchmark.pedantic(_raise_if_failed, args=(record,), rounds=max(1, len(record.samples)))


def _raise_if_failed(record: Record) -> None:
    __tracebackhide__ = True
    if not record.ok:
        raise TrialFailed(f"{record.name}: {record.status}: {record.reason}")


class _Session:
    """What one pytest session selects, races and keeps."""

    def __init__(self, config: pytest.Config) -> None:
        self.racing = bool(config.getoption("benchmark_only") or config.getoption("benchmark_enable"))
        self.bad_input: BadInput | None = None
        self.selected: dict[str, str] = {}
        """The node id of each selected trial."""
        self._config = config
        self._nursery: Nursery | None = None
        self._trials: list[Trial] = []
        self._races: dict[tuple[str, int], Race] = {}
        self._settings = _settings(config)

    def trials(self) -> list[Trial]:
        """Select once; bad input is kept until pytest can report it as such."""
        if not self._trials and self.bad_input is None:
            try:
                selection = select(self._open_nursery(), _wish(self._config))
                self._trials = list(selection.trials)
                self.left_out = selection.left_out
            except BadInput as error:
                self.bad_input = error
        return self._trials

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
        return [race_report(race.records()) for race in self._races.values()]

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose what is raced; how it is measured, pytest-benchmark's own options say."""
    group = parser.getgroup("execbench", "execbench: races of executor backends")
    several = {"action": "append", "default": [], "metavar": "NAME"}
    group.addoption("--backend", help="backend to race, as in 'pool[call=starmap]'; repeatable", **several)
    group.addoption("--workload", help="workload to race, as in 'spin[steps=2000]'; repeatable", **several)
    group.addoption("--max-workers", metavar="N[,N]", help="numbers of workers; default: the usable CPUs")
    group.addoption("--size", metavar="N[,N]", help="numbers of tasks; default: the workload's own")
    group.addoption("--chunksize", metavar="SIZE", default="fair", help="fair, library or a number; default: fair")
    group.addoption("--launches", type=int, metavar="N", help="at least so many lives of each lane; default: 5")
    group.addoption("--round-timeout", type=float, metavar="SECONDS", help="a longer round is hung; default: 60")
    group.addoption("--race-seed", type=int, metavar="N", help="of the order within heats; default: drawn")
    group.addoption("--python", action="append", default=[], metavar="[NAME=]PATH", help="interpreter; repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Find out before any race whether the artifact can be written, and what cannot apply."""
    try:
        config.stash[_SESSION] = session = _Session(config)
        path = config.getoption("benchmark_json")
        if path is not None:
            artifact.check_writable(Path(path))
    except BadInput as error:
        raise pytest.UsageError(str(error)) from error
    if session.racing:
        _warn_of_what_cannot_apply(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each selected trial, for every test function that takes `trial`."""
    if "trial" not in metafunc.fixturenames:
        return
    session = metafunc.config.stash[_SESSION]
    cases = [TrialCase(trial, session) for trial in session.trials()]
    metafunc.parametrize(
        "trial",
        [
            pytest.param(
                case, id=case.trial.id, marks=pytest.mark.benchmark(timer=case.clock, group=case.trial.race[0])
            )
            for case in cases
        ],
    )


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """Report what the user gave and cannot be used, now that pytest shows it without a traceback."""
    if (error := config.stash[_SESSION].bad_input) is not None:
        raise pytest.UsageError(f"execbench: {error}")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which trials are left after -k and its like."""
    ours = session.config.stash[_SESSION]
    for item in session.items:
        case = getattr(item, "callspec", None) and item.callspec.params.get("trial")  # type: ignore[attr-defined]
        if isinstance(case, TrialCase):
            ours.selected[case.trial.id] = item.nodeid


def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Add the run, its failures and its hidden baselines to pytest-benchmark's JSON."""
    if config.stash[_SESSION].has_raced():
        output_json["execbench"] = config.stash[_SESSION].as_json()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Let pytest-benchmark write the artifact; where it cannot or does not, write it."""
    ours, path = session.config.stash[_SESSION], session.config.getoption("benchmark_json")
    ours.close()
    started = Path(path).stat().st_mtime_ns if path and Path(path).exists() else None
    try:
        result = yield
    except OSError as error:
        if not ours.has_raced():
            raise
        rescued = artifact.rescue(ours.whole_artifact())
        raise pytest.UsageError(f"{path} could not be written ({error.strerror}); it is {rescued}") from error
    if path and ours.has_raced() and started == (Path(path).stat().st_mtime_ns if Path(path).exists() else None):
        artifact.write(Path(path), ours.whole_artifact())
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print a table and a verdict for each race."""
    reports = config.stash[_SESSION].reports()
    if reports:
        terminalreporter.section("execbench")
        for report in reports:
            terminalreporter.write_line(report)


def _wish(config: pytest.Config) -> Wish:
    max_workers, size = config.getoption("max_workers"), config.getoption("size")
    return Wish(
        backends=config.getoption("backend"),
        workloads=config.getoption("workload"),
        max_workers=parse_counts("--max-workers", max_workers) if max_workers is not None else (),
        sizes=parse_counts("--size", size) if size is not None else (),
        chunksizes=parse_chunksizes(config.getoption("chunksize")),
        pythons=tuple(parse_python(text) for text in config.getoption("python")),
    )


def _settings(config: pytest.Config) -> Settings:
    """Take pytest-benchmark's options for what they are, and ours for the rest."""
    given = {
        "launches": config.getoption("launches"),
        "round_timeout": config.getoption("round_timeout"),
        "seed": config.getoption("race_seed"),
        "precision": config.getoption("benchmark_precision"),
        "max_time": float(config.getoption("benchmark_max_time")),
        "min_rounds": config.getoption("benchmark_min_rounds"),
        "disable_gc": config.getoption("benchmark_disable_gc"),
    }
    if given["precision"] is not None:
        given["confidence"] = config.getoption("benchmark_confidence")
    for name in ("launches", "round_timeout"):
        if given[name] is not None and not given[name] > 0:
            raise BadInput(f"--{name.replace('_', '-')} {given[name]}: give a number above 0")
    return Settings(**{name: value for name, value in given.items() if value is not None})


def _warn_of_what_cannot_apply(config: pytest.Config) -> None:
    for option, why in _CANNOT_APPLY.items():
        words = f"--{option.replace('_', '-')}"
        if any(argument.partition("=")[0] == words for argument in map(str, config.invocation_params.args)):
            config.issue_config_time_warning(pytest.PytestConfigWarning(f"{words} does not apply: {why}"), stacklevel=2)
