"""The pytest plugin, in projects of its own: races under --benchmark-only, checks otherwise."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from execbench.records import artifact
from tests.warm import WarmInterpreter

Project = Callable[..., subprocess.CompletedProcess[str]]

QUICK = ("--workload=cube", "--backend=threads", "--backend=pool", "--max-workers=2")
RACE = ("--benchmark-only", "--launches=2", "--benchmark-max-time=0.02")
UNRELATED = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
"""Plugins that the projects do without; the second would import all of Hypothesis at the end of each session."""


@pytest.fixture
def project(warm: WarmInterpreter, tmp_path: Path) -> Project:
    """Run pytest in a project that turns the plugin on and has the one test."""
    return _project(warm, tmp_path)


def _project(warm: WarmInterpreter, folder: Path) -> Project:
    (folder / "conftest.py").write_text('pytest_plugins = ["execbench.pytest_plugin"]\n')
    (folder / "test_it.py").write_text("def test_trial(trial, benchmark):\n    trial.run(benchmark)\n")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return warm.run("pytest", [*UNRELATED, *map(str, arguments)], cwd=folder, timeout=120)

    return run


@pytest.fixture(scope="module")
def raced(warm: WarmInterpreter, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What one race printed, and its artifact."""
    folder = tmp_path_factory.mktemp("raced")
    finished = _project(warm, folder)(*QUICK, *RACE, "--benchmark-json=out.json")
    assert finished.returncode == 0, finished.stdout
    return finished.stdout, _content(folder / "out.json")


def _content(path: Path) -> dict[str, Any]:
    """What an artifact holds, once it was read and found right."""
    artifact.read(path)
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def test_race(raced: tuple[str, dict[str, Any]]) -> None:
    """One command races, prints pytest-benchmark's table and ours, and writes an artifact that validates."""
    printed, content = raced
    assert "benchmark 'cube': 3 tests" in printed
    assert "Stay serial" in printed
    assert {entry["name"] for entry in content["benchmarks"]} == {"cube/serial/w1", "cube/threads/w2", "cube/pool/w2"}
    assert {entry["fullname"] for entry in content["benchmarks"]} >= {"test_it.py::test_trial[cube/pool/w2]"}
    assert content["execbench"]["command"][0] == "pytest"


def test_samples_are_exact(raced: tuple[str, dict[str, Any]]) -> None:
    """The data that pytest-benchmark keeps are the lane's samples to the last bit."""
    for entry in raced[1]["benchmarks"]:
        assert entry["stats"]["data"] == entry["extra_info"]["execbench"]["samples"]["seconds"]


def test_deselected_baseline_is_raced_all_the_same(project: Project, tmp_path: Path) -> None:
    """With -k that leaves serial out, speedups are still there, and the baseline is kept apart."""
    project(*QUICK, *RACE, "-k", "pool", "--benchmark-json=out.json")
    content = _content(tmp_path / "out.json")
    assert [entry["name"] for entry in content["benchmarks"]] == ["cube/pool/w2"]
    assert content["benchmarks"][0]["extra_info"]["execbench"]["speedup"] is not None
    assert [entry["name"] for entry in content["execbench"]["baselines"]] == ["cube/serial/w1"]


def test_check_only(project: Project) -> None:
    """Without --benchmark-only each trial runs once, small, and no benchmark is reported."""
    finished = project(*QUICK, "-v")
    assert finished.returncode == 0, finished.stdout
    assert finished.stdout.count("PASSED") == 3
    assert "Stay serial" not in finished.stdout
    assert "benchmark 'cube'" not in finished.stdout


@pytest.mark.parametrize("mode", [(), RACE])
def test_failed_trial_is_a_failed_test(project: Project, broken: Path, tmp_path: Path, mode: tuple[str, ...]) -> None:
    """A backend with wrong results fails its test with the reason, racing or not; the others pass."""
    finished = project("--workload=cube", f"--backend={broken / 'too_few.py'}", "--backend=threads", *mode)
    assert finished.returncode == 1
    assert "wrong_result: " in finished.stdout
    assert "pytest_benchmark/fixture.py" not in finished.stdout
    assert "1 failed, 2 passed" in finished.stdout


