"""The sweeps: real lanes with small tasks, backends that break, and bad input."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execbench import files
from execbench.lane import ceiling
from execbench.records import compose
from execbench.report import break_even as break_even_words
from execbench.report import metg as words
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.sweep import metg, results
from execbench.sweep.break_even import Axis, BreakEven, BreakEvenSearch, Found
from execbench.sweep.load import CEILING, Load, SweepPlan
from execbench.sweep.metg import MetgResult, mark_for
from execbench.sweep.pairing import CeilingSpot, Pair, SerialSpot
from execbench.sweep.results import BreakEvenRun, MetgRun
from execbench.sweep.search import LONGEST, Search
from execbench.sweep.select import choose
from tests.conftest import Command, lanes_left

QUICK = ("--launches", "2", "--max-time", "0.1", "--max-workers", "2", "--round-timeout", "3")

COSTLY = '''
"""A pool that wastes 10 ms in each map."""

import time
from contextlib import contextmanager
from multiprocessing import Pool


class Costly:
    def __init__(self, pool):
        self._pool = pool

    def map(self, fn, tasks, /, *, chunksize):
        time.sleep(0.01)
        return self._pool.map(fn, tasks, chunksize)


@contextmanager
def backend(max_workers, /):
    with Pool(max_workers) as pool:
        yield Costly(pool)
'''

HANGS_LATER = '''
"""A backend that hangs the third time it is opened."""

from contextlib import contextmanager
from pathlib import Path
from threading import Event

OPENINGS = Path({openings!r})


class Executor:
    def map(self, fn, tasks, /, *, chunksize):
        return [fn(task) for task in tasks]


@contextmanager
def backend(max_workers, /):
    with OPENINGS.open("a") as file:
        file.write("+")
    if len(OPENINGS.read_text()) > 2:
        Event().wait()
    yield Executor()
'''


def spot(ratio: float, grain: int = 1, launch: int = 0, seconds: float = 1.0) -> CeilingSpot:
    """What is measured of a backend that runs 32 tasks this many times as fast as its yardstick."""
    return CeilingSpot(launch, 32, grain, [seconds], [seconds * ratio])


def result(*ratios: float, failure: str | None = None) -> MetgResult:
    """A backend with two launches that agree, and these efficiencies for the grains 1, 2, 4 and so on."""
    spots = [spot(ratio, 2**place, launch, 2.0**place) for place, ratio in enumerate(ratios) for launch in (0, 1)]
    return MetgResult("pool", spots, 2 if spots else 0, 2, failure, 2)


def metg_run(*results: MetgResult) -> MetgRun:
    """A run with two workers, as saved in a file."""
    return MetgRun(grain="spin[steps]", max_workers=2, results=list(results), command=["execbench", "metg"])


def quick_plan(nursery: Nursery, *backends: str) -> SweepPlan:
    """Two short launches on two workers."""
    plan = choose(nursery, "spin[steps]", backends)
    return replace(plan, max_workers=2, settings=Settings(launches=2, max_time=0.1))


def test_ceiling_maps() -> None:
    """The ceiling returns results in order, also for new tasks, and for fewer tasks than processes."""
    with ceiling.backend(2) as executor:
        for tasks in ([-1, -2, -3], [-7], [], [-1, -2, -3]):
            assert executor.map(abs, tasks) == [abs(task) for task in tasks]


def test_pairing_measures_each_load() -> None:
    """Two lanes stay open while their tasks change, and both run each load in the same heats."""
    with Nursery() as nursery:
        plan = choose(nursery, "spin[steps]", ["threads"])
        with Pair(nursery, plan, plan.backends[0], CEILING, CeilingSpot).opened(Load(8, 1), 3) as pairing:
            short, long = pairing.measure(Load(8, 1)), pairing.measure(Load(16, 20000))
    assert (short.launch, long.load) == (3, Load(16, 20000))
    assert len(long.seconds) == len(long.yardstick) >= 3
    assert min(long.seconds) > max(short.seconds)


def test_sweep_finds_overhead(tmp_path: Path) -> None:
    """A pool that wastes 10 ms in each map has a METG of milliseconds, with tasks measured on both sides of it."""
    (tmp_path / "costly.py").write_text(COSTLY)
    with Nursery() as nursery:
        plan = quick_plan(nursery, str(tmp_path / "costly.py"))
        (found,) = metg.take_turns([metg.MetgLaunches(nursery, backend, plan) for backend in plan.backends])
    assert found.failure is None
    assert found.launches == 2
    assert found.crossings
    granularities = sorted(map(found.granularity, found.spots))
    assert all(granularities[0] < crossing < granularities[-1] for crossing in found.crossings)
    assert min(found.crossings) > 1e-3


@given(st.integers(1, 18), st.integers(0, 20))
def test_search_measures_two_places_on_either_side(truth: int, start: int) -> None:
    """A launch measures two places below the mark and two from it on, no matter where it starts."""
    search = Search(0.75, start, 20, lambda place: spot(min(1.0, 0.75 * 1.2 ** (place - truth)), seconds=1e-6))
    found = search.find()
    assert {place for place in (truth - 2, truth - 1, truth, truth + 1) if place >= 0} <= set(found)
    assert search.telling(found) == [place for place in range(truth - 2, truth + 2) if place >= 0]


def test_search_stops_on_a_flat_curve() -> None:
    """A backend that is not more efficient with longer tasks is not measured with even longer ones."""
    assert max(Search(0.75, 4, 20, lambda place: spot(0.5, seconds=1e-6)).find()) < 10


def test_search_skips_slow_places() -> None:
    """No place is measured whose yardstick would take much longer than `LONGEST`."""
    search = Search(0.75, 0, 99, lambda place: spot(math.exp(place / 2) * 1e-9, seconds=2.0**place * 1e3))
    found = search.find()
    assert LONGEST / 2 < max(entry.yardstick[0] for entry in found.values()) <= 2 * LONGEST


@pytest.mark.parametrize(("workers", "mark"), [(1, 0.75), (2, 0.75), (3, 0.75), (4, 0.5), (64, 0.5)])
def test_mark(workers: int, mark: float) -> None:
    """From four workers on, the mark is that of Task Bench; the report states it."""
    assert mark_for(workers) == mark
    assert f"efficiency is {100 * mark:.0f} %" in words.rule(workers)[0]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (result(0.25, 0.5, 1.0), "177 ms [177 ms, 177 ms]"),
        (result(0.25, 0.5, 0.6), "not reached"),
        (result(0.8, 0.9), "below 62.5 ms, the shortest"),
        (
            MetgResult("pool", [*result(0.25, 1.0).spots[:3], spot(0.7, 2, 1, 2.0)], 2, 2, None, 2),
            "unsure: in 1 of 2 launches",
        ),
        (result(failure="hung: open gave no answer"), "failed: hung"),
    ],
)
def test_outcome(found: MetgResult, says: str) -> None:
    """The report names each possible outcome of a sweep."""
    assert words.outcome(found) == says


def test_failures_are_reported(execbench: Command, broken: Path) -> None:
    """A backend that breaks gets a line with the reason, the others are still measured, and the exit code is 1."""
    expected = {
        "raises": "raised: LookupError",
        "hangs": "hung: first_call gave no answer within 3 s",
        "killed": "died: the lane was killed by SIGKILL",
        "wrong_later": "wrong_result: 31 results for 32 tasks",
        "cannot_enter": "not_opened: ConnectionError",
    }
    names = [argument for name in expected for argument in ("-b", broken / f"{name}.py")]
    finished = execbench("metg", *names, "-b", "threads", *QUICK)
    assert finished.returncode == 1, finished.stderr
    for name, reason in expected.items():
        assert f"failed {name}: {reason}" in finished.stdout
    (line,) = [line for line in finished.stdout.splitlines() if line.startswith("threads")]
    assert "failed" not in line
    assert re.search(r"^launch 2 \(about \d+ s left\)$", finished.stderr, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--grain", "spinn[steps]"), "Did you mean 'spin'?"),
        (("--grain", "spin"), "'spin' is not of the form workload[option]"),
        (("--grain", "spin[steps=5]"), "is not of the form workload[option]"),
        (("--grain", "spin[step]"), "there is no option 'step', but: steps"),
        (("--grain", "spin[steps,seed=4]"), "spin has no option 'seed'; it takes steps=int"),
        (("--grain", "wait[milliseconds]"), "the option 'milliseconds' is not a whole number"),
        (("-b", "poool"), "Did you mean 'pool'?"),
        (("-b", "serial"), "name a backend other than 'serial'"),
        (("--max-workers", "0"), "'0' is not a whole number above 0"),
        (("--launches", "1"), "an interval needs two launches"),
    ],
)
def test_bad_input(execbench: Command, arguments: tuple[str, ...], says: str) -> None:
    """Bad input ends with exit code 2 and a message that says how to fix it, before anything is measured."""
    finished = execbench("metg", *arguments)
    assert finished.returncode == 2
    assert says in finished.stderr
    assert "Traceback" not in finished.stderr
    assert finished.stdout == ""


def test_backends_take_turns() -> None:
    """Every backend has its first launch before any has its second."""
    said: list[str] = []
    with Nursery() as nursery:
        plan = quick_plan(nursery, "threads", "pool")
        launches = [metg.MetgLaunches(nursery, backend, plan) for backend in plan.backends]
        assert [each.result.launches for each in launches] == [0, 0]
        assert {found.backend for found in metg.take_turns(launches, said.append)} == {"threads", "pool"}
    told = [re.sub(r" \(about \d+ s left\)", "", line) for line in said]
    assert told == [f"launch {launch}, {backend.title}" for launch in (1, 2) for backend in plan.backends]


def test_interrupt_keeps_what_is_known(tmp_path: Path) -> None:
    """Ctrl-C while a backend hangs in its third launch: all that is known is printed, and no process is left."""
    openings = tmp_path / "openings"
    (tmp_path / "hangs_later.py").write_text(HANGS_LATER.format(openings=str(openings)))
    backends = ["-b", "threads", "-b", str(tmp_path / "hangs_later.py")]
    options = ["--launches", "3", "--max-time", "0.1", "--max-workers", "2"]
    command = [sys.executable, "-m", "execbench", "metg", *backends, *options]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as run:  # fmt: skip
        assert run.stdout is not None
        assert run.stderr is not None
        while not run.stderr.readline().startswith("threads: "):
            pass
        while not openings.exists() or len(openings.read_text()) < 3:
            pass
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == 130
        printed = [line.split()[0] for line in run.stdout.read().splitlines()]
        assert {"threads", "hangs_later"} <= set(printed)
    assert not lanes_left()
    assert list(tmp_path.glob("execbench-*")) == []


def made_up(launch: int, speedup: Callable[[Load], float], load: Load) -> SerialSpot:
    """Measure a backend whose speedup on a load is known, except for a little noise that differs by launch."""
    noise = (0.99, 1.01, 1.0, 0.995, 1.005)[launch % 5]
    serial = load.size * load.grain * 1e-7
    return SerialSpot(launch, load.size, load.grain, [serial / speedup(load) * noise], [serial])


def searched(plan: SweepPlan, axis: Axis, speedup: Callable[[Load], float]) -> Found:
    """The result of a search that starts at some place."""
    search = BreakEvenSearch(plan, axis, with_startup=False)
    while search.is_due:
        search.launch(5, partial(made_up, search.found.launches, speedup))
    return search.found


@pytest.fixture(scope="module")
def plan() -> SweepPlan:
    """A plan of three launches, with 100 tasks of grain 4,000."""
    with Nursery() as nursery:
        chosen = choose(nursery, "spin[steps]", ["threads"])
    return replace(chosen, load=Load(100, 4000), settings=Settings(launches=3, max_time=20))


def test_break_even_of_tasks(plan: SweepPlan) -> None:
    """For a backend that is faster from 48 tasks on, the search finds 48, and proves it by a place on either side."""
    found = searched(plan, "tasks", lambda load: (load.size / 48) ** 0.25)
    assert found.estimate == pytest.approx(48, rel=0.05)
    assert found.bracket.below is not None
    assert found.bracket.above is not None
    assert (found.bracket.below.place, found.bracket.above.place) == (32, 64)
    assert found.bracket.below.measured.high < 1 < found.bracket.above.measured.low
    assert break_even_words.where(found) in ("48 tasks", "49 tasks")


def test_break_even_of_cost(plan: SweepPlan) -> None:
    """The cost is that of a single task: the serial loop's time over its number of tasks."""
    found = searched(plan, "cost", lambda load: (load.grain / 3000) ** 0.25)
    assert found.estimate == pytest.approx(3000e-7, rel=0.05)


