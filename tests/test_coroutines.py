"""Coroutine functions: recognised in every form, raced on every kind of backend, and refused where that is needed."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from execbench import SupportsCoroutines
from execbench.lane import ceiling
from execbench.lane.coroutines import in_turn, is_coroutine_function, map_for_coroutines
from execbench.lane.wrappers import Star
from execbench.records import artifact
from execbench.records.record import Record, Trace
from execbench.report.splits import split
from tests.conftest import Command

JOBS = """
import asyncio

async def double(number):
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0.001)
    return 2 * number if loop.is_running() else None

async def area(width, height):
    await asyncio.sleep(0)
    return width * height

class Adder:
    async def __call__(self, number):
        await asyncio.sleep(0)
        return number + 3

adder = Adder()

async def nothing(number):
    await asyncio.sleep(0)

async def survives(number):
    asyncio.current_task().cancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        return number

async def cancels_itself(number):
    asyncio.current_task().cancel()
    await asyncio.sleep(0)

async def stream(number):
    yield number

async def gives_stream(number):
    return stream(number)

def forgets_to_await(number):
    return double(number)

pairs = [(1, 2), (3, 4), (5, 6)]
"""

BACKENDS = ("asyncio", "threads", "process_pool", "pool", "joblib")
QUICK = ("--launches", "1", "--max-time", "0.01", "--max-workers", "2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of coroutine functions."""
    folder = tmp_path_factory.mktemp("coroutines")
    (folder / "jobs.py").write_text(JOBS)
    return folder


@pytest.fixture(scope="module")
def records(execbench: Command, folder: Path) -> dict[str, Record]:
    """A traced race of a coroutine function, by backend."""
    backends = [word for name in BACKENDS for word in ("-b", name)]
    command = ("run", "jobs.py:double", "--tasks", "range(20)", *backends, *QUICK, "--trace", "--json", "a.json")
    finished = execbench(*command, cwd=folder)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return {record.backend: record for record in artifact.read(folder / "a.json").records}


@pytest.mark.parametrize("backend", ["serial", *BACKENDS])
def test_coroutine_function_is_raced(records: dict[str, Record], backend: str) -> None:
    """A coroutine function has right results on every backend."""
    assert records[backend].ok, records[backend].reason


@pytest.mark.parametrize("backend", ["serial", *BACKENDS])
def test_awaited_tasks_are_traced(records: dict[str, Record], backend: str) -> None:
    """The trace of a coroutine function has each task on one of at most `max_workers` workers, and adds up."""
    record = records[backend]
    assert isinstance(record.trace, Trace)
    assert len(record.trace.start) == record.size
    assert len(record.trace.workers) <= record.max_workers
    assert split(record.trace, record.max_workers).adds_up


def _threads(record: Record) -> list[int]:
    """Return how many workers of a traced round were in the same thread, for each thread."""
    assert isinstance(record.trace, Trace)
    return list(Counter(worker.thread for worker in record.trace.workers).values())


def test_one_thread_awaits_two_tasks(records: dict[str, Record]) -> None:
    """In `asyncio`, both workers are in the same thread."""
    assert _threads(records["asyncio"]) == [2]


