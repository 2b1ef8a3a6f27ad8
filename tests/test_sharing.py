"""Objects that all tasks use: found by the probe, sent to each worker once, and what an advice makes of them."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from execbench.advice import saved
from execbench.advice.program import Program
from execbench.conformance.kit import kits
from execbench.environment import library_threads
from execbench.lane.arguments import SentOnce, restored, shared_arguments, without
from execbench.lane.messages import Describe, Described, Done, Judged, Open, Opened, Prepare, Prepared, Round, Step
from execbench.lane.pickling import pickled_tasks, unpickled
from execbench.lane.repeated import heaviest
from execbench.lane.wrappers import Star
from execbench.plugins import registry
from execbench.plugins.registry import Plugin
from execbench.supervisor.lane import LaneProcess, Nursery
from tests.conftest import Command
from tests.test_program import Desk

HEAVY = """
import time


class Table:
    def __init__(self):
        self.rows = [[number, str(number)] for number in range(150_000)]

    def row(self, number):
        time.sleep(0.06)
        return self.rows[number]


find = Table().row


def numbers():
    return list(range(8))


def look(number, rows, *, more=0):
    time.sleep(0.06)
    return rows[number], more


def pairs():
    rows = Table().rows
    return [(number, rows) for number in range(8)]


def few():
    rows = Table().rows[:1000]
    return [(number, rows) for number in range(8)]


def mappings():
    rows = Table().rows[:1000]
    return [{"number": number, "rows": rows, "more": number} for number in range(8)]


def first(rows, *numbers):
    return [rows[number] for number in numbers]


def lists():
    rows = Table().rows[:1000]
    return [(rows, number, number + 1) for number in range(8)]
"""

STARTER = '''
"""Processes whose workers can call a function first."""

from concurrent.futures import ProcessPoolExecutor


def backend(max_workers, /, *, initializer=None, initargs=()):
    return ProcessPoolExecutor(max_workers, initializer=initializer, initargs=initargs)
'''

SHARER = '''
"""Threads that are given an object with each task."""

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat


class backend(ThreadPoolExecutor):
    def __init__(self, max_workers, /):
        super().__init__(max_workers)

    def map_shared(self, fn, tasks, shared, /, *, chunksize=1):
        return self.map(fn, tasks, repeat(shared))
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with functions and backends."""
    folder = tmp_path_factory.mktemp("sharing")
    for name, text in (("jobs", HEAVY), ("starter", STARTER), ("sharer", SHARER)):
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[Desk]:
    """What writes programs, and runs them."""
    with Nursery() as nursery, Desk(nursery, folder) as desk:
        yield desk


ROWS = [1.5] * 1000


@pytest.mark.parametrize(
    ("tasks", "places"),
    [
        ([(1, ROWS), (2, ROWS)], [1]),
        ([(ROWS, 1, ROWS), (ROWS, 2, ROWS, 3)], [0, 2]),
        ([{"a": ROWS, "b": 1}, {"b": 2, "a": ROWS}], ["a"]),
        ([(1, ROWS), (2, list(ROWS))], []),
        ([(7, None), (7, None)], []),
        ([(ROWS,), {"a": ROWS}], []),
        ([[ROWS], [ROWS]], []),
        ([(ROWS,)], []),
        ([], []),
    ],
    ids=["place", "places", "names", "equal", "small", "mixed", "lists", "one task", "no tasks"],
)
def test_shared_arguments(tasks: list[Any], places: list[Any]) -> None:
    """An argument that all tasks share is the very same object in each; tasks can be without it, and get it back."""
    shared = shared_arguments(tasks)
    assert list(shared) == places
    rests = [without(task, shared) for task in tasks] if shared else tasks
    assert [restored(rest, shared) if shared else rest for rest in rests] == tasks