def test_bracket_widens_where_it_is_hard_to_tell(plan: SweepPlan) -> None:
    """If the curve hardly rises, places farther and farther out are measured until two of them prove the bracket."""
    found = searched(plan, "tasks", lambda load: (load.size / 48) ** 0.025)
    assert found.bracket.proven
    assert found.bracket.below is not None
    assert found.bracket.below.place < 32


def test_never_breaks_even(plan: SweepPlan) -> None:
    """A backend that is always slower never breaks even, and its longest tasks prove that."""
    found = searched(plan, "cost", lambda load: 0.9)
    assert break_even_words.where(found) == f"not within {LONGEST:g} s"
    assert found.bracket.below is not None
    assert found.bracket.above is None


def test_lucky_place_is_not_faster() -> None:
    """A backend that seems faster at one place but is slower with more tasks is not called faster at once."""
    ratios = {1: 1.05, 2: 0.9, 4: 0.9}
    found = Found("tasks", False, [SerialSpot(0, size, 1, [1.0], [ratio]) for size, ratio in ratios.items()])
    assert break_even_words.where(found) == f"not within {LONGEST:g} s"


def test_backend_that_is_slower_without_start_up() -> None:
    """A backend that is slower even without its start-up is not measured with it, and the report says so."""
    found = Found("cost", True, [])
    assert break_even_words.where(found) == "not within 1 s"
    assert break_even_words.proof(found) == ("already without start-up", "-")


