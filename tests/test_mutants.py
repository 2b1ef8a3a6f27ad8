"""Backends with one fault each, and the checks that catch them: `caught_by` in each file names the expected check."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from execbench.conformance.kit import Kit, kits
from execbench.lane.checks.catalogue import CHAOS, CONTRACT
from execbench.plugins.describe import chosen, describe
from execbench.supervisor.lane import Nursery
from tests.conftest import Command, caught_by

MUTANTS = sorted((Path(__file__).parent / "mutants").glob("*.py"))
CORRECT = sorted(file.stem for file in (Path(__file__).parent.parent / "backends").glob("[!_]*.py"))

OWN_FAULTS = {
    "dask": {"submit_cancel"},
    "ipyparallel": {"submit_cancel"},
    "multiprocess": {"initializer_exception"},
    "parsl": {"submit_cancel"},
    "pool": {"initializer_exception"},
}
"""What the libraries behind our backends do that no backend should; docs/conformance.md says so."""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Start the lanes of this module."""
    with Nursery() as nursery:
        yield nursery
    for forgotten in Path("/dev/shm").glob("mutant-*"):
        forgotten.unlink()


@pytest.fixture(scope="module")
def verdicts(nursery: Nursery) -> dict[str, str]:
    """Return what the expected check says about each mutant; several run at a time, as many wait for a timeout."""
    with ThreadPoolExecutor(4) as threads:
        return dict(zip((file.stem for file in MUTANTS), threads.map(partial(_verdict, nursery), MUTANTS), strict=True))


def _verdict(nursery: Nursery, file: Path) -> str:
    (kit,) = kits(nursery, [str(file)])
    name = caught_by(file)
    return kit.observe(name).outcome if name in CHAOS else kit.check(name)


@pytest.mark.parametrize("name", [file.stem for file in MUTANTS])
def test_mutant_is_caught(verdicts: dict[str, str], name: str) -> None:
    """The expected check catches the mutant; an endless input, which is only observed, hangs it."""
    assert verdicts[name].startswith("fail: ") or verdicts[name] == "hang"


def test_there_are_enough_mutants() -> None:
    """There are at least thirty mutants, and every check catches one."""
    assert len(MUTANTS) >= 30
    assert set(CONTRACT) <= {caught_by(file) for file in MUTANTS}


@pytest.mark.slow
@pytest.mark.parametrize("name", CORRECT)
def test_correct_backend_keeps_the_contract(nursery: Nursery, name: str) -> None:
    """No backend in the catalogue that works here fails any check, but for what is its library's own."""
    (description,) = describe(nursery, chosen("backend", [name]))
    if description.unavailable:
        pytest.skip(description.unavailable)
    kit = Kit(nursery, description)
    kit.admit()
    alone = [check for check in CONTRACT if CONTRACT[check].leaving]
    others = [check for check in CONTRACT if check not in alone]
    with ThreadPoolExecutor(3) as threads:
        verdicts = dict(zip(alone + others, [*map(kit.check, alone), *threads.map(kit.check, others)], strict=True))
    failed = {check: verdict for check, verdict in verdicts.items() if verdict.startswith("fail")}
    assert failed.keys() == OWN_FAULTS.get(name, set()), failed


@pytest.mark.parametrize("mutant", ["returns_early", "computes_later", "reverses", "drops"])
def test_race_refuses_wrong_results(execbench: Command, tmp_path: Path, mutant: str) -> None:
    """A race rejects a backend unless all results are there, correct and in order, when the clock stops."""
    file = Path(__file__).parent / "mutants" / f"{mutant}.py"
    finished = execbench("run", "-w", "wait", "-b", file, "--launches", 1, "--json", tmp_path / "artifact.json")
    assert finished.returncode == 1
    assert "wrong_result" in finished.stdout