@pytest.mark.parametrize(
    "arguments",
    [
        ("jobs.py:area", "--tasks", "jobs.py:pairs", "--star"),
        ("jobs.py:adder", "--tasks", "range(5)"),
        ("jobs.py:survives", "--tasks", "range(5)"),
    ],
)
def test_other_forms_are_raced(execbench: Command, folder: Path, arguments: tuple[str, ...]) -> None:
    """Spread arguments, objects to be awaited, and tasks that survive their own cancellation are raced."""
    finished = execbench("run", *arguments, "-b", "asyncio", "-b", "process_pool", *QUICK, cwd=folder)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_numbered_tasks_are_awaited(execbench: Command, folder: Path, broken: Path) -> None:
    """Where all coroutines give the same, the order of results is proved on each backend."""
    backends = ("-b", "asyncio", "-b", "threads", "-b", broken / "reordered.py")
    execbench("run", "jobs.py:nothing", "--tasks", "range(20)", *backends, *QUICK, "--json", "b.json", cwd=folder)
    reasons = {record.backend: record.reason for record in artifact.read(folder / "b.json").records}
    assert reasons.pop("reordered") == "the results are not in the order of the tasks"
    assert set(reasons.values()) == {None}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cancels_itself", "task 0 raises in a plain loop: CancelledError"),
        ("gives_stream", "task 0 gave an async generator: return its items in a list"),
        ("forgets_to_await", "task 0 gave a coroutine: define the function with async def"),
    ],
)
def test_what_a_plain_loop_cannot_do_is_not_raced(execbench: Command, folder: Path, name: str, reason: str) -> None:
    """Tasks that cancel themselves, or give what is still to be awaited, fail in the plain loop already."""
    arguments = ("run", f"jobs.py:{name}", "--tasks", "range(4)", "-b", "asyncio", *QUICK, "--json", "c.json")
    finished = execbench(*arguments, cwd=folder)
    assert finished.returncode == 1
    assert {(record.reason or "").partition(" (")[0] for record in artifact.read(folder / "c.json").records} == {reason}
    assert "never awaited" not in finished.stdout + finished.stderr


@pytest.mark.parametrize("star", [(), ("--star",)])
def test_async_generator_is_refused(execbench: Command, folder: Path, star: tuple[str, ...]) -> None:
    """An `async def` with `yield` is refused in one sentence before any race."""
    finished = execbench("run", "jobs.py:stream", "--tasks", "[(1,), (2,)]", *star, *QUICK, cwd=folder)
    assert finished.returncode == 2
    assert "an async generator, an async def with yield: return a list instead" in " ".join(finished.stderr.split())
    assert "Traceback" not in finished.stderr


def test_wait_can_be_awaited(execbench: Command, folder: Path) -> None:
    """`wait` with `io=asyncio` is awaited: one thread waits for two tasks."""
    command = ("run", "-w", "wait[io=asyncio]", "-b", "asyncio", *QUICK, "--trace", "--json", "d.json")
    finished = execbench(*command, cwd=folder)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    records = {record.backend: record for record in artifact.read(folder / "d.json").records}
    assert _threads(records["asyncio"]) == [2]


# In this process ------------------------------------------------------------------------------------------------------


async def _nth_in_its_loop(_: int) -> int:
    loop: Any = asyncio.get_running_loop()
    loop.tasks_begun = getattr(loop, "tasks_begun", 0) + 1
    await asyncio.sleep(0)
    return int(loop.tasks_begun)


async def _negative(task: int) -> int:
    await asyncio.sleep(0)
    return -task


def _returns_a_coroutine(task: int) -> Any:
    return _negative(task)


async def _many(task: int) -> Any:
    yield task


class _Object:
    async def __call__(self, task: int) -> int:
        return await _negative(task)

    async def method(self, task: int) -> int:
        return await _negative(task)


def _opened(name: str, max_workers: int) -> Any:
    return importlib.import_module(f"execbench.backends.{name}").backend(max_workers)


@pytest.mark.parametrize(
    "fn",
    [
        _negative,
        partial(_negative),
        _Object(),
        partial(_Object()),
        _Object().method,
        partial(partial(_Object().method)),
    ],
    ids=["function", "partial", "object", "partial of object", "method", "partial of method"],
)
def test_coroutine_functions_are_recognised(fn: Callable[[int], Any]) -> None:
    """Functions, objects and bound methods that are `async def` are recognised, within partials and `Star` too."""
    assert is_coroutine_function(fn)
    assert in_turn(fn, [1, 2]) == in_turn(Star(fn), [(1,), (2,)]) == [-1, -2]