def test_break_even_command(execbench: Command, broken: Path, tmp_path: Path) -> None:
    """Each backend has a line for each axis, without and with start-up; one that breaks has a reason."""
    small = ("--grain", "spin[steps]", "--size", "16", *QUICK)
    kept = tmp_path / "found.json"
    finished = execbench("break-even", "-b", "threads", "-b", broken / "raises.py", "--json", kept, *small)
    assert finished.returncode == 1, finished.stderr
    lines = [line.split()[:2] for line in finished.stdout.splitlines() if line.startswith("threads")]
    assert lines == [["threads", "not"], ["threads", "not"], ["threads", "counted"], ["threads", "counted"]]
    assert "failed raises: raised: LookupError" in finished.stdout
    assert re.search(r"^backend 2 of 2 \(about \d+ s left\): raises$", finished.stderr, re.MULTILINE)
    content = json.loads(kept.read_text())
    assert content["layout"] == "varied"
    threads, raises = content["backends"]
    assert [(each["axis"], each["startup_counted"]) for each in threads["found"]] == [
        ("cost", False), ("tasks", False), ("cost", True), ("tasks", True),
    ]  # fmt: skip
    assert all(spot["serial_seconds"] for spot in threads["found"][0]["spots"])
    assert raises["failure"].startswith("raised: LookupError")
    assert raises["found"] == []
    assert execbench("break-even", "--size", "0").returncode == 2


