"""What should not matter varies from launch to launch, and is the same for all lanes of a launch."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from execbench.lane.layout import Layout
from execbench.records import artifact
from execbench.records.artifact import RunInfo
from execbench.records.kinds import two_kinds
from execbench.records.record import Record
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.layout import FILLED_BYTES, layout_of
from execbench.sweep.load import CEILING, Load
from execbench.sweep.pairing import CeilingSpot, Pair
from execbench.sweep.select import choose
from tests.conftest import Command

TWO_LAUNCHES = ("--launches", "2", "--max-time", "0.01", "--max-workers", "2")

NOTES_ITS_PROCESS = """
import json, os
from execbench import Workload
from execbench.lane import layout

def note(task):
    return task

def tasks(size, *, steps: int = 1):
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    seen = {
        "hash_seed": os.environ["PYTHONHASHSEED"],
        "padding": len(os.environ.get("EXECBENCH_PADDING", "")),
        "cpus": cpus,
        "blocks": len(layout._kept),
    }
    with open(os.environ["NOTES"], "a") as file:
        file.write(json.dumps(seen) + "\\n")
    return range(size)

workload = Workload(fn=note, tasks=tasks, size=4)
"""

SLOW_WITH_HOLES = """
import time
from execbench import Workload
from execbench.lane import layout

def fn(task):
    time.sleep(1.2 if len(layout._kept) == 2 else 0.06)

workload = Workload(fn=fn, tasks=range, size=1)
"""

COUNTS_FAULTS = """
import resource, sys
from execbench.lane.layout import Layout

def loop():
    for _ in range(20):
        parts = [b"x" * 700_000 for _ in range(4)]

def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

start = memory()
inherited, hole, filled = map(int, sys.argv[1:])
Layout(hole_before_imports=inherited).before_imports()
Layout(hole_before_tasks=hole, filled=filled).before_tasks()
taken = memory() - start
loop()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
loop()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before, taken)
"""


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workload whose processes note what they are like, in a file beside it."""
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    plugin = tmp_path / "notes_its_process.py"
    plugin.write_text(NOTES_ITS_PROCESS)
    return plugin


def _notes(plugin: Path) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in plugin.with_name("notes").read_text().splitlines()]


def _records(path: Path) -> dict[str, Record]:
    return {record.title: record for record in artifact.read(path).records}


def test_same_seed_gives_the_same_layouts() -> None:
    """The layout of a launch depends on the seed, the race and the launch's number, and on nothing else."""
    drawn = [layout_of(Settings(seed=1), "cube", launch) for launch in range(6)]
    assert drawn == [layout_of(Settings(seed=1, launches=9), "cube", launch) for launch in range(6)]
    assert len({layout.padding for layout in drawn}) > 3
    for other in (layout_of(Settings(seed=2), "cube", 0), layout_of(Settings(seed=1), "spin", 0)):
        assert (other.padding, other.lane) != (drawn[0].padding, drawn[0].lane)


def test_one_of_each_two_launches_has_holes() -> None:
    """Of each two launches in a row, one has holes before the imports and before the tasks, in no fixed order."""
    kinds = [tuple(layout_of(Settings(seed=seed), "cube", launch).kind for launch in (4, 5)) for seed in range(20)]
    assert set(kinds) == {("full", "holes"), ("holes", "full")}
    for layout in (layout_of(Settings(seed=3), "cube", launch) for launch in range(4)):
        holes = (layout.lane.hole_before_imports, layout.lane.hole_before_tasks)
        assert all(hole >= 4_000_000 for hole in holes) if layout.kind == "holes" else holes == (0, 0)
        assert (layout.lane.filled > 0) == (layout.kind == "full")


needs_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries give memory back in other ways"
)


def _faults_and_memory(inherited: int = 0, hole: int = 0, filled: int = 0) -> list[int]:
    """Return the page faults of a loop in a heap with these holes, and the bytes of memory that making them took."""
    said = subprocess.check_output(
        [sys.executable, "-c", COUNTS_FAULTS, *map(str, (inherited, hole, filled))], text=True
    )
    return [int(word) for word in said.split()]


@needs_glibc
def test_hole_spares_page_faults() -> None:
    """A loop whose arrays fit into a hole has no page faults; without the hole, each array has some."""
    with_hole, _ = _faults_and_memory(hole=8_000_000)
    without, _ = _faults_and_memory()
    assert with_hole < 100
    assert without > 2000


@needs_glibc
def test_full_heap_has_page_faults() -> None:
    """In a heap that is filled, the loop has page faults, whatever holes the imports have left."""
    lucky, _ = _faults_and_memory(inherited=8_000_000)
    faults, _ = _faults_and_memory(inherited=8_000_000, filled=FILLED_BYTES)
    assert lucky < 100
    assert faults > 2000


@needs_glibc
@pytest.mark.parametrize("made", [{"hole": 12_000_000}, {"filled": FILLED_BYTES}], ids=["a hole", "a full heap"])
def test_layout_takes_no_memory(made: dict[str, int]) -> None:
    """What is done to the heap takes almost no memory, so that the memory of trials stays what it is."""
    _, taken = _faults_and_memory(**made)
    assert taken < 2_000_000


