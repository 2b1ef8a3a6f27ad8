"""Lanes run under any raced Python, without execbench being installed there."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from execbench.records import artifact
from execbench.supervisor.lane import Nursery
from tests.conftest import Command
from tests.interpreters import FOUND, SUPPORTED, Interpreter

ROOT = Path(__file__).parent.parent
LITTLE = ("--launches", "1", "--max-time", "0.05", "--max-workers", "2", "--size", "40")

LANE_FILES = [
    ROOT / "src" / "execbench" / "__init__.py",
    ROOT / "src" / "execbench" / "protocol.py",
    *sorted((ROOT / "src" / "execbench" / "lane").rglob("*.py")),
    *sorted((ROOT / "backends").glob("*.py")),
    *sorted((ROOT / "workloads").glob("*.py")),
]


def _versions() -> list[Any]:
    """Return the interpreters as parameters; what lies between the oldest and the newest takes its time.

    3.14 and every free-threaded build are worth it.
    """
    known = sorted(SUPPORTED)
    quick = {*known[:1], *known[-1:]} | {each for each in known if each.free_threaded or each.version == (3, 14)}
    return [each if each in quick else pytest.param(each, marks=pytest.mark.slow) for each in known]


@pytest.fixture(scope="module", params=_versions(), ids=str)
def bare_python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty virtual environment, in a folder whose name has a space and non-ASCII letters."""
    folder = tmp_path_factory.mktemp("bare") / "an empty größe"
    made = subprocess.run([SUPPORTED[request.param], "-m", "venv", "--without-pip", folder], check=False)
    if made.returncode:
        pytest.skip("this interpreter makes no virtual environments")
    return folder / "bin" / "python"


def test_own_interpreter_is_found() -> None:
    """The interpreter that runs the tests is found if it is on the PATH or one of pyenv's."""
    assert any(each.version == sys.version_info[:2] for each in SUPPORTED) or shutil.which("python3") != sys.executable


def test_race_under_bare_python(execbench: Command, bare_python: Path, tmp_path: Path) -> None:
    """The standard library's backends race there with every start method; others without their library are left out."""
    path = tmp_path / "artifact.json"
    python = ("--python", f"old={shlex.quote(str(bare_python))}")
    finished = execbench("run", "-w", "cube", *python, *LITTLE, "--json", path)
    assert finished.returncode == 0, finished.stderr
    raced = {record.backend for record in artifact.read(path).records}
    assert {"serial", "pool", "process_pool", "processes", "threads"} <= raced
    assert (
        f"the backend joblib: joblib is not installed in {bare_python}: {bare_python} -m pip install joblib"
        in " ".join(finished.stderr.split())
    )
    methods = [word for method in ("spawn", "forkserver") for word in ("-b", f"pool[start_method={method}]")]
    spawned = execbench("run", "-w", "cube", *methods, *python, *LITTLE)
    assert spawned.returncode == 0, spawned.stdout


def test_parent_packages_stay_out(bare_python: Path, execbench: Command, tmp_path: Path) -> None:
    """Lanes and workers import `execbench` from the run's own folder, and nothing from the parent's site-packages."""
    report = tmp_path / "seen.jsonl"
    (tmp_path / "looks.py").write_text(
        "import json, sys\nfrom execbench import Workload\n"
        "def look(task):\n"
        "    import execbench\n"
        f"    with open({str(report)!r}, 'a') as file:\n"
        "        file.write(json.dumps([sys.path, execbench.__file__, sys.modules.get('msgspec') is None]) + '\\n')\n"
        "    return task\n"
        "workload = Workload(fn=look, tasks=range, size=4)\n"
    )
    backends = ("-b", "threads", "-b", "pool[start_method=spawn]")
    python = shlex.quote(str(bare_python))
    command = ("run", "-w", tmp_path / "looks.py", *backends, "--python", f"old={python}", *LITTLE)
    finished = execbench(*command, cwd=tmp_path)
    assert finished.returncode == 0, finished.stdout
    ours = {os.path.realpath(place) for place in sys.path if place and "site-packages" in place}
    for line in report.read_text().splitlines():
        path, file, clean = json.loads(line)
        assert clean
        assert not {os.path.realpath(place) for place in path} & ({*ours, str(ROOT), str(ROOT / "src")})
        assert "" not in path
        assert Path(file).parent == Path(path[0], "execbench")


def test_lane_files_compile(bare_python: Path) -> None:
    """Every file that a lane may import compiles under every interpreter."""
    program = "import sys\nfor name in sys.argv[1:]: compile(open(name, encoding='utf-8').read(), name, 'exec')"
    subprocess.run([bare_python, "-c", program, *LANE_FILES], check=True)


