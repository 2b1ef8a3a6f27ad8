"""The order of a lane's steps, launches and heats, chunk sizes, library threads, and several interpreters."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from execbench.lane.messages import LaneFailure
from execbench.records import artifact
from execbench.records.record import Chunking, Record
from execbench.supervisor.lane import Nursery
from execbench.supervisor.process_tree import MARK
from tests.conftest import Command

TWO_LAUNCHES = ("--launches", "2", "--max-time", "0.02", "--max-workers", "2")


def _records(path: Path) -> dict[str, Record]:
    return {record.title: record for record in artifact.read(path).records}


def test_order_of_steps(execbench: Command, broken: Path, tmp_path: Path) -> None:
    """A lane makes its tasks, enters, maps and leaves; only the oracle, before it, runs the tasks itself, twice."""
    record = tmp_path / "record"
    plugin = broken / "recording.py"
    environment = {**os.environ, "RECORD": str(record)}
    finished = execbench("run", "-w", plugin, "-b", plugin, "--launches", "1", "--max-time", "0.01", env=environment)
    assert finished.returncode == 0, finished.stderr
    lines = [line.split() for line in record.read_text().splitlines()]
    racing, entering = next((process, place) for place, (process, step) in enumerate(lines) if step == "enter")
    steps = [step for process, step in lines if process == racing]
    assert re.fullmatch(r"tasks enter map( map)+ leave", " ".join(steps))
    oracle = next(process for process, step in lines if step == "task")
    assert [step for process, step in lines if process == oracle] == ["tasks", *["task"] * 4]
    assert [step for process, step in lines[:entering] if process == oracle] == ["tasks", *["task"] * 4]


def test_launches_and_heats(execbench: Command, tmp_path: Path) -> None:
    """Each launch has one start-up, first call and shutdown, and the baseline runs in every heat."""
    path = tmp_path / "artifact.json"
    finished = execbench("run", "-w", "spin", "-b", "threads", "-b", "pool", *TWO_LAUNCHES, "--json", path)
    assert finished.returncode == 0, finished.stderr
    records = _records(path)
    serial = records["serial/w1"]
    heats = set(zip(serial.samples.launch, serial.samples.heat, strict=True))
    for record in records.values():
        assert record.launches >= 2
        assert len(record.startup_seconds) == len(record.first_call_seconds) == record.launches
        assert len(record.shutdown_seconds) == record.launches
        assert set(zip(record.samples.launch, record.samples.heat, strict=True)) <= heats
        assert record.heats == len(record.samples)
        assert len(record.reference_seconds) == (record.heats if record is serial else 0)
        assert record.cpu_seconds is not None
        assert record.peak_memory_bytes is not None
        assert record.speedup is None if record is serial else record.speedup is not None


def test_min_rounds_are_run(execbench: Command, tmp_path: Path) -> None:
    """A trial runs at least `--min-rounds` rounds over its launches, however long they take."""
    path = tmp_path / "artifact.json"
    execbench("run", "-w", "noop", "-b", "threads", *TWO_LAUNCHES, "--min-rounds", "7", "--json", path)
    assert {record.heats >= 7 for record in _records(path).values()} == {True}


def test_matrix_is_crossed(execbench: Command, tmp_path: Path) -> None:
    """Workers, sizes and chunk sizes are crossed; serial runs once per size; ids contain what is not the default."""
    path = tmp_path / "artifact.json"
    axes = ("--max-workers", "1,2", "--size", "10,5000", "--chunksize", "fair,library,7")
    execbench("run", "-w", "cube", "-b", "pool", *axes, "--launches", "1", "--max-time", "0.01", "--json", path)
    names = {record.name for record in artifact.read(path).records}
    pools = {f"cube/pool/w{w}{n}{c}" for w in (1, 2) for n in ("", "/n10") for c in ("", "/clibrary", "/c7")}
    assert names == pools | {"cube/serial/w1", "cube/serial/w1/n10"}


def test_chunksizes(execbench: Command, tmp_path: Path) -> None:
    """`fair` gives each worker about four chunks; `library` omits the argument, which `processes` requires."""
    path = tmp_path / "artifact.json"
    command = ("run", "-w", "cube", "-b", "processes", "--chunksize", "fair,library", *TWO_LAUNCHES, "--json", path)
    assert execbench(*command).returncode == 1
    records = _records(path)
    assert records["processes/w2"].chunksize == Chunking("fair", 625)
    assert records["processes/w2/clibrary"].status == "raised"
    assert "chunksize" in str(records["processes/w2/clibrary"].reason)


THREADS_SEEN = """
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from execbench import Workload

seen = f"SEEN {os.environ.get('OMP_NUM_THREADS')}"
calls = Path(__file__).with_name("calls")
calls.touch()

def fn(task):
    if calls.stat().st_size == 4:  # the oracle does each of the two tasks twice
        raise RuntimeError(seen)
    with calls.open("a") as file:
        file.write(".")

class backend(ThreadPoolExecutor):
    def __init__(self, max_workers, /):
        raise RuntimeError(seen)

