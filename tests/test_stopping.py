"""When trials get no more launches, in simulated races and in real ones."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import certify_verdicts as simulated
import numpy as np
import pytest
from certify_simulated import SCENARIOS

from execbench.racing.stopping import Spread, is_settled
from execbench.records import artifact
from execbench.records.doubts import doubts_about
from execbench.records.record import Record
from execbench.stats import Samples
from tests.conftest import Command
from tests.test_doubts import SOUND

UNEVEN = """
from concurrent.futures import ThreadPoolExecutor
from execbench import Workload

class backend(ThreadPoolExecutor):
    def map(self, fn, tasks, chunksize=1):
        return [fn(task) for task in tasks for _ in range(20)][::20]

def fn(task):
    return sum(range(20_000 + task))

workload = Workload(fn=fn, tasks=range, size=10)
"""


CHEAT = Path(__file__).parent / "cheats" / "patches_the_clock.py"


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workload, and a backend that does each task twenty times."""
    path = tmp_path_factory.mktemp("uneven") / "uneven.py"
    path.write_text(UNEVEN)
    return path


def _race(execbench: Command, plugin: Path, *options: object) -> tuple[dict[str, Record], str]:
    """Race with little time; return the records by the trials' titles, and what was printed."""
    path = plugin.with_name("run.json")
    finished = execbench("run", "-w", plugin, "--max-time", "0.01", *options, "--json", path)
    assert finished.returncode == 0, finished.stderr
    return {record.title: record for record in artifact.read(path).records}, finished.stdout


def test_hopeless_trial_is_settled(execbench: Command, plugin: Path) -> None:
    """A trial that is far slower than the fastest gets fewer launches, and the report notes it without a doubt."""
    records, printed = _race(execbench, plugin, "-b", "threads", "-b", plugin)
    slow = next(record for record in records.values() if record.backend == "uneven")
    assert slow.settled
    assert slow.launches < max(record.launches for record in records.values())
    assert slow.speedup is not None
    assert slow.speedup.high < 1
    assert "few_rounds" not in {doubt.code for doubt in slow.doubts}
    assert re.search(rf"settled .*uneven\S* after {slow.launches} launches", printed)
    assert not records["serial/w1"].settled


def test_precision_settles_nothing(execbench: Command, plugin: Path) -> None:
    """With a precision that the user gives, every trial has the planned launches."""
    records, _ = _race(execbench, plugin, "-b", plugin, "--launches", "3", "--precision", "0.1", "--size", "2")
    assert all(record.launches >= 3 and not record.settled for record in records.values())


def test_interpreters_stay_together(execbench: Command, plugin: Path) -> None:
    """Where interpreters are compared, no trial is settled: each has the planned launches under all of them."""
    pythons = ("--python", f"a={sys.executable}", "--python", f"b={sys.executable}")
    records, _ = _race(execbench, plugin, "-b", plugin, "--launches", "3", "--size", "2", *pythons)
    assert all(record.launches >= 3 and not record.settled for record in records.values())


def test_impossible_leader_settles_nothing(execbench: Command, plugin: Path) -> None:
    """A trial whose figures are impossible is no leader, so an honest one keeps its launches."""
    records, _ = _race(execbench, plugin, "-b", "threads", "-b", CHEAT, "--launches", "3", "--size", "60")
    cheat = next(record for record in records.values() if record.backend == CHEAT.stem)
    honest = next(record for record in records.values() if record.backend == "threads")
    assert "impossible" in {doubt.code for doubt in cheat.doubts}
    assert cheat.samples.median < honest.samples.median / 5
    assert honest.launches >= 3


def test_later_launches_go_straight_to_their_rounds(execbench: Command, broken: Path, tmp_path: Path) -> None:
    """After the first call, only a trial's first launch has a round that is not timed."""
    record, path, plugin = tmp_path / "record", tmp_path / "run.json", broken / "recording.py"
    options = ("--launches", "2", "--max-time", "0.01", "--json", path)
    execbench("run", "-w", plugin, "-b", plugin, *options, env={**os.environ, "RECORD": str(record)})
    maps = Counter(line.split()[0] for line in record.read_text().splitlines() if line.endswith("map"))
    (trial,) = [each for each in artifact.read(path).records if each.backend == "recording"]
    timed = Counter(trial.samples.launch)
    untimed = [count - timed[launch] for launch, count in enumerate(maps.values())]
    assert untimed[:2] == [2, 1]


@pytest.mark.parametrize(
    ("times", "launches", "expected"),
    [
        pytest.param([9.0], 1, False, id="one launch"),
        pytest.param([9.0, 9.1], 2, True, id="hopeless"),
        pytest.param([1.9, 1.91], 2, False, id="two launches that agree"),
        pytest.param([9.0, 1.1], 2, False, id="two launches that differ"),
        pytest.param([1.5, 1.51, 1.52], 3, True, id="three launches that agree"),
        pytest.param([1.5, 1.1, 1.9], 3, False, id="three launches that differ"),
        pytest.param([0.5, 0.51, 0.52], 3, False, id="faster than the leader"),
    ],
)
def test_settled(times: list[float], launches: int, *, expected: bool) -> None:
    """Two launches settle what is hopeless, three what is clearly slower than the leader, and one launch nothing."""
    assert len(times) == launches
    logs = np.log(times)
    assert is_settled(logs, 5, Spread.of(logs)) == expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [([1.5, 1.52], True), ([1.5, 2.5], False), ([1.5, 1.52, 1.2, 1.9, 1.7], False)],
    ids=["steady", "two that differ", "many that differ"],
)
def test_other_trials_tell_how_much_launches_differ(others: list[float], *, expected: bool) -> None:
    """Three launches that differ settle a trial where those of the others differ little, and only there."""
    logs = np.log([1.3, 1.4, 1.5])
    assert not is_settled(logs, 5, Spread.of(logs))
    pooled = Spread.of(logs)
    for _ in range(4):
        pooled += Spread.of(np.log(others))
    assert is_settled(logs, 5, pooled) == expected


def test_wild_trials_hide_no_steady_one() -> None:
    """A trial whose own launches tell is settled, however much those of the others differ."""
    logs = np.log([1.5, 1.51, 1.52])
    assert is_settled(logs, 5, Spread.of(logs) + Spread.of(np.log([1.0, 9.0, 1.0, 9.0])))


def test_many_races_are_settled_as_one() -> None:
    """The rule says the same of many races at once as of each."""
    logs = np.random.default_rng(1).normal(0.1, 0.1, (50, 4))
    found = is_settled(logs, 5, Spread.of(logs))
    assert found.any()
    assert found.tolist() == [bool(is_settled(race, 5, Spread.of(race))) for race in logs]


def test_settled_trial_needs_no_more_rounds() -> None:
    """Few rounds are a reason to doubt a trial, unless it was settled."""
    few = replace(SOUND, samples=Samples([0.02] * 2, [0, 1], [0, 0]))
    assert [doubt.code for doubt in doubts_about(few)] == ["few_rounds"]
    assert doubts_about(replace(few, settled=True)) == ()


@pytest.mark.parametrize("field", simulated.FIELDS)
def test_verdicts(field: str) -> None:
    """In simulated races, verdicts are right, intervals hold the truth, and hopeless trials have two launches."""
    row = simulated.certify(field, SCENARIOS[0], 300, seed=1)
    assert not row.missed
    assert row.wrong == 0
    assert row.launches[0] >= row.launches[-1]
    assert field == "close together" or row.launches[-1] == 2
