"""What is found out about a function before it is raced, and how much of its results is checked."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from execbench.records import artifact
from tests.conftest import Command

QUICK = ("--launches", 1, "--max-time", 0.01, "--max-workers", 2, "-b", "threads", "--json", "a.json")

JOBS = """
import itertools
import random
import socket
import subprocess
import sys

count = itertools.count()

def draws(task):
    return random.random()

def counts(task):
    return next(count)

places = itertools.cycle(range(3))

def cycles(task):
    return next(places)

def fails(task):
    return 1 / (task - 3)

def quiet(task):
    return task

def writes(task):
    with open(f"{task}.txt", "w") as file:
        return file.write("x")

def starts(task):
    return subprocess.run([sys.executable, "-c", ""]).returncode

def hoards(task):
    return len(bytearray(50_000_000))

def connects(port):
    with socket.create_connection(("127.0.0.1", port)):
        return True

"""

REVERSED = """
from contextlib import contextmanager

class Executor:
    def map(self, fn, tasks, *, chunksize=1):
        return [fn(task) for task in tasks][::-1]

@contextmanager
def backend(max_workers, /):
    yield Executor()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with functions, and a backend that mixes up its results."""
    folder = tmp_path_factory.mktemp("probe")
    (folder / "jobs.py").write_text(JOBS)
    (folder / "mixed_up.py").write_text(REVERSED)
    return folder


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _reasons(folder: Path) -> dict[str, str | None]:
    return {record.backend: record.reason for record in artifact.read(folder / "a.json").records}


@pytest.mark.parametrize("name", ["draws", "counts", "cycles"])
def test_function_that_does_not_repeat(execbench: Command, folder: Path, name: str) -> None:
    """A function whose results are random, or depend on earlier calls or their order, is refused, with what helps."""
    finished = execbench("run", f"jobs.py:{name}", "--tasks", "range(6)", *QUICK, cwd=folder)
    assert finished.returncode == 1
    (reason,) = set(_reasons(folder).values())
    assert reason is not None
    assert reason.startswith("the function does not repeat its results, so they cannot be checked: task 0: ")
    assert reason.endswith(": seed it, or race with --check order")


def test_task_that_raises(execbench: Command, folder: Path) -> None:
    """A task that raises is named, with the line of the user's code, and nothing of ours."""
    finished = execbench("run", "jobs.py:fails", "--tasks", "range(6)", *QUICK, cwd=folder)
    line = JOBS.splitlines().index("    return 1 / (task - 3)") + 1
    said = f"task 3 raises in a plain loop: ZeroDivisionError: division by zero ({folder / 'jobs.py'}:{line})"
    assert set(_reasons(folder).values()) == {said}
    assert f"No verdict: every trial failed, as {said}." in " ".join(finished.stdout.split())
    assert "Traceback" not in finished.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("writes", "writes writes 0.txt, 1.txt, 2.txt and 2 more: that happens again in each round"),
        ("starts", "starts starts python"),
        ("connects", "connects connects to 127.0.0.1:"),
        ("quiet", ""),
    ],
)
def test_effects_are_said(execbench: Command, folder: Path, port: int, name: str, said: str) -> None:
    """Files that a function writes, connections and processes are named before the race."""
    tasks = f"[{port}]" if name == "connects" else "range(5)"
    finished = execbench("run", f"jobs.py:{name}", "--tasks", tasks, *QUICK, cwd=folder)
    assert finished.returncode == 0, finished.stderr
    assert said in finished.stderr
    assert ("in each round" in finished.stderr) == bool(said)


@pytest.mark.parametrize(("check", "passes"), [("results", False), ("order", False), ("none", True)])
def test_how_much_is_checked(execbench: Command, folder: Path, check: str, passes: bool) -> None:
    """Results in another order are refused, unless nothing is to be checked."""
    command = ("run", "jobs.py:quiet", "--tasks", "range(4)", *QUICK, "-b", "mixed_up.py", "--check", check)
    finished = execbench(*command, cwd=folder)
    assert (_reasons(folder)["mixed_up"] is None) == passes, finished.stdout


@pytest.mark.parametrize("check", ["order", "none"])
def test_less_is_checked(execbench: Command, folder: Path, check: str) -> None:
    """A function that does not repeat its results can be raced, and the verdict says that they were not compared."""
    finished = execbench("run", "jobs.py:draws", "--tasks", "range(4)", *QUICK, "--check", check, cwd=folder)
    assert finished.returncode == 0, finished.stdout
    assert "Beware: the results were not compared with those of a plain loop." in " ".join(finished.stdout.split())
    assert f"as --check {check} says" in finished.stdout


def test_more_memory_than_there_is(execbench: Command, folder: Path) -> None:
    """A trial whose workers would need more memory than is free is refused, and told how many workers fit."""
    command = ("run", "jobs.py:hoards", "--tasks", "range(4)", *QUICK, "--max-workers", 100_000)
    execbench(*command, cwd=folder)
    reasons = _reasons(folder)
    assert reasons["serial"] is None
    assert reasons["threads"] is not None
    assert re.search(
        r"100000 workers need about [\d.]+ GB, .* only [\d.]+ GB are free: use --max-workers \d+", reasons["threads"]
    )
