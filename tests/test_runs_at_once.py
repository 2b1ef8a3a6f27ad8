"""Runs that share a folder or an artifact's name: none loses what it has measured."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from execbench.records import artifact
from execbench.report.repeat import repeat_run

WAITS = """\
import os, time
from execbench import Workload

def fn(folder):
    open(os.path.join(folder, "started"), "a").close()
    while not os.path.exists(os.path.join(folder, "go")):
        time.sleep(0.01)

def tasks(size):
    return [os.path.dirname(__file__)] * size

workload = Workload(fn=fn, tasks=tasks, size=1)
"""
"""A workload that lets the test know that it runs, and runs until the test says so."""

TOOLS = pytest.mark.parametrize("tool", ["execbench", pytest.param("pytest", marks=pytest.mark.slow)])
OPTIONS = {
    "execbench": ["run", "--no-wait", "--max-time", "0.01"],
    "pytest": ["-q", "-p", "no:cacheprovider", "--no-wait", "--benchmark-only", "--benchmark-max-time=0.01"],
}
NAMES = {
    "execbench": {"json": "--json", "seed": "--seed", "report": "--report"},
    "pytest": {
        "json": "--benchmark-json",
        "seed": "--race-seed",
        "report": "--race-report",
        "save": "--benchmark-save",
    },
}

Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run(tool: str, tmp_path: Path) -> Iterator[Run]:
    """A function that starts a run in the folder, by keywords as in `NAMES`; whatever still runs is killed."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["execbench.pytest_plugin"]\n')
    (tmp_path / "test_trials.py").write_text("def test_trial(trial, benchmark):\n    trial.run(benchmark)\n")
    (tmp_path / "waits.py").write_text(WAITS)
    started = []

    def start(*workloads: str, resume: bool = False, **named: object) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", tool, *OPTIONS[tool], "--backend=threads", "--launches=1", "--max-workers=2"]
        words += ["--size=1", *(f"--workload={name}" for name in workloads)]
        words += [f"{NAMES[tool][name]}={value}" for name, value in named.items()]
        words += ["--resume"] if resume else []
        process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def live(run: Run, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """A function that starts a run which finishes one race, and waits in the next."""

    def start(**named: object) -> subprocess.Popen[str]:
        (tmp_path / "started").unlink(missing_ok=True)
        process = run("noop", "waits.py", **named)
        while not (tmp_path / "started").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        return process

    return start


def _end(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def _refused(process: subprocess.Popen[str], message: str) -> None:
    code, output = _end(process)
    assert code in (2, 4), output
    (line,) = [line for line in output.splitlines() if "execbench: " in line]
    assert message in line
    assert "Traceback" not in output


@pytest.mark.parametrize("tool", ["execbench"])
def test_artifacts_of_runs_at_once(run: Run, tmp_path: Path) -> None:
    """Runs at once in one folder each write their own artifact, under their own number, and leave nothing else."""
    ends = [_end(process) for process in [run("noop") for _ in range(4)]]
    assert [code for code, _ in ends] == [0] * 4, ends
    files = [path for path in (tmp_path / ".benchmarks").rglob("*") if path.is_file()]
    assert len({path.name[:5] for path in files}) == len(files) == 4
    assert all(len(artifact.read(path).records) == 2 for path in files)


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["pytest"])
def test_saved_sessions_at_once(run: Run, tmp_path: Path) -> None:
    """Sessions that end at once and save under one name get different numbers."""
    ends = [_end(process) for process in [run("noop", save="same") for _ in range(3)]]
    assert [code for code, _ in ends] == [0] * 3, ends
    names = sorted(path.name for path in (tmp_path / ".benchmarks").rglob("*.json"))
    assert names == ["0001_same.json", "0002_same.json", "0003_same.json"]


def test_numbers_in_storage(tmp_path: Path) -> None:
    """However many runs end at once, no two artifacts get one number, and nothing else is left."""
    code = "from execbench.records import compose\nfor _ in range(30): compose.save_in_storage(b'{}')"
    runs = [subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path) for _ in range(4)]
    assert [process.wait() for process in runs] == [0] * 4
    files = [path for path in (tmp_path / ".benchmarks").rglob("*") if path.is_file()]
    assert len({path.name.partition("_")[0] for path in files}) == len(files) == 120
    assert {path.read_text() for path in files} == {"{}"}


HOLDS = """\
import os, sys
from pathlib import Path
from execbench.environment import describe
from execbench.records.journal import Heading, InUse, Journal

heading = Heading([], {}, describe(), 7)
for _ in range(300):
    try:
        journal = Journal.begin(Path("a.journal"), heading)
    except InUse:
        continue
    os.close(os.open("held", os.O_CREAT | os.O_EXCL))
    os.unlink("held")
    journal.remove()
"""


