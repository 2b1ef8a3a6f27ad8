"""What a round uses besides its time: page faults, context switches, CPU time, bytes, and memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import made_up
import pytest

from execbench.cli import main
from execbench.lane.messages import Open, Place, Prepare
from execbench.racing.usage import usage_of
from execbench.records.usage import FIGURES, Usage
from execbench.supervisor.lane import LaneProcess, Nursery
from execbench.supervisor.memory import OccupiedMemory, high_water_marks
from execbench.supervisor.process_tree import Window

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")

JOB = """
import mmap, os, select, signal, threading
from contextlib import contextmanager
from execbench import Workload

FAULTS, WAITS, BYTES = 1000, 50, 100_000

def use(task):
    thread = threading.Thread(target=wait)  # it ends within the round
    thread.start()
    with mmap.mmap(-1, FAULTS * mmap.PAGESIZE) as memory:
        for page in range(FAULTS):
            memory[page * mmap.PAGESIZE] = 1
    with open("/dev/zero", "rb", buffering=0) as zeros, open(os.devnull, "wb", buffering=0) as nothing:
        nothing.write(zeros.read(BYTES))
    for _ in range(WAITS):
        select.select([], [], [], 1e-5)
    thread.join()
    return task

def wait():
    for _ in range(WAITS):
        select.select([], [], [], 1e-5)

def compute(task):
    return sum(range(1_000_000))

def ask_the_system(task):
    return len(os.urandom(10_000_000))

def tasks(size):
    return list(range(size))

use_all = Workload(fn=use, tasks=tasks, size=4)
in_user_mode = Workload(fn=compute, tasks=tasks, size=4)
in_the_system = Workload(fn=ask_the_system, tasks=tasks, size=4)

class Loop:
    def map(self, fn, tasks, chunksize=1):
        return list(map(fn, tasks))

