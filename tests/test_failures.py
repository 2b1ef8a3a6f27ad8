"""Broken plugins and bad input get a clear message and an exit code; nothing is left behind or lost."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from execbench.records import artifact
from execbench.records.record import Record
from tests.conftest import Command, lanes_left

QUICK = ("--launches", "1", "--max-time", "0.01", "--max-workers", "2")

EXPECTED = {
    "too_few": ("wrong_result", "39 results for 40 tasks"),
    "too_many": ("wrong_result", "41 results for 40 tasks"),
    "reordered": ("wrong_result", "the results are not in the order of the tasks"),
    "wrong": ("wrong_result", "task 0: 0 instead of 7"),
    "wrong_later": ("wrong_result", "39 results for 40 tasks"),
    "raises": ("raised", "LookupError: no worker is to be found"),
    "hangs": ("hung", "first_call gave no answer within 2 s"),
    "killed": ("died", "the lane was killed by SIGKILL during first_call"),
    "no_map": ("not_opened", "Loop has no map"),
    "cannot_enter": ("not_opened", "ConnectionError: nobody answers at 127.0.0.1:9"),
    "never_stops": ("not_closed", "close gave no answer within 10 s"),
}


@pytest.fixture(scope="module")
def race(execbench: Command, broken: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One race of all broken backends and some that work."""
    path = tmp_path_factory.mktemp("race") / "artifact.json"
    backends = [argument for name in EXPECTED for argument in ("-b", broken / f"{name}.py")]
    others = ("-b", "threads", "-b", broken / "loud.py", "-b", broken / "leaves_process.py")
    command = ("run", "-w", broken / "constant.py", *backends, *others, *QUICK, "--round-timeout", "2", "--json", path)
    finished = execbench(*command)
    records = artifact.read(path).records
    return {"finished": finished, "records": {record.backend: record for record in records}}


@pytest.mark.parametrize("name", EXPECTED)
def test_status_and_reason(race: dict[str, Any], name: str) -> None:
    """A broken backend is a failed trial, with the documented status and a reason."""
    record: Record = race["records"][name]
    status, reason = EXPECTED[name]
    assert (record.status, reason in str(record.reason)) == (status, True), record.reason


def test_others_race_on(race: dict[str, Any]) -> None:
    """The working backends of the same race are measured."""
    assert {name for name, record in race["records"].items() if record.ok} == {
        "serial",
        "threads",
        "loud",
        "leaves_process",
    }


def test_report_of_failures(race: dict[str, Any]) -> None:
    """The report names each failed trial with its reason; the exit code is 1, without a traceback."""
    finished = race["finished"]
    assert finished.returncode == 1
    for name, (status, reason) in EXPECTED.items():
        assert any(line.startswith("failed") and f"{name}/w2" in line for line in finished.stdout.splitlines()), name
        assert status in finished.stdout
        assert reason.split(":")[0] in finished.stdout.replace("\n", " ")
    assert "Traceback" not in finished.stderr


def test_leftover_process_raises_a_doubt(race: dict[str, Any]) -> None:
    """A process that a backend leaves behind raises a doubt."""
    assert [
        doubt.code for doubt in race["records"]["leaves_process"].doubts if doubt.numbers.get("processes_left")
    ] == ["left_over_processes"]


def test_no_process_of_a_lane_is_left(race: dict[str, Any]) -> None:
    """After a run, no process of a lane is left."""
    assert not lanes_left()


