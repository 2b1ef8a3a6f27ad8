"""Other interpreters: lanes run under any Python that is raced, in which nothing of ours is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from execbench.records import artifact
from execbench.supervisor.lane import Nursery
from tests.conftest import Command

ROOT = Path(__file__).parent.parent
LITTLE = ("--launches", "2", "--max-time", "0.05", "--max-workers", "2")

LANE_FILES = [
    ROOT / "src" / "execbench" / "__init__.py",
    ROOT / "src" / "execbench" / "protocol.py",
    *sorted((ROOT / "src" / "execbench" / "lane").rglob("*.py")),
    *sorted((ROOT / "backends").glob("*.py")),
    *sorted((ROOT / "workloads").glob("*.py")),
]


def _interpreters() -> Iterator[tuple[tuple[int, int], str]]:
    """Every CPython on the PATH and among pyenv's versions, by its version."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    folders += sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin"))
    for folder in folders:
        for program in sorted(folder.glob("python3.[0-9]*")):
            if program.name.removeprefix("python3.").isdecimal():
                asked = [str(program), "-c", "import sys; print(sys.implementation.name, *sys.version_info[:2])"]
                told = subprocess.run(asked, capture_output=True, text=True, check=False)
                name, *version = told.stdout.split() or [""]
                if name == "cpython" and program.name == f"python{'.'.join(version)}":
                    major, minor = map(int, version)
                    yield (major, minor), str(program)


FOUND = dict(_interpreters())
"""One for each version: a shim of pyenv that answers for no version is passed over."""

SUPPORTED = {version: path for version, path in FOUND.items() if version >= (3, 9)}


@pytest.fixture(scope="module", params=sorted(SUPPORTED), ids=lambda version: ".".join(map(str, version)))
def bare_python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty virtual environment, in a folder whose name has a space and a letter beyond ASCII."""
    folder = tmp_path_factory.mktemp("bare") / "an empty größe"
    made = subprocess.run([SUPPORTED[request.param], "-m", "venv", "--without-pip", folder], check=False)
    if made.returncode:
        pytest.skip("this interpreter makes no virtual environments")
    return folder / "bin" / "python"


def test_every_supported_version_is_looked_for() -> None:
    """The interpreter that runs the tests is among those found, if it is on the PATH or pyenv's."""
    assert sys.version_info[:2] in SUPPORTED or shutil.which("python3") != sys.executable


def test_race_under_it(execbench: Command, bare_python: Path, tmp_path: Path) -> None:
    """Backends of the standard library race there by every start method; those that lack a library are left out."""
    path = tmp_path / "artifact.json"
    python = ("--python", f"old={bare_python}")
    finished = execbench("run", "-w", "cube", *python, *LITTLE, "--json", path)
    assert finished.returncode == 0, finished.stderr
    raced = {record.backend for record in artifact.read(path).records}
    assert {"serial", "pool", "process_pool", "processes", "threads"} <= raced
    assert (
        f"the backend joblib: joblib is not installed in {bare_python}: {bare_python} -m pip install joblib"
        in " ".join(finished.stderr.split())
    )
    methods = [word for method in ("spawn", "forkserver") for word in ("-b", f"pool[start_method={method}]")]
    spawned = execbench("run", "-w", "cube", *methods, *python, "--size", 20, *LITTLE)
    assert spawned.returncode == 0, spawned.stdout


