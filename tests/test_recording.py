"""Scripts that are run to record what a function of theirs is called with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from execbench.advice.recording import MOST, Recorder, Recording
from execbench.errors import BadInput
from execbench.lane import recorded
from execbench.lane.recorded import Call, Found
from execbench.supervisor.lane import Nursery
from tests.conftest import Command

Record = Callable[..., Recording]

BUDGET = 60.0
"""Longer than any of these scripts takes, however busy the machine is."""

JOBS = """
import os

def size(text, *, unit=1):
    return len(text) // unit

def scale(number, factor):
    return number * factor

def fib(number):
    return number if number < 2 else fib(number - 1) + fib(number - 2)

def grow(items):
    items.append(len(items))

class Box:
    @classmethod
    def of(cls, text):
        return cls()

    @staticmethod
    def sides(width, height):
        return 2 * (width + height)

    def holds(self, item):
        return item

def end():
    os._exit(7)
"""

OWN = """
from dataclasses import dataclass

@dataclass
class Item:
    number: int

def work(item):
    return sum(range(item.number))

if __name__ == "__main__":
    for number in range(40):
        work(Item(1000 * number))
"""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """What lanes share."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with a module for scripts."""
    (tmp_path / "jobs.py").write_text(JOBS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def record(nursery: Nursery, folder: Path) -> Record:
    """A function that saves a script, and records its calls of a function."""

    def run(text: str, call: str, budget: float = BUDGET) -> Recording:
        Path("script.py").write_text(text)
        return Recorder(nursery, "script.py", call, budget).recording()

    return run


def _tasks(recording: Recording) -> list[Any]:
    return recorded.tasks(str(recording.tasks.recorded), None)


@pytest.mark.parametrize(
    ("text", "call", "tasks", "star"),
    [
        ("import jobs\nfor text in 'ab': jobs.size(text)", "jobs.size", ["a", "b"], False),
        ("from jobs import size as s\nfor text in 'ab': s(text=text)", "jobs:size", ["a", "b"], False),
        ("import jobs\njobs.size('abc', unit=2)", "jobs.size", [{"text": "abc", "unit": 2}], True),
        ("import jobs\njobs.scale(3, factor=4), jobs.scale(5, 6)", "jobs.scale", [(3, 4), (5, 6)], True),
        ("import jobs\njobs.fib(9)", "jobs.fib", [9], False),
        ("import jobs\nitems = []\njobs.grow(items), jobs.grow(items)", "jobs.grow", [[], [0]], False),
        ("from jobs import Box\nBox.of('a'), Box().of('b')", "jobs.Box.of", ["a", "b"], False),
        ("from jobs import Box\nBox.sides(1, height=2)", "jobs.Box.sides", [(1, 2)], True),
        ("import zlib\nzlib.crc32(b'a')", "zlib.crc32", [b"a"], False),
        ("import jobs\njobs.size('a')\nraise SystemExit(3)", "jobs.size", ["a"], False),
        (
            "import jobs, threading\nthreading.Thread(target=jobs.size, args=['a']).start()",
            "jobs.size",
            ["a"],
            False,
        ),
    ],
)
def test_tasks(record: Record, text: str, call: str, tasks: list[Any], star: bool) -> None:
    """The tasks are what a function is called with from outside of it, as it was at the time of each call."""
    recording = record(text, call)
    assert (_tasks(recording), recording.tasks.star) == (tasks, star)


def test_method(record: Record) -> None:
    """The task of a method has the object that it is called on."""
    recording = record("from jobs import Box\nBox().holds(4)", "jobs.Box.holds")
    assert (recording.workload.module, recording.workload.attribute) == ("jobs", "Box.holds")
    assert [call.form for call in _calls(recording)] == ["2 arguments"]


def _calls(recording: Recording) -> list[Call]:
    return [each for each in recorded.entries(str(recording.tasks.recorded)) if isinstance(each, Call)]


@pytest.mark.parametrize("decorator", ["", "@functools.lru_cache\n"])
def test_own_function(record: Record, decorator: str) -> None:
    """A function of the script itself is recorded from its definition on, whatever it is decorated with."""
    text = f"import functools\n{decorator}def work(n): return n\nif __name__ == '__main__': work(1), work(2)"
    recording = record(text, "work")
    assert (recording.workload.module, recording.workload.attribute) == ("script", "work")
    assert _tasks(recording) == [1, 2]


def test_is_a_script(nursery: Nursery, folder: Path) -> None:
    """The script is the main program: with its path as only argument, its folder first, and the user's directory."""
    (folder / "below").mkdir()
    script, says = (
        folder / "below" / "script.py",
        "[__name__[2:6], sys.argv, sys.path[0], os.getcwd(), locals() is not None]",
    )
    script.write_text(f"import jobs, os, sys\njobs.size({says})")
    (folder / "jobs.py").rename(folder / "below" / "jobs.py")
    recording = Recorder(nursery, "below/script.py", "jobs.size", BUDGET).recording()
    assert _tasks(recording) == [["main", [str(script)], str(script.parent), str(folder), True]]


def test_path_of_the_script(record: Record, folder: Path) -> None:
    """A module is found again in a folder that the script itself has added to the path."""
    (folder / "lib").mkdir()
    (folder / "jobs.py").rename(folder / "lib" / "tools.py")
    recording = record("import sys\nsys.path.insert(0, 'lib')\nimport tools\ntools.size('a')", "tools.size")
    assert recording.workload.folder == str(folder / "lib")


def test_most_calls(record: Record, folder: Path) -> None:
    """A script is stopped as by Ctrl-C once there are enough calls."""
    text = (
        "import itertools, jobs, pathlib\n"
        "try:\n"
        "    for number in itertools.count(1): jobs.size('a')\n"
        "finally: pathlib.Path('ended').write_text(str(number))"
    )
    recording = record(text, "jobs.size")
    assert recording.said == "script.py: recorded 10,000 calls of jobs.size, then stopped it"
    assert len(_calls(recording)) == MOST
    assert int((folder / "ended").read_text()) in (MOST, MOST + 1)


def test_time_is_up(record: Record) -> None:
    """A script that goes on and on after some calls is stopped, and these are used."""
    recording = record("import jobs, time\njobs.size('a')\ntime.sleep(600)", "jobs.size", 1.0)
    assert recording.said == "script.py: recorded 1 call of jobs.size, then stopped it"


def test_script_that_dies(record: Record) -> None:
    """What was recorded before the script ended its process is used."""
    recording = record("import jobs\njobs.size('a')\njobs.end()", "jobs.size")
    assert _tasks(recording) == ["a"]
    assert "exited with code 7" in recording.said


@pytest.mark.parametrize(
    ("text", "call", "said"),
    [
        ("import jobs", "jobs.size", "script.py never called jobs.size: it ended without that"),
        ("import jobs", "jobs.sizes", "jobs has no attribute 'sizes': did you mean 'size'?"),
        ("def work(n): pass", "worm", "script.py has no attribute 'worm': did you mean 'work'?"),
        ("import os", "jobs.size", "never called jobs.size: it never imported jobs"),
        ("import jobs\njobs.size('a')\n1 / 0", "jobs.size", "raises ZeroDivisionError: division by zero ("),
        ("def (", "jobs.size", "script.py raises SyntaxError"),
        ("import jobs\njobs.size(lambda: 0)", "jobs.size", "its arguments cannot be pickled: "),
        ("from jobs import Box\nBox()", "jobs.Box", "Box is a class, and not a function"),
        (
            "import jobs\njobs.size('a')\njobs.size('a', unit=2)",
            "jobs.size",
            "first with 1 argument, then with text=, ",
        ),
        ("def work(n): pass\nwork(1)", "work", "importing script.py, as workers do, calls work again: put "),
        ("import time\ntime.sleep(600)", "work", "never called work: it was stopped after 1 s, which is the --budget"),
        (
            "import time\ndef work(n): pass\nif __name__ == '__main__': work(1)\nelse: time.sleep(600)",
            "work",
            "importing script.py, as workers do, fails, as it takes more than 1 s: put ",
        ),
        ("", "two words", "--call two words: give name, module.name or module:name"),
    ],
)
def test_nothing_to_use(record: Record, text: str, call: str, said: str) -> None:
    """A script that gives no tasks is refused in one sentence."""
    with pytest.raises(BadInput) as refused:
        record(text, call, 1.0 if "sleep" in text else BUDGET)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_exit_code(execbench: Command, folder: Path) -> None:
    """A script that cannot be used is bad input."""
    finished = execbench("advise", "jobs.py", "--call", "size", cwd=folder)
    assert finished.returncode == 2
    last = finished.stderr.splitlines()[-1]
    assert last.startswith("execbench: jobs.py never called size: it ended without that")


@pytest.mark.parametrize("options", [["--tasks", "range(3)"], ["--star"]])
def test_tasks_are_given(execbench: Command, folder: Path, options: list[str]) -> None:
    """Tasks are either recorded or given."""
    finished = execbench("advise", "jobs.py", "--call", "size", *options, cwd=folder)
    assert finished.returncode == 2
    assert (
        finished.stderr
        == "execbench: --call records the tasks, and how they are passed: leave out --tasks and --star\n"
    )


def test_no_script(execbench: Command, folder: Path) -> None:
    """A script that is not there is named."""
    finished = execbench("advise", "gone.py", "--call", "size", cwd=folder)
    assert (finished.returncode, finished.stderr.splitlines()[-1]) == (
        2,
        "execbench: there is no file 'gone.py' to run",
    )


def test_file_that_is_cut_off(tmp_path: Path) -> None:
    """What a process was writing when it was killed is left out."""
    path, found = tmp_path / "calls", Found("jobs", "size", None)
    with path.open("wb") as file:
        recorded.append(file.fileno(), found)
        recorded.append(file.fileno(), Call(1, [], 9, needs_script=False), b"123456789")
    for size in range(1, os.path.getsize(path)):
        os.truncate(path, os.path.getsize(path) - 1)
        assert list(recorded.entries(str(path))) in ([found], []), size


def test_advice(execbench: Command, folder: Path) -> None:
    """A function is advised on with the arguments of a script, whose own classes may be among them."""
    (folder / "script.py").write_text(OWN)
    command = ("advise", "script.py", "--call", "work", "--budget", 6, "--only", "threads")
    finished = execbench(*command, cwd=folder)
    assert finished.returncode == 0, finished.stderr
    assert "script.py: recorded 40 calls of work" in finished.stderr
    assert "of 40 tasks" in finished.stdout