BAD_INPUT = {
    "unknown backend": (("-b", "pol"), "Did you mean 'pool'?"),
    "unknown workload": (("-w", "cubes"), "Did you mean 'cube'?"),
    "unknown option": (("-b", "pool[cal=map]"), "pool has no option 'cal'; it takes call=map|starmap"),
    "wrong value": (("-b", "pool[call=mop]"), "call takes map|starmap"),
    "badly written": (("-b", "pool[call"), "is not of the form"),
    "no workers": (("--max-workers", "0"), "give whole numbers above 0"),
    "no tasks": (("--size", "0"), "give whole numbers above 0"),
    "no time": (("--max-time", "0"), "is not a number of seconds above 0"),
    "wrong chunk size": (("--chunksize", "none"), "give fair, library, or a whole number"),
    "no such file": (("-w", "nowhere.py"), "there is no file 'nowhere.py'"),
    "no such module": (("-b", "nowhere:pool"), "No module named 'nowhere'"),
    "no such attribute": (("-b", "concurrent.futures:Pool"), "has no attribute 'Pool'"),
    "no such interpreter": (("--python", "old=nowhere/python"), "there is no program 'nowhere/python'"),
    "one name for two interpreters": (("--python", sys.executable) * 2, "name each of them, as NAME=PATH"),
    "unwritable artifact": (("--json", "nowhere/artifact.json"), "cannot be written: No such file or directory"),
    "artifact is a folder": (("--json", "."), "is a folder"),
    "unknown command line option": (("--frobnicate",), "unrecognized arguments"),
    "not callable": (("-b", "BROKEN/not_callable.py"), "42 is not callable; a backend is a callable"),
    "no worker count": (("-b", "BROKEN/no_worker_count.py"), "takes no worker count"),
    "fails to import": (("-b", "BROKEN/fails_to_import.py"), "fails_to_import.py:3: ZeroDivisionError"),
    "lacks a library": (("-b", "BROKEN/lacks_library.py"), "pip install a_library_that_nobody_has"),
    "says it is unavailable": (("-b", "BROKEN/says_unavailable.py"), "it needs Python 4"),
    "not a workload": (("-w", "BROKEN/not_a_workload.py"), "'spin' is not an execbench.Workload"),
    "function no worker can import": (("-w", "BROKEN/not_importable.py"), "define it with def at the top level"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input(execbench: Command, broken: Path, case: str) -> None:
    """Bad input gets a message that names it, exit code 2, and no traceback."""
    arguments, message = BAD_INPUT[case]
    finished = execbench("run", *(argument.replace("BROKEN", str(broken)) for argument in arguments))
    assert finished.returncode == 2
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr
    assert finished.stdout == ""


@pytest.mark.parametrize(
    ("workload", "reason"),
    [
        ("no_tasks", "no_tasks.tasks(8) made 0 tasks; the size is the number of tasks"),
        ("raising_task", "ArithmeticError: task 0 cannot be done"),
    ],
)
def test_broken_workload(execbench: Command, broken: Path, tmp_path: Path, workload: str, reason: str) -> None:
    """A workload that cannot run fails all of its trials, and the reason is printed."""
    path = tmp_path / "artifact.json"
    finished = execbench("run", "-w", broken / f"{workload}.py", "-b", "pool", *QUICK, "--json", path)
    assert finished.returncode == 1
    assert finished.stdout.replace("\n", " ").count(f"{reason}") >= 1
    content = json.loads(path.read_text())
    assert content["benchmarks"] == []
    assert {entry["backend"] for entry in content["execbench"]["failed"]} == {"serial", "pool"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupt_keeps_finished_races(broken: Path, tmp_path: Path, number: signal.Signals) -> None:
    """After Ctrl-C or its like in the second race, the exit code is 130, no process is left, the first race is kept."""
    path = tmp_path / "artifact.json"
    plugins = ["-w", "cube", "-w", str(broken / "constant.py"), "-b", str(broken / "hangs_at_forty.py")]
    run = subprocess.Popen(
        [sys.executable, "-m", "execbench", "run", *plugins, *QUICK, "--json", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # whoever runs the tests may ignore it
    )
    assert run.stdout is not None
    assert any(line.startswith("cube: ") for line in run.stdout)
    run.send_signal(number)
    if number != signal.SIGINT:  # a closed terminal sends two
        run.send_signal(number)
    _, errors = run.communicate(timeout=50)
    assert run.returncode == 130, errors
    records = artifact.read(path).records
    assert {record.group for record in records if record.ok} == {"cube"}
    assert {record.status for record in records if not record.ok} == {"cancelled"}
    assert not lanes_left()


def test_nohup(broken: Path, tmp_path: Path) -> None:
    """A run that was started to ignore SIGHUP, as by `nohup`, goes on to its end."""
    path = tmp_path / "artifact.json"
    run = subprocess.Popen(
        [sys.executable, "-m", "execbench", "run", "-w", "noop", "-w", "cube", "-b", "threads", *QUICK, "--json", path],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert run.stdout is not None
    assert any(line.startswith("noop: ") for line in run.stdout)
    run.send_signal(signal.SIGHUP)
    run.communicate(timeout=50)
    assert run.returncode == 0
    assert {record.group for record in artifact.read(path).records if record.ok} == {"noop", "cube"}


def test_killed_run_leaves_no_process(broken: Path, tmp_path: Path) -> None:
    """A run that is killed by SIGKILL leaves no lanes and no temporary files."""
    command = [sys.executable, "-m", "execbench", "run", "-w", str(broken / "constant.py"), "-b"]
    command += [str(broken / "hangs.py"), *QUICK, "--json", str(tmp_path / "artifact.json")]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    run = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment)
    assert run.stderr is not None
    run.stderr.readline()  # the first launch has begun
    guards = [child for child in psutil.Process(run.pid).children() if "execbench.supervisor.guard" in child.cmdline()]
    run.kill()
    run.communicate()
    psutil.wait_procs(guards, timeout=30)
    assert not lanes_left()
    assert list(tmp_path.glob("execbench-*")) == []


def test_full_disk_is_detected_first(execbench: Command, tmp_path: Path) -> None:
    """If nothing can be written to the disk, the run says so before the race."""

    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    finished = execbench("run", "-w", "cube", "-b", "threads", "--json", tmp_path / "x.json", preexec_fn=no_room)
    assert finished.returncode == 2
    assert "cannot be written: File too large" in finished.stderr
    assert finished.stdout == ""