@contextmanager
def sharing(max_workers, /, size: int = 0):
    data = bytearray(os.urandom(4096)) * (size // 4096)
    workers = []
    for _ in range(max_workers):
        pid = os.fork()
        if not pid:
            sum(data[::4096])
            signal.pause()
        workers.append(pid)
    yield Loop()
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """The folder of a module of workloads, and of a backend whose workers share memory."""
    tmp_path.joinpath("job.py").write_text(JOB)
    return tmp_path


@contextmanager
def opened(
    nursery: Nursery, job: Path, workload: str, backend: str, max_workers: int = 2, **options: int
) -> Iterator[LaneProcess]:
    """Open a lane, and map once."""
    place = Place("workload", workload, "job", workload, str(job))
    ours = Place("backend", backend, "job", backend, str(job))
    theirs = Place("backend", backend, f"execbench.backends.{backend}", "backend")
    with nursery.lane() as lane:
        lane.start_prepare(Prepare(place, {}, 4, 1, ours if backend == "sharing" else theirs))
        lane.greet()
        lane.finish_prepare()
        lane.open(Open(max_workers, dict(options), False))
        lane.first_call()
        yield lane
        lane.close()


def used_by_a_round(lane: LaneProcess) -> Usage:
    """Run a round, and return what it used."""
    window = Window(lane.tree)
    lane.round()
    usage = usage_of([window.close(lane.counted)])
    assert usage is not None
    return usage


@pytest.mark.parametrize(("backend", "threads"), [("serial", 2), ("threads", 2), ("processes", 2), ("pool", 1)])
def test_whole_tree_is_counted(backend: str, threads: int, job: Path) -> None:
    """Faults, waits and bytes of the lane, of ended threads, and of ended and living processes count.

    Of a process that lives on, ended threads leave no switches that others could see.
    """
    with Nursery() as nursery, opened(nursery, job, "use_all", backend) as lane:
        usage = used_by_a_round(lane)
        assert 4 * 1000 <= usage.minor_faults < 4 * 1000 + 5000
        assert usage.major_faults < 100
        assert 0.8 * threads * 4 * 50 <= usage.voluntary_switches < 2 * threads * 4 * 50 + 200
        assert usage.bytes_read is not None
        assert usage.bytes_written is not None
        assert 4 * 100_000 <= usage.bytes_read < 4 * 200_000
        assert 4 * 100_000 <= usage.bytes_written < 4 * 200_000


def test_cpu_time_is_split(job: Path) -> None:
    """CPU time in programs and CPU time in the system are told apart."""
    with Nursery() as nursery:
        with opened(nursery, job, "in_user_mode", "serial") as lane:
            computing = used_by_a_round(lane)
        with opened(nursery, job, "in_the_system", "serial") as lane:
            asking = used_by_a_round(lane)
    assert computing.user_seconds > 5 * computing.system_seconds
    assert asking.system_seconds > 5 * asking.user_seconds


def test_shared_memory_counts_once(job: Path) -> None:
    """A lane and three forked workers that share 200 MB occupy 200 MB, with one lane alive or four."""
    size = 200_000_000
    with Nursery() as nursery, ExitStack() as stack:
        lane = stack.enter_context(opened(nursery, job, "in_user_mode", "sharing", 3, size=size))
        alone = occupied(lane)
        others = [stack.enter_context(opened(nursery, job, "in_user_mode", "sharing", 3)) for _ in range(3)]
        assert occupied(lane) == pytest.approx(alone, rel=0.005)
        assert alone >= max(process.memory_info().rss for process in lane.tree.members())
        assert alone - occupied(others[0]) == pytest.approx(size, rel=0.02)
        assert high_water_marks(lane.tree.members()) > 4 * size


def occupied(lane: LaneProcess) -> int:
    """Return what a lane's tree occupies."""
    memory = OccupiedMemory()
    memory.sample(lane.tree)
    assert memory.is_told
    return memory.bytes


REFUSED = """
import ctypes, os, psutil, signal
from execbench.supervisor.memory import occupied_bytes
if os.getuid() == 0:  # who may look at everything
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
begin, end = os.pipe()
pid = os.fork()
if not pid:
    ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE: others may look at it no more
    os.write(end, b"!")
    signal.pause()
os.read(begin, 1)
try:
    print(occupied_bytes([psutil.Process(os.getpid())]) is None, occupied_bytes([psutil.Process(pid)]) is None)
finally:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
"""


def test_memory_that_the_system_does_not_tell() -> None:
    """A process that may not be looked at leaves the high-water marks only."""
    done = subprocess.run([sys.executable, "-c", REFUSED], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.split() == ["False", "True"]


def test_report_shows_what_says_something(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table of what a round used leaves out the figures that say nothing of any trial; CSV has them all."""
    used = dict.fromkeys((figure.name for figure in FIGURES), 0.0)
    records = [
        made_up.record("pi/serial/w1", usage=Usage(**{**used, "minor_faults": 23_000.0, "system_seconds": 0.048})),
        made_up.record("pi/threads/w2", usage=Usage(**{**used, "minor_faults": 5.0})),
    ]
    run = made_up.write_run(tmp_path / "run.json", records)
    assert main(["report", str(run), "--format", "markdown"]) == 0
    shown = capsys.readouterr().out
    assert "| trial | page faults | system CPU |" in shown
    assert "| 23,000 | 48.0 ms |" in shown
    assert main(["report", str(run), "--format", "csv"]) == 0
    heading, *_ = capsys.readouterr().out.splitlines()
    assert {*used, "memory_counts"} <= set(heading.split(","))


def test_report_names_high_water_marks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where memory is the sum of high-water marks, the report says so."""
    records = [made_up.record("pi/serial/w1"), made_up.record("pi/pool/w2", memory_counts="high_water_marks")]
    run = made_up.write_run(tmp_path / "run.json", records)
    assert main(["report", str(run), "--format", "markdown"]) == 0
    assert "memory of pool/w2: the sum of its processes' high-water marks" in capsys.readouterr().out