def test_lanes_of_a_launch_are_alike(execbench: Command, notes: Path) -> None:
    """Lanes of one launch have the same padding and holes, those of another launch others; all may use every CPU."""
    path = notes.with_name("artifact.json")
    finished = execbench("run", "-w", notes, "-b", "threads", *TWO_LAUNCHES, "--max-time", "1e-9", "--json", path)
    assert finished.returncode == 0, finished.stderr
    lanes = [note for note in _notes(notes) if note["padding"]]
    launches = {(note["padding"], note["blocks"]) for note in lanes}
    assert len(launches) == 2
    assert {blocks for _, blocks in launches} == {2, 320}
    assert [sum(note["padding"] == padding for note in lanes) for padding, _ in launches] == [2, 2]
    if hasattr(os, "sched_getaffinity"):
        assert {note["cpus"] for note in lanes} == {len(os.sched_getaffinity(0))}
    serial, threads = _records(path).values()
    assert serial.layouts == threads.layouts
    assert {each.layout for each in serial.layouts} == {"full", "holes"}


def test_hash_seed_is_of_the_run(execbench: Command, notes: Path) -> None:
    """The oracle and all lanes have one hash seed, which follows from the run's seed, and is recorded."""
    path = notes.with_name("artifact.json")
    for seed in ("5", "5", "6"):
        execbench(
            "run", "-w", notes, "-b", "serial", *TWO_LAUNCHES, "--max-time", "1e-9", "--seed", seed, "--json", path
        )
    (recorded,) = {each.hash_seed for each in _records(path)["serial/w1"].layouts}
    seeds = [note["hash_seed"] for note in _notes(notes)]
    fives, sixes = seeds[: 2 * len(seeds) // 3], seeds[2 * len(seeds) // 3 :]
    assert len(set(fives)) == 1
    assert set(sixes) == {str(recorded)} != set(fives)


def test_own_hash_seed_is_kept(execbench: Command, notes: Path) -> None:
    """A hash seed that the user has set is that of every process, and the artifact says so."""
    path = notes.with_name("artifact.json")
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    execbench("run", "-w", notes, "-b", "serial", *TWO_LAUNCHES, "--json", path, env=environment)
    assert {note["hash_seed"] for note in _notes(notes)} == {"7"}
    assert {each.hash_seed for each in _records(path)["serial/w1"].layouts} == {7}
    info = artifact.read(path).execbench
    assert isinstance(info, RunInfo)
    assert info.environment.hash_seed == "7"


def test_fixed_layout_varies_nothing(execbench: Command, notes: Path) -> None:
    """With `--layout fixed`, no lane has padding or holes, and the artifact says so."""
    path = notes.with_name("artifact.json")
    execbench("run", "-w", notes, "-b", "serial", *TWO_LAUNCHES, "--layout", "fixed", "--json", path)
    assert {(note["padding"], note["blocks"]) for note in _notes(notes)} == {(0, 0)}
    assert {each.layout for each in _records(path)["serial/w1"].layouts} == {"fixed"}


def test_sweeps_vary_the_layout(notes: Path) -> None:
    """The backend and its yardstick have one layout in a launch of a sweep, and another in the next."""
    with Nursery() as nursery:
        plan = choose(nursery, f"{notes}[steps]", ["threads"])
        for launch in (0, 1):
            with Pair(nursery, plan, plan.backends[0], CEILING, CeilingSpot).opened(Load(2, 1), launch):
                pass
    lanes = [(note["padding"], note["blocks"]) for note in _notes(notes)]
    first, other = lanes[:2], lanes[2:]
    assert len(set(first)) == len(set(other)) == 1
    assert {blocks for _, blocks in (*first, *other)} == {2, 320}


def test_two_kinds_of_launches_are_doubted(execbench: Command, tmp_path: Path) -> None:
    """A loop that is slow where the heap has holes is measured with the doubt `layout`, which has both times."""
    plugin, path = tmp_path / "slow_with_holes.py", tmp_path / "artifact.json"
    plugin.write_text(SLOW_WITH_HOLES)
    options = ("--launches", "5", "--max-time", "0.01", "--min-rounds", "15", "--json", path)  # one may be held up
    finished = execbench("run", "-w", plugin, "-b", "serial", *options)
    (doubt,) = (doubt for doubt in _records(path)["serial/w1"].doubts if doubt.code == "layout")
    assert doubt.numbers["slower_seconds"] > 5 * doubt.numbers["faster_seconds"]
    assert "whether the heap has holes" in doubt.advice
    assert "Beware: launches fall into two kinds" in finished.stdout


@pytest.mark.parametrize(
    ("levels", "wanted"),
    [
        ([0.0, 1.0, 0.01, 1.02, -0.01], ({0, 2, 4}, {1, 3})),
        ([0.0, 0.01, 0.02, 1.0, -0.01], None),
        ([0.0, 0.2, 0.01, 0.21, -0.01], None),
        ([0.0, 0.25, 0.5, 0.75, 1.0, 1.25], None),
        ([0.0, 1.0, 1.01], None),
        ([0.0, 1.0, 0.01, 1.02, -0.01, 1.01, 0.0, 0.99, 1.4], ({0, 2, 4, 6}, {1, 3, 5, 7, 8})),
        ([], None),
    ],
    ids=["two and three", "an exception", "close together", "evenly spread", "too few", "one that went wrong", "none"],
)
def test_kinds(levels: list[float], wanted: tuple[set[int], set[int]] | None) -> None:
    """Launches fall into two kinds if several are far from the others, and near to each other."""
    kinds = two_kinds(dict(enumerate(levels)))
    assert (None if kinds is None else (set(kinds.low), set(kinds.high))) == wanted
    assert kinds is None or math.isclose(kinds.high_level - kinds.low_level, 1.0, abs_tol=0.05)


def test_lane_stays_where_it_may_run() -> None:
    """A place beyond the usable CPUs is one of them, and the process may use all of them afterwards."""
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("this system pins no process")
    usable = os.sched_getaffinity(0)
    Layout(cpu=12345).before_imports()
    assert os.sched_getaffinity(0) == usable
