"""A run that is stopped by signals at random moments and resumed, until it is whole: nothing may be lost or left."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import psutil

from execbench.records import artifact
from execbench.supervisor.process_tree import MARK

TOOLS = ("execbench", "pytest")
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WORKLOADS = ("noop", "wait", "word_count", "monte_carlo_pi", "imbalance")

_PYTEST = "def test_trial(trial, benchmark):\n    trial.run(benchmark)\n"


def commands(folder: Path) -> dict[str, list[str]]:
    """Return the same small run, by the command and under pytest."""
    (folder / "conftest.py").write_text('pytest_plugins = ["execbench.pytest_plugin"]\n')
    (folder / "test_trials.py").write_text(_PYTEST)
    path = str(folder / "artifact.json")
    matrix = [word for name in WORKLOADS for word in ("--workload", name)]
    matrix += ["--backend", "threads", "--launches", "1", "--max-workers", "2", "--size", "20"]
    programs = {
        "execbench": ["execbench", "run", "--max-time", "0.01", "--json", path],
        "pytest": ["pytest", "-q", "-p", "no:cacheprovider", "--benchmark-only", "--benchmark-max-time", "0.01"],
    }
    programs["pytest"] += [f"--benchmark-json={path}"]
    return {name: [sys.executable, "-m", *program, *matrix] for name, program in programs.items()}


def storm(tool: str, folder: Path, chance: random.Random, signals: Sequence[signal.Signals], strokes: int) -> int:
    """Stop a run at most so often, and let it end.

    Args:
        tool: `execbench` or `pytest`.
        folder: An empty folder.
        chance: Chooses the signals and the moments.
        signals: What is chosen from.
        strokes: The run is stopped at most this many times.

    Returns:
        How often the run was stopped.

    Raises:
        AssertionError: something was lost, left behind, or printed as a traceback.
    """
    temporary = folder / "temporary"
    temporary.mkdir()
    command, journal = commands(folder)[tool], folder / "artifact.json.journal"
    environment = {**os.environ, "TMPDIR": str(temporary)}
    kept: list[str] = []
    for stroke in range(strokes + 1):
        resume = ["--resume"] if journal.exists() else []
        with subprocess.Popen(
            [*command, *resume], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as run:
            sent = None
            if stroke < strokes and _has_begun(run, temporary):
                sent = _strike(run, chance.choice(signals), chance.uniform(0, 3))
            output = run.communicate(timeout=120)[0].decode()
        assert run.returncode in _expected(sent), (sent, run.returncode, output)
        assert "Traceback" not in output, (sent, output)
        assert not list(_left(temporary)), (sent, list(_left(temporary)))
        finished = _finished(journal)
        assert {*kept} <= {*finished, *_in_artifact(folder / "artifact.json")}, (sent, kept, finished, output)
        kept = finished
        if run.returncode == 0:
            break
    records = artifact.read(folder / "artifact.json").records
    assert {record.workload for record in records} == set(WORKLOADS)
    assert all(record.ok for record in records)
    assert not journal.exists()
    return stroke


def _expected(sent: signal.Signals | None) -> set[int]:
    """The exit codes of a run after a signal: that of Ctrl-C, for each tool, or of its end where it came too late.

    A signal that comes once the handlers are gone, after the artifact is written, ends the program as it always does.
    """
    if sent is None:
        return {0}
    return {0, -sent} if sent is signal.SIGKILL else {0, 130, 2, -sent}


def _has_begun(run: subprocess.Popen[bytes], temporary: Path) -> bool:
    """Wait until the run has made its temporary folder, as signals mean what they always mean until then."""
    while run.poll() is None and not any(temporary.iterdir()):
        sleep(0.01)
    return run.returncode is None


def _strike(run: subprocess.Popen[bytes], chosen: signal.Signals, seconds: float) -> signal.Signals | None:
    """Send the signal after a while; return None if the run has ended before."""
    with suppress(subprocess.TimeoutExpired):
        run.wait(seconds)
        return None
    run.send_signal(chosen)
    return chosen


def _finished(journal: Path) -> list[str]:
    """The races that a journal holds, in whole lines only."""
    lines = journal.read_text().split("\n")[1:-1] if journal.exists() else []
    return [json.loads(line)["race"][0] for line in lines]


def _in_artifact(path: Path) -> set[str]:
    """The workloads that an artifact holds, if there is one."""
    return {record.workload for record in artifact.read(path).records if record.ok} if path.exists() else set()


def _left(temporary: Path) -> Iterator[str]:
    """What is still there a few seconds after the end: processes of lanes, and temporary files."""
    deadline = monotonic() + 10
    while (found := [*_lanes(temporary), *map(str, temporary.iterdir())]) and monotonic() < deadline:
        sleep(0.05)
    yield from found


def _lanes(temporary: Path) -> Iterator[str]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            environment = process.environ()
            if MARK in environment and environment.get("TMPDIR") == str(temporary):
                yield " ".join(process.cmdline())
