"""What somebody sees who watches a race on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

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
    running, _, finished = shown.rpartition("race 1 of 1: noop: launch 2")
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
