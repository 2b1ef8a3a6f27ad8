"""The pytest plugin: `def test_trial(trial, benchmark): trial.run(benchmark)` is a test of every selected trial.

Opt-in (`pytest_plugins = ["execbench.pytest_plugin"]`), so that its options can be short. With `--benchmark-only` or
`--benchmark-enable` the first trial of a race that pytest reaches runs the race of all selected trials of its
workload; each test then hands its own samples to its own `benchmark` fixture, through a clock that moves by them.
Otherwise each trial only checks the results of a few tasks.
"""

from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from execbench import files
from execbench.errors import BadInput
from execbench.pytest_plugin import options
from execbench.pytest_plugin.session import Session, TrialCase
from execbench.records import artifact
from execbench.report import write
from execbench.report.escape import visible, visible_lines
from execbench.report.race import run_document
from execbench.supervisor import signals

__all__ = ["TrialCase"]

_SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose what is raced; how it is measured, pytest-benchmark's own options say."""
    options.add_to(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Find out before any race whether the artifact can be written, and what cannot apply."""
    try:
        config.stash[_SESSION] = session = Session(config)
        path = config.getoption("benchmark_json")
        if path is not None:
            files.check_writable(Path(path), "artifact")
        if (report := config.getoption("race_report")) is not None:
            write.check(Path(report), traced=config.getoption("race_trace"))
    except BadInput as error:
        raise pytest.UsageError(visible_lines(str(error))) from error
    if session.racing:
        handlers = ExitStack()
        handlers.enter_context(signals.interrupting())
        config.add_cleanup(handlers.close)
        options.warn_of_what_cannot_apply(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each selected trial for every test function that takes `trial`; for the kit, of each check."""
    session = metafunc.config.stash[_SESSION]
    if {"contract_check", "chaos_probe"} & set(metafunc.fixturenames):
        session.checkups().parametrize(metafunc)
    if "trial" not in metafunc.fixturenames:
        return
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
        raise pytest.UsageError(f"execbench: {visible_lines(str(error))}")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which trials are left after -k and its like, and find what an interrupted run has finished of them."""
    ours = session.config.stash[_SESSION]
    for item in session.items:
        case = getattr(item, "callspec", None) and item.callspec.params.get("trial")  # type: ignore[attr-defined]
        if isinstance(case, TrialCase):
            ours.selected[case.trial.id] = item.nodeid
    try:
        ours.prepare_races()
    except BadInput as error:
        raise pytest.UsageError(f"execbench: {visible_lines(str(error))}") from error


def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Add the run, its failures and its hidden baselines to pytest-benchmark's JSON."""
    if config.stash[_SESSION].has_raced():
        output_json["execbench"] = config.stash[_SESSION].as_json()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Let pytest-benchmark write the artifact; where it cannot or does not, write it. Signals wait for it."""
    try:
        with signals.deferred():
            return (yield from _finish(session))
    except KeyboardInterrupt:  # pytest would show a traceback here
        pytest.exit("interrupted", pytest.ExitCode.INTERRUPTED)


def _finish(session: pytest.Session) -> Generator[None, object, object]:
    ours, path = session.config.stash[_SESSION], session.config.getoption("benchmark_json")
    ours.close()
    started = Path(path).stat().st_mtime_ns if path and Path(path).exists() else None
    try:
        with _numbering(session.config):
            result = yield
    except OSError as error:
        if not ours.has_raced():
            raise
        rescued = files.rescue(ours.whole_artifact(), ".json")
        raise pytest.UsageError(f"{path} could not be written ({error.strerror}); it is {rescued}") from error
    if path and ours.has_raced() and started == (Path(path).stat().st_mtime_ns if Path(path).exists() else None):
        files.write(Path(path), ours.whole_artifact())
    ours.forget_if_whole()
    _write_report(session.config)
    return result


def _numbering(config: pytest.Config) -> AbstractContextManager[object]:
    """Let one session at a time take the next number in the folder of `--benchmark-save` and `--benchmark-autosave`."""
    if not (config.getoption("benchmark_save") or config.getoption("benchmark_autosave")):
        return nullcontext()
    storage = config._benchmarksession.storage  # type: ignore[attr-defined]
    return FileLock(storage.path / ".lock") if hasattr(storage, "path") else nullcontext()


def _write_report(config: pytest.Config) -> None:
    given, session = config.getoption("race_report"), config.stash[_SESSION]
    if given is None or not session.has_raced():
        return
    try:
        write.write(run_document(artifact.parse(session.whole_artifact())), Path(given))
    except OSError as error:
        raise pytest.UsageError(f"the report {given} could not be written: {error.strerror}") from error


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print a table and a verdict for each race."""
    session = config.stash[_SESSION]
    if session.has_raced():
        terminalreporter.section("execbench")
        for line in (*session.reports(), *(f"left out: {reason}" for reason in session.left_out)):
            terminalreporter.write_line(visible_lines(line))
        if given := config.getoption("race_report"):
            terminalreporter.write_line(visible(f"The report is {given}"))
    if found := session.checkups_found():
        terminalreporter.section("execbench: what was checked, and what was seen")
        for table in found:
            terminalreporter.write_line(table)
