"""Functions raced as they are, without a Workload: where their tasks come from, and what is said where that fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from execbench.errors import BadInput
from execbench.plugins import describe
from execbench.plugins.select import Request, parse_tasks, select
from execbench.records import artifact
from execbench.records.record import Record
from execbench.supervisor.lane import Nursery
from tests.conftest import Command

JOBS = """
import itertools
import math

def root(number):
    return math.sqrt(float(number)), math.log(float(number)) if float(number) else math.nan

def area(width, height):
    return float(width) * float(height)

class Circle:
    @staticmethod
    def area(radius):
        return 3.14 * radius ** 2

def inputs():
    return [4.0, 9.0, 16.0]

def divisors(number):
    return (other for other in range(1, number + 1) if number % other == 0)

def sized(size=7):
    return list(range(size))

def made():
    yield from range(5)

pairs = [(1, 2), (3, 4)]
named = [{"width": 1, "height": 3}, {"width": 2, "height": 4}]
generator = (number for number in range(6))
nothing = []
number = 3
endless = itertools.count()
"""

WAITS = """
from multiprocessing import Pool

def fn(task):
    return task

with Pool(1) as pool:
    pool.map(fn, [1])
"""

FILES = {
    "lines.txt": "1\n4\n9\n",
    "items.json": "[1, 4, 9]",
    "items.jsonl": "1\n4\n",
    "rows.csv": "width,height\n1,2\n3,4\n",
    "broken.jsonl": "1\n{\n",
    "broken.json": "[1,",
    "image.png": "",
    "exits.py": "import sys\nsys.exit(3)\n",
    "waits.py": WAITS,
    "raises.py": "def fn(task):\n    return task\n\nraise RuntimeError('no config')\n",
}

QUICK = ("-b", "process_pool", "--launches", "1", "--max-time", "0.01", "--max-workers", "2")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of functions, and files of tasks."""
    monkeypatch.chdir(tmp_path)
    for name, content in {"jobs.py": JOBS, **FILES}.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def _records(path: Path) -> list[Record]:
    return list(artifact.read(path).records)


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        (("jobs.py:root", "--tasks", "range(20)"), 20),
        (("jobs.py:root", "--tasks", "[1, 4.0, 9]"), 3),
        (("jobs.py:root", "--tasks", "jobs.py:inputs"), 3),
        (("jobs.py:root", "--tasks", "jobs.py:sized"), 7),
        (("jobs.py:root", "--tasks", "jobs.py:made"), 5),
        (("jobs.py:root", "--tasks", "jobs.py:generator"), 6),
        (("jobs.py:root", "--tasks", "lines.txt"), 3),
        (("jobs.py:root", "--tasks", "items.json"), 3),
        (("jobs.py:root", "--tasks", "items.jsonl"), 2),
        (("math:sqrt", "--tasks", "range(5)"), 5),
        (("datetime:date.fromisoformat", "--tasks", '["2026-11-28"]'), 1),
        (("jobs.py:Circle.area", "--tasks", "range(5)"), 5),
        (("jobs.py:area", "--tasks", "jobs.py:pairs", "--star"), 2),
        (("jobs.py:area", "--tasks", "jobs.py:named", "--star"), 2),
        (("jobs.py:area", "--tasks", "rows.csv", "--star"), 2),
    ],
)
def test_function_is_raced(execbench: Command, folder: Path, arguments: tuple[str, ...], size: int) -> None:
    """A function is raced on tasks from anywhere, under its own name, without an import of execbench."""
    finished = execbench("run", *arguments, *QUICK, "--json", "a.json", cwd=folder)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    name = re.split("[:.]", arguments[0])[-1]
    assert {(record.name, record.size) for record in _records(folder / "a.json")} == {
        (f"{name}/serial/w1", size),
        (f"{name}/process_pool/w2", size),
    }


def test_size_takes_the_first_tasks(execbench: Command, folder: Path) -> None:
    """`--size` takes the first of a list of tasks, and more than there are is an error of each trial."""
    command = ("run", "jobs.py:root", "--tasks", "range(20)", *QUICK, "--json", "a.json")
    assert execbench(*command, "--size", "5", cwd=folder).returncode == 0
    assert {record.size for record in _records(folder / "a.json")} == {5}
    assert "there are only 20 tasks" in execbench(*command, "--size", "21", cwd=folder).stdout