@pytest.mark.parametrize("fn", [abs, int, partial(_many), _returns_a_coroutine, Star(abs), None])
def test_other_functions_are_not_coroutine_functions(fn: Any) -> None:
    """Plain functions, classes, async generators and what merely returns a coroutine are no coroutine functions."""
    assert not is_coroutine_function(fn)


@pytest.mark.parametrize(
    ("chunking", "passed_on", "places"),
    [
        ({"chunksize": 3}, {"chunksize": 1}, [1, 2, 3, 1, 2, 3, 1]),
        ({"chunksize": 99}, {"chunksize": 1}, [*range(1, 8)]),
        ({}, {}, [1] * 7),
    ],
)
def test_chunk_has_a_loop(chunking: dict[str, int], passed_on: dict[str, int], places: list[int]) -> None:
    """An executor that only calls functions runs a loop for each chunk; with its own chunk size, one for each task."""
    noted: list[dict[str, Any]] = []

    class Noting(ThreadPoolExecutor):
        def map(self, fn: Any, *tasks: Any, **options: Any) -> Any:
            noted.append(options)
            return super().map(fn, *tasks, **options)

    with Noting(2) as executor:
        assert map_for_coroutines(executor)(_nth_in_its_loop, range(7), **chunking) == places
    assert noted == [passed_on]


@pytest.mark.parametrize("name", ["serial", "asyncio"])
def test_round_has_a_loop(name: str) -> None:
    """`serial` and `asyncio` await all tasks of a round in one loop, whatever the chunk size."""
    with _opened(name, 1) as executor:
        assert isinstance(executor, SupportsCoroutines)
        assert executor.map_coroutines(_nth_in_its_loop, range(7), chunksize=2) == [*range(1, 8)]


def test_ceiling_awaits() -> None:
    """The processes of the ceiling await coroutine functions, each its share in a loop."""
    with ceiling.backend(2) as executor:
        assert executor.map_coroutines(_nth_in_its_loop, range(6)) == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("max_workers", [1, 3])
def test_asyncio_awaits_as_many_as_it_may(max_workers: int) -> None:
    """`asyncio` has `max_workers` coroutines under way at once, and never more."""
    under_way: set[int] = set()

    async def company(task: int) -> int:
        under_way.add(task)
        await asyncio.sleep(0)
        seen = len(under_way)
        under_way.discard(task)
        return seen

    with _opened("asyncio", max_workers) as executor:
        assert max(executor.map_coroutines(company, range(12), chunksize=1)) == max_workers


def test_asyncio_gives_up_the_others() -> None:
    """When a coroutine raises, `asyncio` cancels those that wait, raises its exception, and maps again."""
    cancelled: list[int] = []

    async def refuse_the_last(task: int) -> None:
        if task == 2:
            raise LookupError("no more")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(task)
            raise

    with _opened("asyncio", 3) as executor:
        with pytest.raises(LookupError, match="no more"):
            executor.map_coroutines(refuse_the_last, range(3), chunksize=1)
        assert executor.map_coroutines(_negative, range(3), chunksize=1) == [0, -1, -2]
    assert sorted(cancelled) == [0, 1]


@pytest.mark.parametrize(("definition", "imported"), [("async def", True), ("def", False)])
def test_asyncio_is_imported_before_the_first_call(tmp_path: Path, definition: str, imported: bool) -> None:
    """A lane has imported asyncio once it is prepared, if it needs it: the first call must not seem to be slow."""
    (tmp_path / "named.py").write_text(f"{definition} fn(task):\n    return task\n")
    program = (
        "import sys\n"
        "from execbench.lane.messages import Place, Prepare, TaskSource\n"
        "from execbench.lane.session import Session\n"
        "place = Place('workload', 'fn', 'named', 'fn', '.', TaskSource('[1]'))\n"
        "serial = Place('backend', 'serial', 'execbench.backends.serial', 'backend')\n"
        "Session().prepare(Prepare(place, {}, 1, 1, serial))\n"
        "print('asyncio' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert finished.stdout == f"{imported}\n"
