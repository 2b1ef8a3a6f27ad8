"""Runs on one machine take turns."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import pytest

from execbench.records import artifact
from execbench.supervisor.process_tree import MARK
from execbench.supervisor.turn import LOCK_FOLDER, Turn, turn
from tests.conftest import Command
from tests.warm import WarmInterpreter

QUICK = ["--backend=threads", "--workload=noop", "--size=1", "--max-workers=1"]
RUN = ["run", *QUICK, "--launches=1", "--max-time=0.01", "--json=a.json"]

HOLDS = "import sys; from execbench.supervisor.turn import turn\nwith turn(print) as it: print(it, flush=True); input()"
"""Takes its turn, says so, and keeps it until it is told to go on."""

WAITS = {
    "run": ["-m", "execbench", *RUN],
    "doctor": ["-m", "execbench", "doctor"],
    "metg": ["-m", "execbench", "metg", "--backend=threads"],
    "break-even": ["-m", "execbench", "break-even", "--backend=threads"],
    "advise": ["-m", "execbench", "advise", "math:sqrt", "--tasks=range(9)"],
    "execbench.race": ["-c", "import execbench, math; execbench.race(math.sqrt, [1])"],
    "execbench.advise": ["-c", "import execbench, math; execbench.advise(math.sqrt, [1])"],
}
PYTEST = ["-m", "pytest", "-p", "no:cacheprovider", "--benchmark-only", *QUICK]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with tests of trials."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["execbench.pytest_plugin"]\n')
    (tmp_path / "test_trials.py").write_text("def test_trial(trial, benchmark):\n    trial.run(benchmark)\n")
    return tmp_path


@pytest.mark.parametrize("command", [*WAITS, pytest.param("pytest", marks=pytest.mark.slow)])
def test_second_run_waits(command: str, project: Path) -> None:
    """Whatever measures waits for the run that has the machine, names it, and can be interrupted."""
    with (
        turn(pytest.fail),
        subprocess.Popen(
            [sys.executable, *WAITS.get(command, PYTEST)], cwd=project, stderr=subprocess.PIPE, text=True
        ) as second,
    ):
        assert second.stderr is not None
        line = next(line for line in second.stderr if "waiting" in line)
        second.send_signal(signal.SIGINT)
        assert second.wait() != 0
    # The name of this process: pytest-xdist sets its title where it can.
    assert f"waiting for another run (process {os.getpid()}: {shlex.join(psutil.Process().cmdline())}"[:90] in line


def test_turn_passes_on(tmp_path: Path) -> None:
    """A run that waited races once the other has ended, says once that it waits, and has no doubt about it."""
    with turn(pytest.fail):
        second = subprocess.Popen([sys.executable, *WAITS["run"]], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        assert second.stderr is not None
        assert "waiting" in next(second.stderr)
    _, errors = second.communicate()
    assert second.returncode == 0, errors
    assert "waiting" not in errors
    assert _doubts(tmp_path) == set()


def test_no_wait(execbench: Command, tmp_path: Path) -> None:
    """`--no-wait` races beside another run, says so, and each trial has a doubt."""
    with turn(pytest.fail):
        finished = execbench(*RUN, "--no-wait", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr.count("racing at the same time as another run (process ") == 1
    assert _doubts(tmp_path) == {"not_alone"}
    assert "doubt not_alone" in finished.stdout


def test_no_wait_alone() -> None:
    """`--no-wait` without another run is no reason to doubt."""
    with turn(pytest.fail, wait=False) as taken:
        assert taken == Turn()


@pytest.mark.slow
def test_no_wait_under_pytest(warm: WarmInterpreter, project: Path) -> None:
    """`pytest --no-wait` races beside another run, and each trial has a doubt."""
    words = [*PYTEST[1:], "--no-wait", "--launches=1", "--benchmark-max-time=0.01", "--benchmark-json=a.json"]
    with turn(pytest.fail):
        finished = warm.run(words[0], words[1:], cwd=project, timeout=120)
    assert finished.returncode == 0, finished.stdout
    assert "racing at the same time as another run" in finished.stderr
    assert _doubts(project) == {"not_alone"}


def _doubts(folder: Path) -> set[str]:
    """Return the doubts about turns, which all trials must have alike."""
    (found,) = {
        frozenset(doubt.code for doubt in record.doubts if doubt.code in {"not_alone", "no_lock"})
        for record in artifact.read(folder / "a.json").records
    }
    return set(found)


def test_run_within_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run's own tasks start does not wait for it."""
    with turn(pytest.fail):
        monkeypatch.setenv(MARK, "run/1")
        with turn(pytest.fail) as taken:
            assert taken == Turn()


def test_killed_run() -> None:
    """A run that was killed keeps nobody waiting."""
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
        holder.wait()
    with turn(pytest.fail) as taken:
        assert taken == Turn()


def test_no_lock(execbench: Command, tmp_path: Path) -> None:
    """Where no lock can be made, a run races all the same, says why, and each trial has a doubt."""
    finished = execbench(*RUN, cwd=tmp_path, env={**os.environ, LOCK_FOLDER: str(tmp_path / "no" / "where")})
    assert finished.returncode == 0, finished.stderr
    assert f"{tmp_path / 'no' / 'where'} cannot be locked: No such file or directory" in finished.stderr
    assert _doubts(tmp_path) == {"no_lock"}


@pytest.mark.parametrize("kind", ["link", "file", "linked lock"])
def test_what_is_no_lock(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link, or anything else that stands where the lock should be, is left alone."""
    place, elsewhere = tmp_path / "lock", tmp_path / "elsewhere"
    elsewhere.mkdir()
    if kind == "link":
        place.symlink_to(elsewhere)
    elif kind == "file":
        place.touch()
    else:
        place.mkdir()
        (place / "machine.lock").symlink_to(elsewhere / "file")
    monkeypatch.setenv(LOCK_FOLDER, str(place))
    said: list[str] = []
    with turn(said.append) as taken:
        assert taken.error
    assert "cannot be locked" in said[0]
    assert not list(elsewhere.iterdir())


def test_file_that_somebody_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the lock's file is not believed, beyond the number of a process."""
    said: list[str] = []
    with turn(pytest.fail):
        Path(os.environ[LOCK_FOLDER], "machine.lock").write_text("1\n\x1b[2J ../../etc")
        with turn(said.append, wait=False) as taken:
            assert taken == Turn(other_runs=1)
    assert said == ["racing at the same time as another run"]


NOBODY = 65534


def _take_as(user: int, connection: Connection) -> None:
    """Become a user with a strict mask, take a turn without waiting, say how that went, and keep it until told."""
    os.umask(0o077)
    os.setuid(user)
    with turn(lambda text: None, wait=False) as taken:
        connection.send(taken)
        connection.recv()


@contextmanager
def _taken_by(user: int) -> Iterator[Turn]:
    """Yield how a turn went that another process has taken as another user."""
    ours, theirs = Pipe()
    process = get_context("fork").Process(target=_take_as, args=(user, theirs))  # as others cannot read this Python
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("go on")
        process.join()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can be several users")
@pytest.mark.parametrize("first", [0, NOBODY])
def test_other_users(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user sees the turn of another, whoever came first and whatever their masks are."""
    with turn(pytest.fail), tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o1777)
        monkeypatch.setenv(LOCK_FOLDER, f"{folder}/lock")
        with _taken_by(first) as one, _taken_by(NOBODY - first) as other:
            assert (one, other) == (Turn(), Turn(other_runs=1))
        with _taken_by(NOBODY - first) as other:
            assert other == Turn()