@pytest.fixture
def other_python(tmp_path: Path) -> Path:
    """The interpreter of a virtual environment for this test alone."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "other"], check=True)
    return tmp_path / "other" / "bin" / "python"


def _site_packages(python: Path) -> Path:
    return next((python.parent.parent / "lib").glob("python*/site-packages"))


def test_other_installed_execbench_is_ignored(execbench: Command, other_python: Path) -> None:
    """Another execbench that is installed under the interpreter is not used."""
    package = _site_packages(other_python) / "execbench"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('another execbench')\n")
    finished = execbench("run", "-w", "cube", "-b", "threads", "--python", other_python, *LITTLE)
    assert finished.returncode == 0, finished.stderr


def test_named_backend_without_its_library(execbench: Command, other_python: Path) -> None:
    """Naming a backend whose library is missing there is bad input, and the message says where it is missing."""
    finished = execbench("run", "-w", "cube", "-b", "joblib", "--python", other_python, *LITTLE)
    assert finished.returncode == 2
    assert f"joblib is not installed in {other_python}: {other_python} -m pip install joblib" in finished.stderr


def _refused(execbench: Command, python: object) -> str:
    """Race under something that cannot run a lane; check the exit code, and return the single line that says why."""
    finished = execbench("run", "-w", "cube", "-b", "threads", "--python", python, *LITTLE)
    assert finished.returncode == 2, finished.stdout
    (line,) = finished.stderr.splitlines()
    assert "cannot run a lane: " in line
    return line


@pytest.mark.parametrize("interpreter", sorted(set(FOUND) - set(SUPPORTED)), ids=str)
def test_too_old_interpreter(execbench: Command, interpreter: Interpreter) -> None:
    """A Python before 3.9 is refused with the version that a lane needs."""
    line = _refused(execbench, FOUND[interpreter])
    assert "a lane needs Python 3.9 or later, and this is 3." in line


def test_interpreter_that_dies_at_startup(execbench: Command, other_python: Path) -> None:
    """A Python that dies at startup is refused with its last line of output."""
    (_site_packages(other_python) / "sitecustomize.py").write_text(
        "import os, sys\nprint('no luck', file=sys.stderr)\nos._exit(7)\n"
    )
    assert _refused(execbench, other_python).endswith("no luck")


@pytest.mark.parametrize("program", ["true", "cat", "echo"])
def test_program_that_is_not_python(execbench: Command, program: str) -> None:
    """A program that is not Python is refused, whatever it prints."""
    _refused(execbench, shutil.which(program))


def test_pypy(execbench: Command) -> None:
    """PyPy, if installed, runs lanes."""
    python = shutil.which("pypy3")
    if python is None:
        pytest.skip("there is no PyPy")
    finished = execbench("run", "-w", "cube", "-b", "threads", "-b", "pool", "--python", python, *LITTLE)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_temporary_folder_with_a_colon(execbench: Command, tmp_path: Path) -> None:
    """A temporary folder with a colon in its name is refused before anything is started."""
    (tmp_path / "a:b").mkdir()
    finished = execbench("list", env={**os.environ, "TMPDIR": str(tmp_path / "a:b")})
    assert finished.returncode == 2
    assert "set TMPDIR to another one" in finished.stderr
    assert list((tmp_path / "a:b").iterdir()) == []


def test_installed_in_a_zip(tmp_path: Path) -> None:
    """A zip with execbench in it can run lanes, though it has no folders to put on a path."""
    archive = tmp_path / "the zip.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for folder, name in ((ROOT / "src" / "execbench", "execbench"), (ROOT / "backends", "execbench/backends")):
            for path in sorted(folder.rglob("*.py")):
                file.write(path, f"{name}/{path.relative_to(folder)}")
        file.write(ROOT / "workloads" / "cube.py", "execbench/workloads/cube.py")
        file.writestr("execbench/workloads/__init__.py", "")
    command = [sys.executable, "-m", "execbench", "run", "-w", "execbench.workloads.cube:workload"]
    command += ["-b", "execbench.backends.pool:backend", "--size", "20", *LITTLE, "--json", str(tmp_path / "a.json")]
    environment = {**os.environ, "PYTHONPATH": str(archive)}
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.skipif(not os.path.exists("/dev/shm") or os.getuid() != 0, reason="mounting takes root")
def test_read_only_noexec_disk(tmp_path: Path) -> None:
    """Lanes start from a disk that allows neither writing nor executing."""
    disk = tmp_path / "disk"
    shutil.copytree(ROOT / "src", disk / "src")
    mount = f"mount --bind {disk} {disk} && mount -o remount,bind,ro,noexec {disk} && "
    run = (
        f"exec {sys.executable} -m execbench run -w cube -b pool --size 20 {' '.join(LITTLE)} --json {tmp_path}/a.json"
    )
    environment = {**os.environ, "PYTHONPATH": str(disk / "src")}
    command = ["unshare", "--mount", "sh", "-c", mount + run]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    if "mount:" in finished.stderr or "unshare:" in finished.stderr:
        pytest.skip("this machine lets nobody mount")
    assert finished.returncode == 0, finished.stderr


def test_lane_reports_its_python_version() -> None:
    """A lane says which Python version it runs under."""
    with Nursery() as nursery, nursery.lane() as lane:
        lane.greet()
        assert lane.python_version == ".".join(map(str, sys.version_info[:3]))