workload = Workload(fn=fn, tasks=range, size=2)
"""


@pytest.mark.parametrize("given", [None, "3"])
def test_library_threads_are_divided(execbench: Command, tmp_path: Path, given: str | None) -> None:
    """Libraries get one thread per worker, or all CPUs in the baseline's lane, unless the user has set the variable."""
    plugin, path = tmp_path / "threads_seen.py", tmp_path / "artifact.json"
    plugin.write_text(THREADS_SEEN)
    environment = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
    environment |= {"OMP_NUM_THREADS": given} if given else {}
    execbench("run", "-w", plugin, "-b", plugin, *TWO_LAUNCHES, "--json", path, env=environment)
    reasons = {record.backend: str(record.reason) for record in _records(path).values()}
    assert re.search(rf"SEEN {given or 1}\b", reasons["threads_seen"])
    assert re.search(rf"SEEN {given or len(os.sched_getaffinity(0))}\b", reasons["serial"])


def test_own_workload_on_every_start_method(execbench: Command, tmp_path: Path) -> None:
    """Workers find a user's own file however they are started."""
    plugin = tmp_path / "my_jobs.py"
    plugin.write_text(
        "from execbench import Workload\ndef double(x):\n    return 2 * x\n"
        "workload = Workload(fn=double, tasks=range, size=20)\n"
    )
    methods = [f"pool[start_method={method}]" for method in ("fork", "spawn", "forkserver")]
    backends = [argument for name in [*methods, "joblib"] for argument in ("-b", name)]
    finished = execbench("run", "-w", plugin, *backends, "--launches", "1", "--max-time", "0.01")
    assert finished.returncode == 0, finished.stdout
    assert finished.stdout.count("pool[start_method=") >= 3


def test_two_interpreters(execbench: Command, tmp_path: Path) -> None:
    """Each named interpreter has its own trials and baseline, in the same race."""
    path = tmp_path / "artifact.json"
    pythons = ("--python", f"base={sys.executable}", "--python", f"head={sys.executable}")
    finished = execbench("run", "-w", "cube", "-b", "threads", *pythons, *TWO_LAUNCHES, "--json", path)
    assert finished.returncode == 0, finished.stderr
    assert set(_records(path)) == {
        f"{name}/py{python}" for name in ("serial/w1", "threads/w2") for python in ("base", "head")
    }
    assert all(record.speedup for record in _records(path).values() if record.backend == "threads")


def test_interpreters_share_every_heat(execbench: Command, tmp_path: Path) -> None:
    """A trial has the same launches and heats under each interpreter, so all can be paired.

    That holds even if one is slower, and has a winner that needs a control.
    """
    path = tmp_path / "artifact.json"
    slow = tmp_path / "slow"
    slow.write_text(f'#!/bin/sh\nSLOW=1 exec "{sys.executable}" "$@"\n')
    slow.chmod(0o755)
    plugin = tmp_path / "may_be_slow.py"
    plugin.write_text(
        "import os, time\nfrom execbench import Workload\n"
        "def fn(task):\n    return time.sleep(0.002) if 'SLOW' in os.environ else sum(range(1_000))\n"
        "workload = Workload(fn=fn, tasks=range, size=50, equal=lambda results, expected: True)\n"
    )
    pythons = ("--python", f"base={sys.executable}", "--python", f"head={slow}")
    options = ("--launches", "2", "--max-time", "0.3", "--precision", "0.01", "--json", path)
    assert execbench("run", "-w", plugin, "-b", "threads", *pythons, *options).returncode == 0
    records = _records(path)
    for name in ("serial/w1", "threads/w2"):
        base, head = (records[f"{name}/py{python}"].samples for python in ("base", "head"))
        assert sorted(zip(base.launch, base.heat, strict=True)) == sorted(zip(head.launch, head.heat, strict=True))


def test_death_of_a_lane_is_described() -> None:
    """A lane that dies is reported with the way it died, not waited for."""
    with Nursery() as nursery, nursery.lane() as lane:
        lane.greet()
        os.kill(lane.tree.members()[0].pid, signal.SIGKILL)
        with pytest.raises(LaneFailure, match="was killed by SIGKILL during round"):
            lane.round()


@pytest.mark.parametrize("greeted", [True, False])
def test_idle_lane_exits_by_itself(tmp_path: Path, greeted: bool) -> None:
    """A lane that has answered all that it was told does at exit what its libraries want; another one is killed."""
    done = tmp_path / "done"
    (tmp_path / "sitecustomize.py").write_text(
        f"import atexit, pathlib; atexit.register(pathlib.Path({str(done)!r}).touch)"
    )
    with Nursery() as nursery, nursery.lane(environment={"PYTHONPATH": str(tmp_path)}) as lane:
        if greeted:
            lane.greet()
    assert done.exists() is greeted


def test_tree_finds_a_process_that_left_its_session() -> None:
    """A process that left its session and lost its parent still belongs to its lane, because of its environment."""
    program = """
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"], start_new_session=True)
os._exit(0)
"""
    with Nursery() as nursery, nursery.lane() as lane:
        lane.greet()
        mark = next(process for process in lane.tree.members()).environ()[MARK]
        orphan = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, MARK: mark})
        orphan.wait()
        assert len(lane.tree.members()) == 2
        assert lane.tree.end() == 2
        assert lane.tree.members() == []


def test_interrupt_waits_until_a_lane_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a lane is being ended is raised once the lane is gone."""
    with Nursery() as nursery:
        lane = nursery.lane()
        lane.greet()
        end = lane.tree.end

        def end_while_interrupted() -> int:
            signal.raise_signal(signal.SIGINT)
            return end()

        monkeypatch.setattr(lane.tree, "end", end_while_interrupted)
        with pytest.raises(KeyboardInterrupt):
            lane.end()
        assert lane.tree.members() == []