def test_artifact_of_failures_only(project: Project, broken: Path, tmp_path: Path) -> None:
    """When every trial fails, the artifact is written all the same, with the reasons."""
    finished = project(
        f"--workload={broken / 'raising_task.py'}", "--backend=threads", *RACE, "--benchmark-json=out.json"
    )
    assert finished.returncode == 1
    content = _content(tmp_path / "out.json")
    assert content["benchmarks"] == []
    assert {entry["status"] for entry in content["execbench"]["failed"]} == {"raised"}


def test_artifact_is_rescued(project: Project, tmp_path: Path) -> None:
    """Where the artifact cannot be written after the race, it is kept elsewhere and the message says where."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "removes_folder.py").write_text(
        "import shutil\nfrom execbench import Workload\n"
        f"def fn(task):\n    shutil.rmtree({str(folder)!r}, True)\n    return task\n"
        "workload = Workload(fn=fn, tasks=range, size=2)\n"
    )
    finished = project("--workload=removes_folder.py", "--backend=threads", *RACE, "--benchmark-json=folder/out.json")
    assert finished.returncode != 0
    rescued = Path((finished.stdout + finished.stderr).split("; it is ")[1].split()[0])
    assert len(_content(rescued)["benchmarks"]) == 2
    rescued.unlink()


def test_unavailable_backends_are_named(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that is left out because its library is missing is named with the command that installs it."""
    metadata = tmp_path / "odd-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[execbench.backends]\nodd = lacks:backend\n")
    (tmp_path / "lacks.py").write_text("import a_library_that_nobody_has\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    finished = project("--workload=noop", *RACE, "--benchmark-max-time=0.01", "-k", "threads")
    assert finished.returncode == 0, finished.stdout
    assert "left out: the backend odd: a_library_that_nobody_has is not installed: pip install" in finished.stdout


def test_autosave_and_compare(project: Project, tmp_path: Path) -> None:
    """pytest-benchmark's storage, and its own compare, work on what we hand over."""
    assert project(*QUICK, *RACE, "--benchmark-autosave").returncode == 0
    finished = project(*QUICK, *RACE, "--benchmark-compare")
    assert "Comparing against benchmarks from" in finished.stdout + finished.stderr
    (saved,) = tmp_path.glob(".benchmarks/*/*.json")
    assert all("execbench" in entry["extra_info"] for entry in json.loads(saved.read_text())["benchmarks"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--backend=pol",), "Did you mean 'pool'?"),
        (("--workload=cube", "--max-workers=0"), "give whole numbers above 0"),
        (("--benchmark-json=nowhere/out.json",), "cannot be written"),
        (("--launches=0",), "give a number above 0"),
        (("--python", f"a={sys.executable}") * 2, "two interpreters are called 'a'"),
        (("--round-timeout=inf",), "give a number above 0"),
        (("--benchmark-max-time=nan",), "--benchmark-max-time nan: give a number of seconds"),
        (("--benchmark-max-time=inf",), "--benchmark-max-time inf: give a number of seconds"),
        (("--benchmark-max-time=-1",), "--benchmark-max-time -1.0: give a number of seconds"),
        (("--race-seed=-1",), "--race-seed -1: give a whole number from 0"),
        (("--backend=\x1b]0;title\x07.py",), r"\x1b]0;title\x07.py"),
    ],
)
def test_bad_input(project: Project, arguments: tuple[str, ...], message: str) -> None:
    """Bad input is a usage error of pytest, with our message and no traceback."""
    finished = project(*arguments)
    assert finished.returncode == 4
    assert message in finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr
    assert "\x1b]" not in finished.stdout + finished.stderr


def test_options_that_cannot_apply(project: Project) -> None:
    """An option of pytest-benchmark that means nothing here warns once, with the reason."""
    finished = project(*QUICK, *RACE, "--benchmark-timer=time.time")
    assert finished.returncode == 0
    assert finished.stdout.count("--benchmark-timer does not apply: lanes have the one clock") == 1


def test_other_tests_are_left_alone(project: Project, tmp_path: Path) -> None:
    """A project without a `trial` test is not touched: nothing is described, no section is printed."""
    (tmp_path / "test_it.py").write_text("def test_plain(benchmark):\n    benchmark(sorted, [2, 1])\n")
    finished = project("--benchmark-json=out.json", "--benchmark-min-rounds=1", "--benchmark-max-time=0.001")
    assert finished.returncode == 0, finished.stdout
    assert "execbench" not in json.loads((tmp_path / "out.json").read_text())


def _signals(first: str) -> list[Any]:
    """Return the signals that end a run as parameters, of which all but one take their time."""
    others = {"SIGINT", "SIGTERM", "SIGHUP"} - {first}
    return [first, *(pytest.param(name, marks=pytest.mark.slow) for name in sorted(others))]


@pytest.mark.parametrize("name", _signals("SIGTERM"))
def test_interrupt_keeps_finished_races(project: Project, broken: Path, tmp_path: Path, name: str) -> None:
    """Ctrl-C or its like in a race: what is finished is in the artifact, what is not is cancelled."""
    workloads = (f"--workload={broken / 'constant.py'}", "--workload=cube")
    (tmp_path / "conftest.py").write_text(
        'import os, signal\npytest_plugins = ["execbench.pytest_plugin"]\n'
        "def pytest_runtest_setup(item):\n"
        "    if 'cube' in item.name:\n"
        f"        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.{name}))\n"
        "        signal.setitimer(signal.ITIMER_REAL, 0.3)\n"
    )
    finished = project(*workloads, "--backend=threads", *RACE, "--benchmark-max-time=60", "--benchmark-json=out.json")
    assert finished.returncode == 2
    content = _content(tmp_path / "out.json")
    assert {entry["group"] for entry in content["benchmarks"]} == {"constant"}
    assert {entry["status"] for entry in content["execbench"]["failed"]} == {"cancelled"}


@pytest.mark.parametrize("name", _signals("SIGINT"))
def test_interrupt_at_the_end(project: Project, tmp_path: Path, name: str) -> None:
    """A signal while the artifact is written waits until it is whole, and is then reported without a traceback."""
    (tmp_path / "conftest.py").write_text(
        'import os, signal\npytest_plugins = ["execbench.pytest_plugin"]\n'
        f"def pytest_benchmark_update_json():\n    os.kill(os.getpid(), signal.{name})\n"
    )
    finished = project(*QUICK, *RACE, "--benchmark-json=out.json")
    assert finished.returncode == 2
    assert "Traceback" not in finished.stdout + finished.stderr
    assert len(_content(tmp_path / "out.json")["benchmarks"]) == 3


def test_handlers_are_given_back(project: Project, tmp_path: Path) -> None:
    """After a session that raced, SIGTERM and SIGHUP do what they did before."""
    (tmp_path / "program.py").write_text(
        "import signal, sys, pytest\n"
        "before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]\n"
        "assert pytest.main(sys.argv[1:]) == 0\n"
        "assert before == [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]\n"
    )
    words = ["--workload=noop", "--backend=threads", *RACE]
    subprocess.run([sys.executable, "program.py", *words], cwd=tmp_path, check=True, capture_output=True, timeout=120)


def test_daemons_of_others_are_left_alone(project: Project, broken: Path, tmp_path: Path) -> None:
    """A daemon that another test of the session has started lives on after the races."""
    (tmp_path / "conftest.py").write_text(
        'import os, sys\npytest_plugins = ["execbench.pytest_plugin"]\n'
        f"sys.path.append({str(broken)!r})\nos.environ['DAEMONS'] = {str(tmp_path / 'daemons')!r}\n"
        "def pytest_runtestloop():\n    import leaves_daemon\n    with leaves_daemon.backend(): pass\n"
    )
    finished = project("--workload=noop", "--backend=threads", *RACE)
    assert finished.returncode == 0, finished.stdout
    (daemon,) = map(int, (tmp_path / "daemons").read_text().split())
    os.kill(daemon, signal.SIGKILL)