def test_journal_is_never_held_twice(tmp_path: Path) -> None:
    """Of several runs that begin and end at any moment, no two have the same journal at once."""
    runs = [subprocess.Popen([sys.executable, "-c", HOLDS], cwd=tmp_path) for _ in range(4)]
    assert [process.wait() for process in runs] == [0] * 4
    assert not list(tmp_path.iterdir())


@TOOLS
def test_journal_is_kept_from_other_runs(run: Run, live: Run, tmp_path: Path) -> None:
    """A run leaves the journal of another that is still running; once that is killed, it can be resumed."""
    first = live()
    code, output = _end(run("noop"))
    assert code == 0, output
    first.kill()
    first.wait()
    assert [path.name for path in (tmp_path / ".benchmarks").glob("*.journal*")] == ["execbench.journal"]
    (tmp_path / "go").touch()
    code, output = _end(run("noop", "waits.py", resume=True))
    assert code == 0, output
    assert not list((tmp_path / ".benchmarks").glob("*.journal*"))


@TOOLS
def test_live_run_is_not_resumed(run: Run, live: Run, tmp_path: Path) -> None:
    """`--resume` continues the interrupted run of a folder, not one that is still running there."""
    first, second = live(), live()
    folder = tmp_path / ".benchmarks"
    kept = (folder / "execbench.journal").read_bytes()
    second.kill()
    second.wait()
    (tmp_path / "started").unlink()
    third = run("noop", "waits.py", resume=True)
    while not (tmp_path / "started").exists():
        assert third.poll() is None, third.communicate()
        time.sleep(0.02)
    assert (folder / "execbench.journal").read_bytes() == kept
    assert {path.name for path in folder.glob("*.journal*")} == {"execbench.journal", "execbench-2.journal"}
    (tmp_path / "go").touch()
    assert [_end(process)[0] for process in (first, third)] == [0, 0]
    assert not list(folder.glob("*.journal*"))


@TOOLS
def test_one_artifact_at_once(run: Run, live: Run, tmp_path: Path) -> None:
    """While a run is to write an artifact, another that is to write the same one is refused, new or resumed."""
    first = live(json="a.json")
    _refused(run("noop", json="a.json"), "another run is writing a.json.journal: wait for it, or give another --json")
    _refused(run("noop", json="a.json", resume=True), "another run is writing a.json.journal")
    (tmp_path / "go").touch()
    code, output = _end(first)
    assert code == 0, output
    assert {record.workload for record in artifact.read(tmp_path / "a.json").records} == {"noop", "waits"}
    assert not (tmp_path / "a.json.journal").exists()


@pytest.mark.parametrize("tool", ["execbench"])
def test_lanes_do_not_hold_the_journal(live: Run, tmp_path: Path) -> None:
    """No process that a run starts has its journal open, so that it is unlocked as soon as the run is killed."""
    found = psutil.Process(live(json="a.json").pid)
    journal = str(tmp_path / "a.json.journal")
    assert journal in _open_files(found)
    assert len(found.children(recursive=True)) > 1
    assert all(journal not in _open_files(child) for child in found.children(recursive=True))


def _open_files(process: psutil.Process) -> set[str]:
    with suppress(psutil.NoSuchProcess):
        return {file.path for file in process.open_files()}
    return set()


@TOOLS
def test_seed_of_a_resumed_run(run: Run, live: Run, tmp_path: Path, tool: str) -> None:
    """A resumed run has the seed of the interrupted one, also in its artifact; another seed is refused."""
    first = live(json="a.json", seed=7)
    first.kill()
    first.wait()
    _refused(run("noop", "waits.py", json="a.json", seed=8, resume=True), "with the seed 8, as a.json.journal has 7")
    (tmp_path / "go").touch()
    code, output = _end(run("noop", "waits.py", json="a.json", resume=True))
    assert code == 0, output
    kept = artifact.read(tmp_path / "a.json").execbench
    assert isinstance(kept, artifact.RunInfo)
    assert kept.seed == 7
    assert repeat_run(kept.command, kept.seed).endswith(f"{NAMES[tool]['seed']} 7")


@TOOLS
@pytest.mark.parametrize("link", [False, True])
def test_journal_is_no_other_file(run: Run, tmp_path: Path, link: bool) -> None:
    """A report, or an artifact, that would be the run's journal is refused before the race."""
    if link:
        (tmp_path / "a.csv").touch()
        (tmp_path / "a.csv.journal").symlink_to("a.csv")
        _refused(run("noop", json="a.csv"), "a.csv and a.csv.journal are the same file")
    else:
        _refused(run("noop", json="a", report="a.journal"), "a.journal and a.journal are the same file")
        assert not (tmp_path / "a.journal").exists()