def test_shared_argument_is_kept_once() -> None:
    """Tasks are pickled with what they share only once, and are the same tasks again."""
    tasks = [(number, ROWS) for number in range(50)]
    content = pickled_tasks(tasks)
    assert content is not None
    assert len(content) < 2 * len(ROWS) * 9
    again = list(unpickled(content))
    assert again == tasks
    assert all(rows is again[0][1] for _, rows in again)


def test_heaviest() -> None:
    """Of the function and the shared arguments, the heaviest that can be pickled is found, with its name."""
    tasks = [(number, ROWS) for number in range(3)]
    argument = heaviest(Star(_scaled), tasks)
    assert argument is not None
    assert argument.what == SentOnce(1, "rows")
    assert argument.bytes > 9 * len(ROWS)
    function = heaviest(partial(_scaled, rows=ROWS), [1, 2])
    assert function is not None
    assert function.what == SentOnce(None, "the function")
    assert heaviest(lambda task: task, [1, 2]) is None
    no_name = heaviest(Star(_scaled), [{"a row": ROWS}, {"a row": ROWS}])
    assert no_name is not None
    assert no_name.what.argument is None


def test_first_time() -> None:
    """What a thing takes to unpickle for the first time in a process is not what each chunk takes."""
    found = heaviest(_Rebuilt(), [1, 2])
    assert found is not None
    assert len(_Rebuilt.times) == 2
    assert found.seconds < _Rebuilt.times[0]


class _Rebuilt:
    """A function whose first unpickling computes for a while."""

    times: ClassVar[list[float]] = []

    def __call__(self, task: int) -> int:
        return task

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, ()


def _rebuilt() -> _Rebuilt:
    begun = time.perf_counter()
    if not _Rebuilt.times:
        sum(range(10_000_000))
    _Rebuilt.times.append(time.perf_counter() - begun)
    return _Rebuilt()


def _scaled(number: float, rows: list[float]) -> float:
    return number * rows[0]


WAYS = ["process_pool", "pool", "FOLDER/starter.py", "FOLDER/sharer.py"]
FUNCTION = ("find", "numbers", SentOnce(None, "the function"))
ARGUMENT = ("look", "few", SentOnce(1, "rows"))
NAMED = ("look", "mappings", SentOnce("rows", "rows"))
FIRST = ("first", "lists", SentOnce(0, "rows"))

CASES = [
    *((way, FUNCTION) for way in WAYS),
    *((way, ARGUMENT) for way in WAYS[-2:]),
    (WAYS[0], NAMED),
    (WAYS[0], FIRST),
]
SPAWNED = pytest.param("process_pool[start_method=spawn]", FUNCTION, marks=pytest.mark.slow, id="spawn")


def written_for(desk: Desk, backend: str, function: str, tasks: str, what: SentOnce) -> Program:
    """Return a program that sends something once."""
    workload = desk.function(function, f"jobs.py:{tasks}", star=what.argument is not None)
    return desk.program(backend, workload, 8, sent_once=what)


@pytest.mark.parametrize(
    ("backend", "what"), [*(pytest.param(*case, id=f"{case[0]}-{case[1][1]}") for case in CASES), SPAWNED]
)
def test_program(desk: Desk, backend: str, what: tuple[str, str, SentOnce]) -> None:
    """The program sends the object once, and gives the right results, whichever way the backend has."""
    written = written_for(desk, backend, *what)
    assert ("initializer=keep, initargs=(" in str(written)) == ("sharer" not in backend)
    assert desk.rehearse(written) > 0


def test_whole_program(desk: Desk) -> None:
    """The program is what a good engineer writes by hand."""
    written = written_for(desk, "process_pool", *FIRST)
    assert (
        str(written)
        == """\
# Save this beside jobs.py.
from concurrent.futures import ProcessPoolExecutor

from jobs import first, lists


def keep(rows):
    global kept
    kept = rows


def call(task):
    return first(kept, *task)


def main(tasks):
    rows = tasks[0][0]
    others = [task[1:] for task in tasks]
    with ProcessPoolExecutor(max_workers=2, initializer=keep, initargs=(rows,)) as executor:
        return list(executor.map(call, others, chunksize=2))


# Worker processes import this file, too, and must not run what follows.
if __name__ == "__main__":
    tasks = list(lists())
    results = main(tasks)
"""
    )