def test_nothing_of_ours_gets_there(bare_python: Path, execbench: Command, tmp_path: Path) -> None:
    """Lanes and their workers find `execbench` in the run's own folder, and nothing of the parent's site-packages."""
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
    command = ("run", "-w", tmp_path / "looks.py", *backends, "--python", f"old={bare_python}", *LITTLE)
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
    """The interpreter of a virtual environment that is the test's own."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "other"], check=True)
    return tmp_path / "other" / "bin" / "python"


def _site_packages(python: Path) -> Path:
    return next((python.parent.parent / "lib").glob("python*/site-packages"))


def test_execbench_that_is_installed_there(execbench: Command, other_python: Path) -> None:
    """An execbench that is installed under the interpreter, of whatever version, is not the one that runs."""
    package = _site_packages(other_python) / "execbench"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('another execbench')\n")
    finished = execbench("run", "-w", "cube", "-b", "threads", "--python", other_python, *LITTLE)
    assert finished.returncode == 0, finished.stderr


def test_named_backend_that_lacks_its_library(execbench: Command, other_python: Path) -> None:
    """A backend that was asked for by name and lacks its library there is bad input, and the message says where."""
    finished = execbench("run", "-w", "cube", "-b", "joblib", "--python", other_python, *LITTLE)
    assert finished.returncode == 2
    assert f"joblib is not installed in {other_python}: {other_python} -m pip install joblib" in finished.stderr


def _refused(execbench: Command, python: object) -> str:
    """Race under what cannot run a lane: exit code 2, and one line that says why."""
    finished = execbench("run", "-w", "cube", "-b", "threads", "--python", python, *LITTLE)
    assert finished.returncode == 2, finished.stdout
    (line,) = finished.stderr.splitlines()
    assert "cannot run a lane: " in line
    return line


@pytest.mark.parametrize(
    "version", sorted(set(FOUND) - set(SUPPORTED)), ids=lambda version: ".".join(map(str, version))
)
def test_interpreter_that_is_too_old(execbench: Command, version: tuple[int, int]) -> None:
    """A Python before 3.9 is told from one that cannot start at all."""
    line = _refused(execbench, FOUND[version])
    assert "a lane needs Python 3.9 or later, and this is 3." in line


def test_interpreter_whose_site_is_broken(execbench: Command, other_python: Path) -> None:
    """A Python that dies as it starts is refused with what it said last."""
    (_site_packages(other_python) / "sitecustomize.py").write_text(
        "import os, sys\nprint('no luck', file=sys.stderr)\nos._exit(7)\n"
    )
    assert _refused(execbench, other_python).endswith("no luck")


@pytest.mark.parametrize("program", ["true", "cat", "echo"])
def test_program_that_is_no_python(execbench: Command, program: str) -> None:
    """A program that is not Python is refused, whatever it says."""
    _refused(execbench, shutil.which(program))


def test_pypy(execbench: Command) -> None:
    """PyPy, where there is one, runs lanes."""
    python = shutil.which("pypy3")
    if python is None:
        pytest.skip("there is no PyPy")
    finished = execbench("run", "-w", "cube", "-b", "threads", "-b", "pool", "--python", python, *LITTLE)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_temporary_folder_that_no_path_can_name(execbench: Command, tmp_path: Path) -> None:
    """A temporary folder with a colon in its name is refused before anything is started."""
    (tmp_path / "a:b").mkdir()
    finished = execbench("list", env={**os.environ, "TMPDIR": str(tmp_path / "a:b")})
    assert finished.returncode == 2
    assert "set TMPDIR to another one" in finished.stderr
    assert list((tmp_path / "a:b").iterdir()) == []


def test_installed_in_a_zip(tmp_path: Path) -> None:
    """The lane's files may lie in a zip, where no folder can be put on a path."""
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
def test_disk_that_is_read_only_and_noexec(tmp_path: Path) -> None:
    """Lanes start from a disk on which nothing can be written or executed."""
    disk = tmp_path / "disk"
    shutil.copytree(ROOT / "src", disk / "src")
    for folder in ("backends", "workloads"):
        shutil.copytree(ROOT / folder, disk / "src" / "execbench" / folder)
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


def test_lane_needs_a_greeting_only() -> None:
    """A lane under the run's own interpreter says which Python it is."""
    with Nursery() as nursery, nursery.lane() as lane:
        lane.greet()
        assert lane.python_version == ".".join(map(str, sys.version_info[:3]))
