"""What a workload gives each worker beside its tasks: a shared object and a set-up."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from execbench.lane import per_worker
from execbench.lane.per_worker import Setup
from execbench.records import artifact
from execbench.records.record import Record
from tests.conftest import Command
from tests.test_sharing import SHARER

JOBS = '''
"""Rows of a table, times a factor that each process sets up."""

from execbench import Workload

_factor = []


def tasks(size, *, rows: int = 1000):
    return list(range(size))


def shared(size, *, rows):
    return [number * number for number in range(rows)]


def setup(*, rows):
    _factor.append(3)


def look_up(number, table):
    assert len(_factor) == 1
    return table[number] * _factor[0]


async def look_up_later(number, table):
    return look_up(number, table)


workload = Workload(fn=look_up, tasks=tasks, size=8, shared=shared, setup=setup)


def no_table(size, *, rows):
    raise ValueError("no rows today")


def no_setup(*, rows):
    raise ValueError("no licence")


no_shared = Workload(fn=look_up, tasks=tasks, size=8, shared=no_table)
not_set_up = Workload(fn=look_up, tasks=tasks, size=8, shared=shared, setup=no_setup)
one_argument = Workload(fn=len, tasks=tasks, size=8, shared=shared)
starred = Workload(fn=look_up, tasks=tasks, size=8, shared=shared, star=True)
'''


LATER = '''
"""The same with a coroutine function."""

from execbench import Workload

from jobs import look_up_later, setup, shared, tasks

workload = Workload(fn=look_up_later, tasks=tasks, size=8, shared=shared, setup=setup)
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with workloads, and with a backend that sends a shared object itself."""
    folder = tmp_path_factory.mktemp("per_worker")
    for name, text in (("jobs", JOBS), ("later", LATER), ("sharer", SHARER)):
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.fixture(scope="module")
def races(execbench: Command, folder: Path) -> dict[str, Record]:
    """Races of a plain function and of a coroutine function, on backends with different abilities."""
    backends = ("process_pool", "processes", "threads", "sharer.py")
    named = [word for backend in backends for word in ("-b", backend)]
    quick = ("--launches", 2, "--max-time", 0.01, "--min-rounds", 4)
    workloads = ("-w", "jobs.py", "-w", "later.py")
    finished = execbench("run", *workloads, *named, *quick, "--chunksize", 2, "--json", folder / "run.json", cwd=folder)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "per worker process_pool/w2" in finished.stdout
    assert "an initializer gives each worker the shared object; an initializer sets up each process" in finished.stdout
    return {record.name: record for record in artifact.read(folder / "run.json").records}


@pytest.mark.parametrize(
    ("name", "shared_by", "setup_by"),
    [
        ("jobs/serial/w1", "function", "first_task"),
        ("jobs/process_pool/w2/c2", "initializer", "initializer"),
        ("jobs/threads/w2/c2", "initializer", "initializer"),
        ("jobs/processes/w2/c2", "function", "first_task"),
        ("jobs/sharer/w2/c2", "map_shared", "first_task"),
        ("later/serial/w1", "function", "first_task"),
        ("later/process_pool/w2/c2", "function", "initializer"),
        ("later/sharer/w2/c2", "function", "first_task"),
    ],
)
def test_workers_get_what_they_need(races: dict[str, Record], name: str, shared_by: str, setup_by: str) -> None:
    """Workers get the shared object and the set-up as their backend can give it, and the results are right."""
    record = races[name]
    assert record.ok, record.reason
    assert (record.shared_by, record.setup_by) == (shared_by, setup_by)


def test_setups_are_counted(races: dict[str, Record]) -> None:
    """The record counts the set-ups of each launch: threads share one, and processes that end need it each time."""
    assert races["jobs/serial/w1"].setups == [1, 1]
    assert races["jobs/threads/w2/c2"].setups == [1, 1]
    assert set(races["jobs/process_pool/w2/c2"].setups) <= {1, 2}
    assert min(races["jobs/processes/w2/c2"].setups) > 2


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("no_shared", 1, "could not make what its tasks share: ValueError: no rows today"),
        ("not_set_up", 1, "the set-up raises: ValueError: no licence ("),
        ("one_argument", 2, "its function 'len' does not take two arguments: the task, and the object from shared"),
        ("starred", 2, "it has both shared and star: let its function take the task and the shared object"),
    ],
)
def test_what_cannot_be_given(execbench: Command, folder: Path, name: str, code: int, says: str) -> None:
    """A workload that cannot give its workers what it declares fails in one sentence."""
    finished = execbench("run", "-w", f"jobs.py:{name}", "-b", "threads", "--launches", 1, cwd=folder)
    assert finished.returncode == code
    assert says in " ".join((finished.stdout + finished.stderr).split())


def test_advice_on_such_a_workload(execbench: Command, folder: Path) -> None:
    """There is no advice on such a workload, which is said before anything is raced."""
    finished = execbench("advise", "jobs.py:workload", cwd=folder)
    assert "a workload with shared or setup cannot be advised on yet" in " ".join(finished.stdout.split())


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Calls of a set-up, in a process that has made none yet."""
    monkeypatch.setattr(per_worker, "_ready", set())
    monkeypatch.setattr(per_worker, "_locks", {})
    return []


def test_threads_share_a_setup(calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that all find nothing set up wait for the one that does it."""
    together = threading.Barrier(4, timeout=10)

    class Meeting(dict[int, threading.Lock]):
        def setdefault(self, process: int, lock: threading.Lock) -> threading.Lock:
            together.wait()
            return super().setdefault(process, lock)

    monkeypatch.setattr(per_worker, "_locks", Meeting())
    setup = Setup(lambda: calls.append(1))
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(setup.once) for _ in range(4)]:
            done.result()
    assert calls == [1]


def test_forked_process_is_set_up_itself(calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A forked process uses neither the set-up nor the lock in the memory that it got from its parent."""
    setup = Setup(lambda: calls.append(os.getpid()))
    setup.once()
    with per_worker._locks[os.getpid()]:
        monkeypatch.setattr(os, "getpid", lambda: -1)
        child = threading.Thread(target=setup.once, daemon=True)
        child.start()
        child.join(10)
    assert calls[1:] == [-1]