def test_file_keeps_everything(tmp_path: Path) -> None:
    """A sweep that is written and read again is the same, and is not mistaken for an artifact."""
    found = Found("tasks", False, [SerialSpot(0, 4, 1, [1.0], [1.05]), SerialSpot(1, 4, 1, [1.0], [1.1])])
    break_even = BreakEvenRun(
        grain="spin[steps]", max_workers=2, fixed=Load(4, 1), launches=2, command=["execbench", "break-even"],
        results=[BreakEven("pool", [found]), BreakEven("gone", [], "hung: no answer")],
    )  # fmt: skip
    path = tmp_path / "sweep.json"
    for run in (metg_run(result(0.25, 0.5, 1.0), result(failure="hung: no answer")), break_even):
        files.write(path, compose.encode(results.as_json(run)))
        kind = results.kind_of(path)
        assert kind is type(run)
        assert results.read(path, kind) == run
    path.write_text('{"execbench": {}}')
    assert results.kind_of(path) is None


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("execbench-metg",), 2, "execbench-metg`"),
        (("max_workers",), 0, "$.max_workers`"),
        (("backends", 0, "spots", 1, "seconds"), [-1.0], "$.backends[0].spots[1].seconds[0]`"),
        (
            ("backends", 0, "spots", 1, "seconds"),
            [1.0, 1.0],
            "the same number of rounds - at `$.backends[0].spots[1]`",
        ),
        (("backends",), {}, "Expected `array`, got `object` - at `$.backends`"),
    ],
)
def test_file_with_a_bad_field(
    execbench: Command, tmp_path: Path, place: tuple[str | int, ...], value: object, says: str
) -> None:
    """A file with a wrong field is bad input, and the message names the field."""
    content: Any = results.as_json(metg_run(result(0.25, 0.5, 1.0)))
    inner = content
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    files.write(tmp_path / "metg.json", compose.encode(content))
    finished = execbench("report", tmp_path / "metg.json")
    assert finished.returncode == 2
    assert says in finished.stderr


