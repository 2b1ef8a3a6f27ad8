"""The oracle: what it sees of a function and its tasks, and what is said of that before the verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from execbench.records import artifact
from tests.conftest import Command

QUICK = ("--launches", "2", "--max-time", "0.02", "--max-workers", "2")

FUNCTIONS = {
    "sorts_in_place": """
def fn(task):
    task.sort()
    return task[:3]

def tasks(size):
    return [[(place * 7919) % 20011 for place in range(20_000)] + [number] for number in range(size)]
""",
    "remembers": """
import functools

@functools.cache
def fn(task):
    return sum(range(200_000)) + task

def tasks(size):
    return list(range(size))
""",
    "unseeded": """
import random

def fn(task):
    return task * 2

def tasks(size):
    return [random.random() for _ in range(size)]
""",
    "dice": """
import random

def fn(task):
    return [task, random.random()]

def tasks(size):
    return list(range(size))
""",
    "dicts_in_any_order": """
import random

def fn(task):
    return len(task)

def tasks(size):
    keys = random.sample(range(50), 50)
    return [{key: number for key in keys} for number in range(size)]
""",
    "depends_on_threads": """
import os

def fn(task):
    return task + int(os.environ["OMP_NUM_THREADS"]) / 2**40

def tasks(size):
    return list(range(size))
""",
    "order_of_a_set": """
def fn(task):
    return list(set(task))

def tasks(size):
    return [[f"{number}-{place}" for place in range(50)] for number in range(size)]
""",
    "unpicklable": """
class Lock:
    def __init__(self, task):
        self.task, self.unpicklable = task, lambda: None
    def __eq__(self, other):
        return self.task == other.task

def fn(task):
    return Lock(task)

def tasks(size):
    return list(range(size))
""",
    "raises": """
def fn(task):
    raise LookupError("a" * 3_000_000)

def tasks(size):
    return list(range(size))
""",
}

WRONG_LOCKS = """
from contextlib import contextmanager

class Loop:
    def map(self, fn, tasks, /, *, chunksize):
        return [fn(0) for task in tasks]

@contextmanager
def backend(max_workers, /):
    yield Loop()
"""


def _write(folder: Path, name: str) -> Path:
    file = folder / f"{name}.py"
    workload = "from execbench import Workload\nworkload = Workload(fn=fn, tasks=tasks, size=20)\n"
    file.write_text(FUNCTIONS[name] + workload)
    return file


@pytest.mark.parametrize(
    ("name", "doubt", "said"),
    [
        ("sorts_in_place", "tasks_changed", "Beware: the function changes its tasks"),
        ("remembers", "remembers", "Beware: the function remembers earlier calls"),
        ("unseeded", "tasks_differ", "Beware: the tasks are not the same in every launch"),
    ],
)
def test_unfair_race_says_so(execbench: Command, tmp_path: Path, name: str, doubt: str, said: str) -> None:
    """A race whose rounds do not all do the same work is run, and says so before its verdict."""
    path = tmp_path / "artifact.json"
    finished = execbench("run", "-w", _write(tmp_path, name), "-b", "threads", *QUICK, "--json", path)
    assert finished.returncode == 0, finished.stdout
    assert doubt in {each.code for record in artifact.read(path).records for each in record.doubts}
    assert said in finished.stdout


def test_random_results_are_named(execbench: Command, tmp_path: Path) -> None:
    """A function that does not repeat its results is not raced, and one sentence says where and why."""
    finished = execbench("run", "-w", _write(tmp_path, "dice"), "-b", "threads", *QUICK)
    said = " ".join(finished.stdout.split())
    assert finished.returncode == 1
    assert "the function does not repeat its results, so they cannot be checked: task 0: [1]: 0." in said
    assert ": seed it" in said


def test_equal_tasks_are_the_same(execbench: Command, tmp_path: Path) -> None:
    """Dicts that are pickled in another order in each process are the same tasks."""
    finished = execbench("run", "-w", _write(tmp_path, "dicts_in_any_order"), "-b", "process_pool", *QUICK)
    assert finished.returncode == 0, finished.stdout
    assert "Beware" not in finished.stdout


def test_order_of_a_set_is_the_same(execbench: Command, tmp_path: Path) -> None:
    """Results in the order of a set of texts are the same in every process, spawned workers included."""
    backend = "process_pool[start_method=spawn]"
    finished = execbench("run", "-w", _write(tmp_path, "order_of_a_set"), "-b", backend, *QUICK)
    assert finished.returncode == 0, finished.stdout


def test_library_threads_may_change_results(execbench: Command, tmp_path: Path) -> None:
    """The baseline, which has more library threads than the workers, is right where they change the last digits."""
    finished = execbench("run", "-w", _write(tmp_path, "depends_on_threads"), "-b", "threads", *QUICK)
    assert finished.returncode == 0, finished.stdout


def test_unpicklable_results_are_compared(execbench: Command, tmp_path: Path) -> None:
    """Results that cannot leave the lane are compared there, with those of a plain loop."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG_LOCKS)
    path = tmp_path / "artifact.json"
    command = ("run", "-w", _write(tmp_path, "unpicklable"), "-b", "threads", "-b", wrong, *QUICK, "--json", path)
    assert execbench(*command).returncode == 1
    statuses = {record.backend: record.status for record in artifact.read(path).records}
    assert statuses == {"serial": "ok", "threads": "ok", "wrong": "wrong_result"}


def test_long_messages_are_cut(execbench: Command, tmp_path: Path) -> None:
    """The reason of a failure keeps the start of an exception's message, and says how long it was."""
    path = tmp_path / "artifact.json"
    execbench("run", "-w", _write(tmp_path, "raises"), "-b", "threads", *QUICK, "--json", path)
    (reason,) = {str(record.reason) for record in artifact.read(path).records}
    assert "LookupError: aaa" in reason
    assert "(3,000,000 characters)" in reason
    assert len(reason) < 10_000
