"""`execbench check`, and the same through pytest: what it finds, what it prints, and bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from execbench.conformance.kit import Checkup, kits
from execbench.lane.checks.catalogue import CHAOS, CONTRACT
from execbench.lane.checks.chaos import OUTCOMES
from execbench.report.conformance import conformance_document
from execbench.report.render.markdown import as_markdown
from execbench.report.render.terminal import as_text
from execbench.supervisor.lane import Nursery
from execbench.supervisor.process_tree import MARK
from tests.conftest import Command

MUTANTS = Path(__file__).parent / "mutants"


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Start the lanes of this module."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture(scope="module")
def found(execbench: Command, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the kit finds about two backends, a correct and a faulty one."""
    path = tmp_path_factory.mktemp("check") / "found.json"
    finished = execbench("check", "process_pool", MUTANTS / "runs_twice.py", "--json", path)
    assert finished.returncode == 1
    return dict(json.loads(path.read_text()))


@pytest.fixture(scope="module")
def checkups(found: dict[str, Any]) -> dict[str, Checkup]:
    """Return the same as the report takes it."""
    return msgspec.convert(found, dict[str, Checkup])


def test_json_has_a_verdict_for_each_check(found: dict[str, Any]) -> None:
    """The JSON has a verdict for each check, and outcome, detail and seconds for each probe."""
    assert list(found) == ["process_pool", "runs_twice"]
    for checkup in found.values():
        assert list(checkup["contract"]) == list(CONTRACT)
        assert all(verdict.partition(":")[0] in ("pass", "fail", "skip") for verdict in checkup["contract"].values())
        assert list(checkup["chaos"]) == list(CHAOS)
        assert all(set(seen) == {"outcome", "detail", "seconds"} for seen in checkup["chaos"].values())
        assert {seen["outcome"] for seen in checkup["chaos"].values()} <= set(OUTCOMES)


def test_only_the_fault_fails(checkups: dict[str, Checkup]) -> None:
    """A backend that runs tasks twice fails the check that counts calls, and a correct one fails none."""
    assert not checkups["process_pool"].failed
    assert "once_each" in checkups["runs_twice"].failed


def test_tables(checkups: dict[str, Checkup]) -> None:
    """One backend is shown with reasons, several as a matrix, and Markdown escapes untrusted text."""
    one = as_text(conformance_document({"runs_twice": checkups["runs_twice"]}), width=200)
    assert "called too often" in one
    assert "once_each: fail: with a chunk size of 1, called too often" in one
    matrix = as_text(conformance_document(checkups)).splitlines()
    assert matrix[0].split() == ["contract", "process_pool", "runs_twice"]
    assert ["once_each", "pass", "fail"] in [line.split() for line in matrix]
    names = {"<b>|": checkups["process_pool"], "other": checkups["runs_twice"]}
    assert "| contract | &#60;b&#62;&#124; | other |" in as_markdown(conformance_document(names))


@pytest.mark.parametrize("probe", ["worker_killed", "exception_with_other_arguments"])
def test_known_hangs_are_rediscovered(nursery: Nursery, probe: str) -> None:
    """A multiprocessing.Pool hangs when a worker dies, and when an exception cannot be unpickled."""
    (kit,) = kits(nursery, ["pool"])
    assert kit.observe(probe).outcome == "hang"


def test_workers_that_outlive_a_killed_program(nursery: Nursery, checkups: dict[str, Checkup]) -> None:
    """If the program is killed, the workers of a ProcessPoolExecutor live on; those of a Pool end."""
    survivors = checkups["process_pool"].chaos["program_killed"]
    assert (survivors.outcome, survivors.detail) == ("hang", "2 processes are still alive 10 s later")
    (kit,) = kits(nursery, ["pool"])
    assert kit.observe("program_killed").outcome == "right"


def test_where_a_map_is_called_from(nursery: Nursery) -> None:
    """A loop of coroutines can be started from another thread, and not within another such loop."""
    (kit,) = kits(nursery, ["asyncio"])
    assert kit.observe("other_thread").outcome == "right"
    assert kit.observe("under_asyncio").outcome == "error"


@pytest.mark.parametrize(("call", "verdict"), [("apply", "skip: it declares itself serial"), ("map", "pass")])
def test_serial_must_be_declared(nursery: Nursery, call: str, verdict: str) -> None:
    """`pool[call=apply]` declares itself serial, and `pool[call=map]` is parallel."""
    (kit,) = kits(nursery, [f"pool[call={call}]"])
    assert kit.check("parallel") == verdict


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no_map", ["no_map.py:10: its executor, an object of the class Loop, has no map", "a backend is a callable"]),
        ("not_callable", ["not_callable.py:3: 42 is not callable", "a backend is a callable"]),
        ("no_worker_count", ["no_worker_count.py:4: ", "takes no worker count", "a backend is a callable"]),
        ("cannot_enter", ["could not be opened", "nobody answers at 127.0.0.1:9"]),
        ("lacks_library", ["unavailable", "pip install a_library_that_nobody_has"]),
        ("fails_to_import", ["fails_to_import.py:3: ZeroDivisionError"]),
    ],
)
def test_bad_backend(execbench: Command, broken: Path, name: str, says: list[str]) -> None:
    """An invalid backend is bad input: the message says where it is, what is wrong, and what a backend is."""
    message = _bad_input(execbench, broken / f"{name}.py")
    assert all(words in message for words in says), message


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name the backends to check, or give --all"),
        (("pool", "--all"), "name the backends to check, or give --all"),
        (("poool",), "Did you mean 'pool'?"),
        (("pool", "--max-workers", "0"), "'0' is not a whole number above 0"),
        (("pool", "--json", "/nowhere/found.json"), "/nowhere"),
    ],
)
def test_bad_arguments(execbench: Command, arguments: tuple[str, ...], says: str) -> None:
    """Bad arguments end with exit code 2 and a message that helps, before anything is checked."""
    assert says in _bad_input(execbench, *arguments)


def _bad_input(execbench: Command, *arguments: object) -> str:
    finished = execbench("check", *arguments)
    assert finished.returncode == 2
    assert "Traceback" not in finished.stderr
    return finished.stderr


def test_interrupt_leaves_nothing(broken: Path, tmp_path: Path) -> None:
    """Ctrl-C during checks that hang ends the command with 130, and none of its processes is left."""
    command = [sys.executable, "-m", "execbench", "check", str(broken / "hangs.py")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=tmp_path, text=True) as check:
        marks: set[str] = set()
        while not marks:  # until its first lane runs
            marks = {mark for child in psutil.Process(check.pid).children(recursive=True) if (mark := _mark(child))}
        os.kill(check.pid, signal.SIGINT)
        assert check.wait(20) == 130
    assert marks
    assert not [process for process in psutil.process_iter() if _mark(process) in marks]


def test_kit_under_pytest(tmp_path: Path) -> None:
    """Outside this repository, pytest runs each check of a backend as a test, and a fault fails only its test."""
    command = [sys.executable, "-m", "pytest", "-p", "execbench.pytest_plugin", "--pyargs", "execbench.conformance"]
    command += ["--backend", str(MUTANTS / "reverses.py"), "-k", "generator or no_tasks or second_thread", "-q"]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert "FAILED" in finished.stdout
    assert "test_contract[reverses-generator]" in finished.stdout
    assert "1 failed, 2 passed" in finished.stdout
    assert "second_thread" in finished.stdout


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except psutil.Error:
        return None
