"""Causes: each is provoked for real, and the verdict names it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import get_args

import made_up
import pytest

from execbench.environment import usable_cpus
from execbench.records import artifact
from execbench.records.causes import Cause, Kind, causes_of
from execbench.records.control import with_doubts_of_winners
from execbench.records.record import Record
from execbench.records.usage import FIGURES, Usage
from execbench.report.trials import entries
from execbench.report.verdict import verdict
from execbench.settings import Settings
from execbench.supervisor.cpus import throttled_seconds
from execbench.supervisor.layout import layout_of
from tests.conftest import Command

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")

Raced = Callable[..., dict[str, Cause]]

JOBS = {
    "gil": "def fn(task):\n    return sum(range(100_000))\n",
    "disk": """
import mmap, os, threading
path = os.environ["EXECBENCH_TEST_FILE"]
def fn(task):
    with open(path, "rb") as file:
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
            memory.madvise(mmap.MADV_RANDOM)
            if threading.current_thread() is not threading.main_thread():
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return sum(memory[::mmap.PAGESIZE])
""",
    "quota": "def fn(task):\n    return sum(range(200_000))\n",
    "memory": """
import os
calls = []
def fn(task):
    calls.append(task)
    return sum(range(1_000_000 if len(calls) < 20 else 1000)) * 0
""",
}


def _seed_of_a_full_heap(race: str) -> int:
    """Return a seed with which no hole in the heap saves the first launch its page faults."""
    return next(seed for seed in count() if layout_of(Settings(seed=seed), race, 0).kind == "full")


@pytest.fixture
def raced(execbench: Command, tmp_path: Path) -> Raced:
    """Race a job with two threads against the serial loop, and return the causes by kind."""

    def raced(job: str, *arguments: str, **options: object) -> dict[str, Cause]:
        if job in JOBS:
            made = "workload = Workload(fn=fn, tasks=lambda size: list(range(size)), size=4)\n"
            tmp_path.joinpath(f"{job}.py").write_text(f"from execbench import Workload\n{JOBS[job]}{made}")
            job = f"{tmp_path / job}.py"
        path = tmp_path / "run.json"
        few = ("--launches", "1", "--max-time", "0.01", "--seed", _seed_of_a_full_heap(Path(job).stem), "--json", path)
        done = execbench("run", "-w", job, "-b", "threads", "--max-workers", "2", *few, *arguments, **options)
        assert done.returncode == 0, done.stderr
        (baseline, trial) = artifact.read(path).records
        return {cause.kind: cause for cause in causes_of(trial, baseline)}

    return raced


def test_page_faults(raced: Raced) -> None:
    """An array that the main thread gives back after each task costs the serial loop page faults."""
    faults = raced("monte_carlo_pi", "--size", "16")["page_faults"]
    assert faults.of_baseline
    assert faults.slower > 16 * 300
    assert faults.other < 500


def test_page_faults_end_with_the_settings_that_the_advice_names(raced: Raced) -> None:
    """With both of malloc's thresholds above the arrays' size, the serial loop has no page faults more than threads."""
    settings = dict.fromkeys(("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"), str(2**28))
    assert "page_faults" not in raced("monte_carlo_pi", "--size", "16", env={**os.environ, **settings})


@pytest.mark.skipif(usable_cpus() < 2, reason="a library has one thread for each CPU")
def test_threads_of_a_library(raced: Raced) -> None:
    """The serial loop has the threads of BLAS, where each worker has one."""
    assert "library_threads" in raced("matmul", "--size", "2")


def test_lock(raced: Raced) -> None:
    """Threads that need the GIL wait for each other."""
    lock = raced("gil", "--size", "64")["lock"]
    assert lock.slower > 10


def test_swapping(raced: Raced, tmp_path: Path) -> None:
    """Pages that come from a disk make workers wait for it."""
    file = tmp_path / "pages"
    file.write_bytes(bytes(64 * 4096))
    os.sync()
    causes = raced("disk", env={**os.environ, "EXECBENCH_TEST_FILE": str(file)})
    if "swapping" not in causes and _is_in_memory(tmp_path):
        pytest.skip("this file system is in memory")
    assert causes["swapping"].slower > 64


def _is_in_memory(path: Path) -> bool:
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    return max((m for m in mounts if str(path).startswith(m[0])), key=lambda m: len(m[0]))[1] in {"tmpfs", "overlay"}


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group that may use a third of a CPU, and gets it, whatever else runs."""
    old = Path("/sys/fs/cgroup/cpu")
    folder = (old if old.exists() else Path("/sys/fs/cgroup")) / f"execbench-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("no control group can be made here")
    try:
        if old.exists():
            folder.joinpath("cpu.cfs_period_us").write_text("10000")
            folder.joinpath("cpu.cfs_quota_us").write_text("3000")
            folder.joinpath("cpu.shares").write_text("200000")
        else:
            folder.joinpath("cpu.max").write_text("3000 10000")
            folder.joinpath("cpu.weight").write_text("10000")
        yield folder
    except OSError:
        pytest.skip("control groups have no CPU quota here")
    finally:
        folder.rmdir()


def test_cpu_quota(raced: Raced, group: Path) -> None:
    """A quota of the control group stops the workers."""

    def enter() -> None:
        group.joinpath("cgroup.procs").write_text(str(os.getpid()))

    quota = raced("quota", preexec_fn=enter)["cpu_quota"]
    assert quota.slower > 0.05 * quota.other


