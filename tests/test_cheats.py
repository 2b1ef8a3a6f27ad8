"""Twenty dishonest backends: each file names in `caught_by` what sees through it: a race, a check, or nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from execbench.conformance.kit import kits
from execbench.records import artifact
from execbench.records.record import Record
from execbench.supervisor.lane import Nursery
from tests.conftest import Command, caught_by

CHEATS = {file.stem: file for file in sorted((Path(__file__).parent / "cheats").glob("*.py"))}
RACE = [name for name, file in CHEATS.items() if caught_by(file) == "race"]
KIT = [name for name, file in CHEATS.items() if caught_by(file) not in ("race", "nobody")]
TELLING = {"impossible", "busy_when_idle"}

WORKLOAD = """
from execbench import Workload

def fn(task):
    total = 0
    for step in range(20_000 if task else 1):
        total += step * task
    return total

workload = Workload(fn=fn, tasks=lambda size: list(range(1, size + 1)), size=30)
"""


@pytest.fixture(scope="module")
def records(execbench: Command, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    """One race of all cheats on a stranger's function."""
    folder = tmp_path_factory.mktemp("cheats")
    (folder / "sums.py").write_text(WORKLOAD)
    backends = [word for file in CHEATS.values() for word in ("-b", file)]
    command = ("run", "-w", folder / "sums.py", *backends, "--max-workers", "2", "--launches", "2", "--max-time", "0.1")
    finished = execbench(*command, "--json", folder / "artifact.json")
    assert finished.returncode == 1, finished.stderr
    return {record.backend: record for record in artifact.read(folder / "artifact.json").records}


@pytest.mark.parametrize("name", RACE)
def test_race_sees_through_it(records: dict[str, Record], name: str) -> None:
    """A cheat fails, or its figures raise a doubt that names the cheating."""
    record = records[name]
    assert not record.ok or TELLING & {doubt.code for doubt in record.doubts}, record


def test_honest_baseline_is_not_suspected(records: dict[str, Record]) -> None:
    """The serial loop in the same race raises none of these doubts."""
    assert records["serial"].ok
    assert not TELLING & {doubt.code for doubt in records["serial"].doubts}


@pytest.mark.parametrize("name", KIT)
def test_kit_sees_through_it(name: str) -> None:
    """A cheat that no race can see fails a check of the kit."""
    with Nursery() as nursery:
        (kit,) = kits(nursery, [str(CHEATS[name])])
        assert kit.check(caught_by(CHEATS[name])).startswith("fail: ")


def test_only_the_harmless_one_passes() -> None:
    """Of twenty cheats, nobody sees the one that changes nothing."""
    assert len(CHEATS) == 20
    assert set(CHEATS) - {*RACE, *KIT} == {"patches_perf_counter"}
