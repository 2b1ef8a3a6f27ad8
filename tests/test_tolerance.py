"""Results that are right within a tolerance, or cannot be compared: what a race says of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from execbench.records import artifact
from execbench.records.record import Record
from tests.conftest import Command

JOBS = """
import os
import threading

from execbench import Workload

def last_bits(task):
    return {"sum": [task + 1 + os.getpid() % 1000 / 2**45]}

def locks(task):
    return [task, threading.Lock()]

class Elusive:
    def __getstate__(self):
        return {"address": id(self)}

def elusive(task):
    return Elusive() if task < 9 else task

def area(width, height):
    return width * height

def pairs(size):
    return [(number, 3) for number in range(size)]

exact = Workload(fn=last_bits, tasks=range, size=9, tolerance=0)
loose = Workload(fn=last_bits, tasks=range, size=9, tolerance=0.5)
spread = Workload(fn=area, tasks=pairs, size=9, star=True)
negative = Workload(fn=area, tasks=pairs, size=9, tolerance=-1)
"""

QUICK = ("--launches", "1", "--max-time", "0.01", "--max-workers", "2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with functions whose results depend on the process."""
    (tmp_path / "jobs.py").write_text(JOBS)
    return tmp_path


def _raced(execbench: Command, folder: Path, *arguments: str) -> list[Record]:
    execbench("run", *arguments, *QUICK, "--json", "a.json", cwd=folder)
    return list(artifact.read(folder / "a.json").records)


def _numbers(record: Record, code: str) -> list[int | float]:
    return [number for doubt in record.doubts if doubt.code == code for number in doubt.numbers.values()]


def test_last_bits_are_right_with_a_doubt(execbench: Command, folder: Path) -> None:
    """Floats that differ in their last bits are right, and the doubt says how large the largest difference is."""
    for record in _raced(execbench, folder, "jobs.py:last_bits", "--tasks", "range(9)", "-b", "process_pool"):
        assert record.ok, record.reason
        (largest,) = _numbers(record, "last_bits")
        assert 0 < largest < 1e-9


@pytest.mark.parametrize("arguments", [("-w", "jobs.py:exact"), ("-w", "jobs.py:loose", "--tolerance", "0")])
def test_tolerance_of_zero_is_exact(execbench: Command, folder: Path, arguments: tuple[str, ...]) -> None:
    """With a tolerance of 0, from the workload or the command line, the same results are wrong."""
    for record in _raced(execbench, folder, *arguments, "-b", "process_pool"):
        assert record.status == "wrong_result"
        assert record.reason.startswith("task 0: ['sum'][0]: 1.0")  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "backend"), [("locks", "threads"), ("elusive", "process_pool")])
def test_incomparable_results_are_raced_with_a_doubt(execbench: Command, folder: Path, name: str, backend: str) -> None:
    """Results that nothing can compare, or that differ from their own copies, are not accused: a doubt counts them."""
    command = ("run", f"jobs.py:{name}", "--tasks", "range(9)", "-b", backend, *QUICK, "--json", "a.json")
    finished = execbench(*command, cwd=folder)
    assert finished.returncode == 0
    assert "Beware: some results cannot be compared" in finished.stdout
    assert [_numbers(record, "unchecked") for record in artifact.read(folder / "a.json").records] == [[9], [9]]


@pytest.mark.parametrize("arguments", [("-w", "jobs.py:spread"), ("-w", "jobs.py:spread", "--tasks", "[[1, 2]]")])
def test_workload_spreads_its_tasks(execbench: Command, folder: Path, arguments: tuple[str, ...]) -> None:
    """`Workload(star=True)` calls the function with the parts of each task, as `--star` does."""
    records = _raced(execbench, folder, *arguments, "-b", "process_pool")
    assert [record.status for record in records] == ["ok", "ok"]
    assert not any(_numbers(record, "last_bits") for record in records)  # they are exactly the same


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-w", "jobs.py:exact", "--tolerance", "1"), "'1' is not a number from 0 to below 1"),
        (("-w", "jobs.py:exact", "--tolerance", "nan"), "'nan' is not a number from 0 to below 1"),
        (("-w", "jobs.py:negative"), "its tolerance is -1; it must be a number from 0 to below 1"),
    ],
)
def test_bad_tolerance(execbench: Command, folder: Path, arguments: tuple[str, ...], message: str) -> None:
    """A tolerance that is none is said in a sentence, before any race."""
    finished = execbench("run", *arguments, *QUICK, cwd=folder)
    assert finished.returncode == 2
    assert message in " ".join(finished.stderr.split())
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize(("tolerance", "code"), [("0", 1), ("1e-6", 0)])
def test_pytest_takes_the_tolerance(folder: Path, tolerance: str, code: int) -> None:
    """`pytest --tolerance` accepts what `execbench run --tolerance` accepts."""
    (folder / "conftest.py").write_text('pytest_plugins = ["execbench.pytest_plugin"]\n')
    (folder / "test_it.py").write_text("def test_trial(trial, benchmark):\n    trial.run(benchmark)\n")
    options = [
        "--workload=jobs.py:loose",
        "--backend=process_pool",
        f"--tolerance={tolerance}",
        "-p",
        "no:cacheprovider",
    ]
    command = [sys.executable, "-m", "pytest", *options]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert finished.returncode == code, finished.stdout