def test_quota_is_read_in_both_versions(tmp_path: Path) -> None:
    """Control groups of version 2 count microseconds, those of version 1 nanoseconds; groups around it count, too."""
    for name, text in {
        "cpu/a": "throttled_time 2000000000",
        "cpu": "throttled_time 0",
        "b/c": "throttled_usec 3000000",
    }.items():
        tmp_path.joinpath(name).mkdir(parents=True, exist_ok=True)
        tmp_path.joinpath(name, "cpu.stat").write_text(f"nr_throttled 1\n{text}\n")
    membership = tmp_path / "membership"
    membership.write_text("4:memory:/a\n1:cpu:/a\n0::/b/c\n")
    assert throttled_seconds(tmp_path, membership) == 5.0
    assert throttled_seconds(tmp_path, tmp_path / "nothing") is None


def test_memory_of_earlier_rounds(raced: Raced) -> None:
    """Rounds that do less work from some call on are told by the first round of a launch."""
    remembers = raced("memory", "--min-rounds", "10")["remembers"]
    assert remembers.slower > 2 * remembers.other


NOTHING = Usage(**dict.fromkeys((figure.name for figure in FIGURES), 0.0))


def _used(**figures: float) -> Usage:
    return Usage(**{**{name: getattr(NOTHING, name) for name in NOTHING.__struct_fields__}, **figures})


SERIAL = made_up.record("pi/serial/w1", [[0.058] * 3] * 3, usage=_used(minor_faults=22_900, system_seconds=0.04))


def _threads(workers: int, seconds: float, **figures: float) -> Record:
    times = [[seconds * life] * 3 for life in (1.0, 1.01, 0.99)]
    return made_up.against(SERIAL, f"pi/threads/w{workers}", times, usage=_used(**{"minor_faults": 5, **figures}))


def test_uneven_rounds_remember_nothing() -> None:
    """First rounds that are slow are no sign of memory if many later ones are as slow."""
    uneven = [[7.3, 1.7, 1.4, 1.4, 4.7, 21.6, 6.4, 1.4, 4.9, 2.7], [4.9, 1.4, 1.4, 5.1, 1.1, 5.1, 3.9, 1.3, 1.4, 1.3]]
    even = [[7.3, 1.7, 1.4, 1.4, 4.7, 1.6, 1.4], [4.9, 1.4, 1.4, 1.1, 1.3]]
    serial = made_up.record("pi/serial/w1", [[0.1] * 10] * 2, usage=_used())
    pools = [made_up.against(serial, "pi/pool/w2", rounds, usage=_used()) for rounds in (uneven, even)]
    found = [causes_of(pool, serial) for pool in pools]
    assert [[cause.kind for cause in causes] for causes in found] == [[], ["remembers"]]


def test_slower_clock() -> None:
    """Where the CPUs' clock is readable, workers on all of them may run at a lower one."""
    serial = made_up.record("pi/serial/w1", [[1.0] * 3] * 3, usage=_used(megahertz=3600))
    trial = made_up.against(serial, "pi/pool/w2", [[0.6] * 3] * 3, usage=_used(megahertz=2900))
    assert causes_of(trial, serial) == [Cause("frequency", 2900, 3600, of_baseline=False)]
    assert "it ran at 2,900 MHz" in verdict(entries([serial, trial]))


def test_list_is_closed() -> None:
    """The causes are exactly those that are tested here."""
    kinds = {"page_faults", "library_threads", "lock", "swapping", "cpu_quota", "remembers", "frequency"}
    assert set(get_args(Kind)) == kinds


def test_one_worker_gains_most_of_it() -> None:
    """Where one worker is nearly as fast, the verdict says that it is not parallelism, and what it is instead."""
    said = verdict(entries([SERIAL, _threads(1, 0.0207), _threads(2, 0.0136)]))
    assert said.startswith("Use threads/w2: 4.26x as fast")
    assert (
        " as serial: most of it is not parallelism, but page faults, 22,900 a round "
        "in the serial loop against 5. `MALLOC_MMAP_THRESHOLD_` and `MALLOC_TRIM_THRESHOLD_` above the arrays' "
        "size, or one reused buffer, speed up the serial loop itself."
    ) in said


def test_one_worker_is_as_fast() -> None:
    """Where one worker ties, the verdict says so, and admits where no cause is known."""
    said = verdict(
        entries([SERIAL, _threads(1, 0.0137, minor_faults=22_900), _threads(2, 0.0136, minor_faults=22_900)])
    )
    assert "One worker does as well, as threads/w1 is 4.23x as fast" in said
    assert " as serial: it is not parallelism, and no known cause explains it." in said


def test_more_than_workers_can_gain() -> None:
    """A speedup above the number of workers is named, even without a control."""
    said = verdict(entries([SERIAL, _threads(2, 0.0136)]))
    assert "That is more than 2 workers can gain: it is not parallelism alone, but page faults" in said


def test_honest_speedup_needs_no_cause() -> None:
    """Workers that gain what they can, with as many page faults as the serial loop, raise no word of causes."""
    even = {"minor_faults": 22_900.0, "system_seconds": 0.04}
    records = [SERIAL, _threads(1, 0.0575, **even), _threads(2, 0.0300, **even)]
    said = verdict(entries(records))
    assert "parallelism" not in said
    assert "cause" not in said
    assert [doubt.code for record in with_doubts_of_winners(records, "many") for doubt in record.doubts] == []
