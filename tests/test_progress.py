"""What somebody sees who watches a race on a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from execbench.settings import Settings
from execbench.supervisor.remaining import in_words, launches_expected, of_run
from tests.conftest import Command

SUITE = 'pytest_plugins = ["execbench.pytest_plugin"]\n'
TEST = "def test_trial(trial, benchmark):\n    trial.run(benchmark)\n"
RACE = ("--workload=noop", "--backend=threads")


def _watched(folder: Path, *command: str) -> str:
    """Run a Python module with a terminal as its standard error and output, and return all that appeared on it."""
    ours, theirs = pty.openpty()
    wide = {**os.environ, "COLUMNS": "150"}
    with subprocess.Popen(
        [sys.executable, "-m", *command], cwd=folder, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, env=wide
    ) as process:
        os.close(theirs)
        shown = b""
        with open(ours, "rb", buffering=0) as terminal:
            try:
                while part := terminal.read(65536):
                    shown += part
            except OSError:  # Linux says so where others say that nothing is left
                pass
    assert process.returncode == 0, shown.decode(errors="replace")
    return shown.decode()


def test_table_after_the_first_launch(tmp_path: Path) -> None:
    """A terminal shows a table while the race runs, with what happens below it, and in the end the table alone."""
    shown = _watched(tmp_path, "execbench", "run", *RACE, "--launches=2", "--max-time=0.01", "--json=a.json")
    running, _, finished = shown.rpartition("noop: launch 2")
    assert "launch 1" in running
    assert "speedup [95 %]" in running
    assert "threads/w" in running[running.index("speedup [95 %]") :]
    assert "Stay serial" in finished
    assert "race 1 of 1" not in finished


def test_line_under_pytest(tmp_path: Path) -> None:
    """Under pytest a terminal shows which race runs, in a line that is gone before the next result is printed."""
    (tmp_path / "conftest.py").write_text(SUITE)
    (tmp_path / "test_it.py").write_text(TEST)
    options = ("--benchmark-only", "--launches=1", "--benchmark-max-time=0.01", "-p", "no:cacheprovider")
    shown = _watched(tmp_path, "pytest", *options, *RACE)
    before, _, after = shown.rpartition("race 1 of 1: noop: launch 1")
    assert "race 1 of 1: noop: computing the expected results" in before
    assert "2 passed" in after
    assert after.index("\r" + " " * 40) < after.index("test_it.py ")


def test_log_says_how_long_it_will_take(execbench: Command, tmp_path: Path) -> None:
    """A log gets a line for each launch; from the second one on, it says what is left."""
    finished = execbench("run", *RACE, "--launches=2", "--max-time=0.01", "--precision=9", cwd=tmp_path)
    lines = [line for line in finished.stderr.splitlines() if line.startswith("race")]
    assert [re.sub(r"about \d+ s", "about N s", line).partition(" (so far")[0] for line in lines] == [
        "race 1 of 1: noop: computing the expected results",
        "race 1 of 1: noop: launch 1",
        "race 1 of 1 (about N s left): noop: launch 2",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "5 s"), (17, "15 s"), (58, "60 s"), (61, "1 min"), (150, "2 min"), (3599, "60 min"), (5400, "1.5 h")],
)
def test_time_in_words(seconds: float, words: str) -> None:
    """What is left is said no more precisely than it can be known."""
    assert in_words(seconds) == f"about {words} left"


def test_races_to_come_take_as_long_as_those_before() -> None:
    """A run that has done races of 10 and 20 seconds expects 15 for each of those to come."""
    assert of_run(4.0, [10.0, 20.0], 3) == 4.0 + 3 * 15.0


def test_launches_to_come() -> None:
    """A trial needs its planned launches, then those that make it precise, unless its time is up before that."""
    settings = Settings(launches=5, max_time=1.0)
    assert launches_expected(2, 0.1, 0.5, settings, 15) == 5
    assert launches_expected(5, 0.1, 0.14, settings, 15) == pytest.approx(9.8)
    assert launches_expected(5, 0.5, 0.5, settings, 15) == pytest.approx(10.0)
    assert launches_expected(5, 0.1, 0.5, settings, 15) == 15