def test_tasks_are_part_of_the_trial(execbench: Command, folder: Path) -> None:
    """Runs of one function on different tasks are not compared with each other."""
    for tasks, name in (("range(20)", "a.json"), ("range(1, 21)", "b.json")):
        assert execbench("run", "jobs.py:root", "--tasks", tasks, *QUICK, "--json", name, cwd=folder).returncode == 0
    compared = execbench("compare", "a.json", "b.json", "--format", "markdown", cwd=folder)
    assert "not the same trial: its workload options differ" in compared.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("jobs.py:root",), "root is a function: give its tasks"),
        (("jobs.py:rot", "--tasks", "range(3)"), "has no attribute 'rot': did you mean 'root'?"),
        (("jobs.py:pairs", "--tasks", "range(3)"), "pairs is list, and not a function"),
        (("jobs.py:area", "--tasks", "jobs.py:pairs"), "area(width, height) does not take one argument"),
        (("jobs.py:root", "--tasks", "jobs.py:nothing"), "there are no tasks"),
        (("jobs.py:root", "--tasks", "jobs.py:number"), "int is not a list or another iterable"),
        (("jobs.py:root", "--tasks", "jobs.py:endless"), "endless, or more than 1,000,000 tasks"),
        (("jobs.py:root", "--tasks", "range(x)"), "neither a list nor a range"),
        (("jobs.py:root", "--tasks", "[__import__('os')]"), "neither a list nor a range"),
        (("jobs.py:root", "--tasks", "nowhere.txt"), "there is no such file"),
        (("jobs.py:root", "--tasks", "image.png"), "cannot be read: use one of .txt"),
        (("jobs.py:root", "--tasks", "broken.jsonl"), "line 2: "),
        (("jobs.py:root", "--tasks", "broken.json"), "line 1 column"),
        (("jobs.py:root", "--star"), "--star needs --tasks"),
        (("--tasks", "range(3)"), "--tasks needs a function to call"),
        (("exits.py:fn", "--tasks", "range(3)"), "it calls sys.exit while it is imported"),
        (("raises.py:fn", "--tasks", "range(3)"), "raises.py:4: RuntimeError: no config"),
    ],
)
def test_bad_input(execbench: Command, folder: Path, arguments: tuple[str, ...], message: str) -> None:
    """What cannot be raced is said in a sentence, before any race."""
    finished = execbench("run", *arguments, *QUICK, cwd=folder)
    assert finished.returncode == 2
    assert message in " ".join(finished.stderr.split())
    assert "Traceback" not in finished.stderr


def test_pool_at_the_top_level(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that never ends being imported, as its pool's workers import it, is given up with what to do about it."""
    monkeypatch.setattr(describe, "_IMPORT_SECONDS", 1.0)
    request = Request(workloads=["waits.py:fn"], tasks=parse_tasks("range(3)", star=False))
    with Nursery() as nursery, pytest.raises(BadInput, match='belongs below `if __name__ == "__main__":`'):
        select(nursery, request)


def test_generator_as_a_result(execbench: Command, folder: Path) -> None:
    """A function that returns a generator fails before the race, with what to do about it."""
    finished = execbench("run", "jobs.py:divisors", "--tasks", "range(3)", *QUICK, "--json", "a.json", cwd=folder)
    assert finished.returncode == 1
    for record in _records(folder / "a.json"):
        assert record.reason is not None
        assert record.reason.startswith("task 0 gave a generator, which does its work only when it is read")
        assert record.reason.endswith("return a list")


def test_race_can_be_repeated(execbench: Command, folder: Path) -> None:
    """The command that a report shows to repeat a race works as it is."""
    execbench("run", "jobs.py:root", "--tasks", "range(20)", *QUICK, "--json", "a.json", cwd=folder)
    shown = execbench("report", "a.json", "--format", "markdown", cwd=folder).stdout
    command = next(line for line in shown.splitlines() if line.startswith("execbench run"))
    assert "jobs.py:root --tasks 'range(20)'" in command
    assert "--workload" not in command
