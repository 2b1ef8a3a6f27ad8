"""`execbench latency`: single calls on real executors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from execbench.records import artifact
from tests.conftest import Command

QUICK = ("--launches", "2", "--max-time", "0.01", "--max-workers", "2")

FORGETS = '''
"""Threads whose single calls give no result."""

from concurrent.futures import ThreadPoolExecutor


class backend(ThreadPoolExecutor):
    def submit(self, fn, /, *args):
        return super().submit(bool)
'''


@pytest.fixture(scope="module")
def measured(execbench: Command, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """What the command prints of threads, and its artifact."""
    path = tmp_path_factory.mktemp("latency") / "latency.json"
    return execbench("latency", "-b", "threads", *QUICK, "--json", path), path


def test_table(measured: tuple[Any, Path]) -> None:
    """The table has a row for each backend, with the plain call, and columns for empty calls and for arguments."""
    ended, _ = measured
    assert ended.returncode == 0
    assert "race 9 of 9" in ended.stderr  # each mode has a race of its own
    rows = [line.split()[0] for line in ended.stdout.splitlines() if line.startswith(("serial/w1 ", "threads/w2 "))]
    assert rows == ["serial/w1", "threads/w2"] * 2
    for heading in ("round trip", "99th percentile", "in turn", "at once", "first result", "cancelled", "10.0 MB"):
        assert heading in ended.stdout


def test_artifact_is_like_all_others(measured: tuple[Any, Path], execbench: Command) -> None:
    """The artifact holds a trial for each mode and argument, which `compare` and `report` read."""
    _, path = measured
    records = artifact.read(path).records
    threads = [record for record in records if record.backend == "threads"]
    assert [(record.mode, record.workload_options["nbytes"], record.size) for record in threads] == [
        ("in_turn", 0, 100),
        ("at_once", 0, 1000),
        ("cancel", 0, 1000),
        ("in_turn", 1_000, 50),
        ("at_once", 1_000, 200),
        ("in_turn", 100_000, 50),
        ("at_once", 100_000, 200),
        ("in_turn", 10_000_000, 10),
        ("at_once", 10_000_000, 10),
    ]
    assert "noop/threads/w2/n100/in_turn" in execbench("compare", path, path).stdout
    reported = execbench("report", path, "--format", "markdown").stdout
    assert "| `threads/w2` |" in reported
    assert "9 races, 18 trials, all of them ok" in reported


def test_csv_holds_what_is_noted(measured: tuple[Any, Path], execbench: Command) -> None:
    """The flat table has the mode of each trial, and what it noted."""
    _, path = measured
    head, *rows = execbench("report", path, "--format", "csv").stdout.splitlines()
    names = head.split(",")
    row = next(dict(zip(names, row.split(","), strict=True)) for row in rows if row.startswith("noop/threads/w2/n100/"))
    assert row["mode"] == "in_turn"
    assert 0 < float(row["round_trip_p50"]) <= float(row["round_trip_p99"])


def test_charts(measured: tuple[Any, Path], execbench: Command, tmp_path: Path) -> None:
    """The report has a chart of the round trips by argument, and one of the calls per second."""
    _, path = measured
    execbench("report", path, "-o", tmp_path / "latency.html")
    page = (tmp_path / "latency.html").read_text()
    assert "Round trip of a call, with 95 % intervals" in page
    assert "Empty calls per second, with 95 % intervals" in page


def test_trials_that_note_nothing(measured: tuple[Any, Path], execbench: Command, tmp_path: Path) -> None:
    """Trials of single calls without their figures, or with odd options, are shown with dashes."""
    _, path = measured
    content = json.loads(path.read_text())
    for entry in content["benchmarks"]:
        record = entry["extra_info"]["execbench"]
        record["noted"], record["workload_options"] = {}, {"nbytes": "many"}
    odd = tmp_path / "odd.json"
    odd.write_text(json.dumps(content))
    ended = execbench("report", odd, "--format", "markdown")
    assert ended.returncode == 0, ended.stderr
    assert "| `threads/w2` | - | - |" in ended.stdout


def test_backend_without_submit(execbench: Command) -> None:
    """A backend that was named and takes no single calls is refused, in a sentence."""
    ended = execbench("latency", "-b", "pool", *QUICK)
    assert ended.returncode == 2
    assert "the backend pool: Pool has no submit" in ended.stderr


def test_calls_without_a_result(execbench: Command, tmp_path: Path) -> None:
    """Results of single calls are checked like all others: where they are wrong, the trials fail."""
    (tmp_path / "forgets.py").write_text(FORGETS)
    ended = execbench("latency", "-b", tmp_path / "forgets.py", *QUICK)
    assert ended.returncode == 1
    failed = next(line for line in ended.stdout.splitlines() if line.startswith("failed "))
    assert "noop/forgets/w2/n100/in_turn" in failed
    assert "noop[nbytes=1000]/forgets/w2/n50/in_turn" in ended.stdout
    assert "wrong_result: " in ended.stdout


def test_bad_numbers_of_workers(execbench: Command) -> None:
    """What is not a number of workers is refused."""
    ended = execbench("latency", "--max-workers", "two", *QUICK[:4])
    assert (ended.returncode, "--max-workers two" in ended.stderr) == (2, True)