@pytest.mark.parametrize("backend", ["loky", "multiprocess", "pebble", "mpire", "dask", "ray"])
def test_program_of_an_engine(folder: Path, monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    """The program gives the right results on a backend that needs an extra."""
    try:
        importlib.import_module(f"execbench.backends.{backend}")
    except ModuleNotFoundError as error:
        pytest.skip(str(error))
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")  # Ray's sockets need a short one
    with Nursery() as nursery, Desk(nursery, folder) as desk:
        assert desk.rehearse(written_for(desk, backend, *ARGUMENT)) > 0


@pytest.mark.parametrize("backend", ["process_pool", "sharer.py"])
def test_lane(desk: Desk, folder: Path, backend: str) -> None:
    """A lane that sends an argument once, by either way, gives the right results in the right order."""
    plugin = registry.find("backend", backend if backend == "process_pool" else f"{folder}/{backend}")
    with desk.nursery.lane(environment=library_threads(baseline=False)) as lane:
        lane.greet()
        _prepare(lane, desk.function("look", "jobs.py:few", star=True), plugin, SentOnce(1, "rows"))
        assert lane.ask(Step("first_call"), Round, 30).seconds > 0
        assert lane.ask(Step("judge"), Judged, 30) == Judged()
        assert lane.ask(Step("prove_order"), Done, 30) == Done()


def _prepare(lane: LaneProcess, workload: Plugin, backend: Plugin, what: SentOnce) -> None:
    options = lane.ask(Describe(backend.place, {}), Described, 30).options
    assert not {"initializer", "initargs"} & options.keys()
    lane.ask(Prepare(workload.place, {}, 8, 2, backend.place, sent_once=what), Prepared, 30)
    lane.ask(Open(2, options, disable_gc=False), Opened, 30)


def test_ten_lines(desk: Desk, folder: Path) -> None:
    """A backend whose workers call an initializer has at most ten lines, and passes the kit's checks of it."""
    assert len([line for line in STARTER.splitlines() if line.strip()]) <= 10
    (kit,) = kits(desk.nursery, [str(folder / "starter.py")])
    assert {kit.check(name) for name in ("initializer_called", "initializer_exception")} == {"pass"}


def test_failed_initializer_hangs_a_pool(desk: Desk) -> None:
    """A multiprocessing.Pool starts one worker after another whose initializer raises, which the kit ends in time."""
    (kit,) = kits(desk.nursery, ["pool"])
    assert kit.check("initializer_exception").startswith("fail: it hangs")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("find", "--tasks", "jobs.py:numbers", "--only", "starter.py"), "the function"),
        pytest.param(
            ("look", "--star", "--tasks", "jobs.py:pairs", "--only", "process_pool"), "rows", marks=pytest.mark.slow
        ),
    ],
    ids=["bound method of a plugin", "argument"],
)
def test_advice(execbench: Command, folder: Path, tmp_path: Path, words: tuple[str, ...], name: str) -> None:
    """Where an object that weighs much goes with each chunk, sending it once wins, and the program does that."""
    path = tmp_path / "advice.json"
    finished = execbench("advise", f"jobs.py:{words[0]}", *words[1:], "--budget", "40", "--json", path, cwd=folder)
    assert finished.returncode == 0, finished.stderr
    advice = saved.read(path)
    assert advice is not None
    assert advice.option is not None, advice
    assert advice.option.sent_once == name
    assert f"{name} weighs" in finished.stdout
    program = folder / "program.py"
    program.write_text(advice.code + "    print(len(results))\n")
    ran = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("8\n", "")