def test_report_of_a_file(execbench: Command, tmp_path: Path) -> None:
    """`execbench metg` writes the file and the page, and `execbench report` makes the same page later, or Markdown."""
    outputs = ("--json", tmp_path / "a.json", "--report", tmp_path / "a.html")
    finished = execbench("metg", "-b", "threads", *QUICK, *outputs)
    assert finished.returncode == 0, finished.stderr
    assert execbench("report", tmp_path / "a.json", "-o", tmp_path / "b.html").returncode == 0
    assert (tmp_path / "a.html").read_text() == (tmp_path / "b.html").read_text()
    markdown = execbench("report", tmp_path / "a.json", "--format", "markdown")
    assert markdown.returncode == 0, markdown.stderr
    assert "| `threads` |" in markdown.stdout
    traces = execbench("report", tmp_path / "a.json", "--format", "trace")
    assert traces.returncode == 2
    assert "there are no traces in METG of spin[steps]" in traces.stderr


@pytest.mark.parametrize(("command", "option"), [("metg", "--json"), ("metg", "--report"), ("break-even", "--json")])
def test_output_that_cannot_be_written(execbench: Command, command: str, option: str) -> None:
    """A path that cannot be written is refused before anything is measured."""
    finished = execbench(command, option, "/nowhere/found")
    assert finished.returncode == 2
    assert "/nowhere/found cannot be written" in finished.stderr
    assert finished.stdout == ""


def test_grain_of_a_function(execbench: Command, tmp_path: Path) -> None:
    """A sweep takes a function as it is, and as its grain an argument of the function that makes the tasks."""
    (tmp_path / "jobs.py").write_text(
        "def inputs(size, *, steps: int = 10):\n    return [steps] * size\n"
        "def count(steps):\n    return sum(range(steps))\n"
    )
    sweep = ("metg", "--grain", "jobs.py:count[steps]", "--tasks", "jobs.py:inputs", "-b", "threads")
    finished = execbench(*sweep, "--launches", 2, "--max-time", 0.01, "--json", "metg.json", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert json.loads((tmp_path / "metg.json").read_text())["grain"] == "jobs.py:count[steps]"
