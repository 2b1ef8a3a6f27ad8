"""Third-party backends and extras, installed by pip, work in races, in the conformance kit and in reports."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from execbench.records import artifact

ROOT = Path(__file__).parent.parent
EXTRAS = ("mpire", "multiprocess", "pebble")
PLUGINS = sorted(folder.name for folder in (ROOT / "tests" / "plugins").iterdir() if folder.is_dir())

_ignored = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests")

Installed = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A function that runs `execbench` from a new environment, where pip has installed it and the plugins."""
    folder = tmp_path_factory.mktemp("installed")
    sources = folder / "sources"  # copies, as building writes beside the sources
    shutil.copytree(ROOT, sources / "execbench", ignore=_ignored)
    shutil.copytree(ROOT / "tests" / "plugins", sources / "plugins", ignore=_ignored)
    folders = [str(sources / "execbench"), *(str(sources / "plugins" / name) for name in PLUGINS)]
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder / "wheels"), *folders], check=True, capture_output=True)
    programs = _new_environment(folder / "venv")
    extras = f"[{','.join(('check', *EXTRAS))}]"
    wheels = sorted((folder / "wheels").iterdir())
    wanted = [f"{wheel}{extras if wheel.name.startswith('execbench-0') else ''}" for wheel in wheels]
    subprocess.run([*_pip(programs), "install", "--quiet", *wanted], check=True, capture_output=True)
    environment = {**os.environ, "IPYTHONDIR": str(folder / "ipython")}

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [str(programs / "execbench"), *map(str, arguments)]
        settings: dict[str, Any] = {"cwd": folder, "env": environment, "timeout": 200}
        return subprocess.run(command, capture_output=True, text=True, check=False, **settings)

    return run


def _new_environment(folder: Path) -> Path:
    """Make a virtual environment without pip, which takes seconds to install, and return where its programs are."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin"


def _pip(programs: Path) -> list[str]:
    """Return the command of our own pip that works on another environment."""
    return [sys.executable, "-m", "pip", "--python", str(programs / "python")]


@pytest.mark.parametrize("name", PLUGINS)
def test_plugin_has_at_most_ten_lines(name: str) -> None:
    """A plugin distribution needs at most ten lines of Python."""
    (file,) = (ROOT / "tests" / "plugins" / name).glob("*.py")
    tree = ast.parse(file.read_text())
    docstring = tree.body.pop(0)
    lines = file.read_text().splitlines()[docstring.end_lineno :]
    assert len([line for line in lines if line.strip() and not line.strip().startswith("#")]) <= 10


def test_list_shows_plugins(installed: Installed) -> None:
    """In an ordinary install, `execbench list` shows our catalogue and the plugins of all distributions."""
    finished = installed("list")
    assert finished.returncode == 0, finished.stderr
    first_words = {line.split(" ")[0] for line in finished.stdout.splitlines()}
    catalogue = {file.stem for folder in ("backends", "workloads") for file in (ROOT / folder).glob("[!_]*.py")}
    assert {*PLUGINS, *catalogue} <= first_words


def test_plugins_race(installed: Installed, tmp_path: Path) -> None:
    """Plugins race with our own backends, and all their results are right."""
    path = tmp_path / "artifact.json"
    backends = [argument for name in (*PLUGINS, "pool") for argument in ("-b", name)]
    finished = installed("run", "-w", "word_count", *backends, "--launches", 1, "--json", path)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert {record.backend for record in artifact.read(path).records} == {*PLUGINS, "pool", "serial"}


def test_an_extra_is_all_it_takes(installed: Installed, tmp_path: Path) -> None:
    """Our own backends race where pip has installed their extras and nothing else, also with dill."""
    path = tmp_path / "artifact.json"
    titles = (*EXTRAS, "mpire[use_dill=true]")
    backends = [argument for title in titles for argument in ("-b", title)]
    finished = installed("run", "-w", "noop", *backends, "--launches", 1, "--max-time", 0.01, "--json", path)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert {record.backend for record in artifact.read(path).records} == {*EXTRAS, "serial"}


@pytest.mark.slow
def test_plugin_is_checked(installed: Installed, tmp_path: Path) -> None:
    """The kit checks a third-party backend without any test code from its author."""
    path = tmp_path / "found.json"
    finished = installed("check", "pathos", "--json", path)
    assert finished.returncode == 0, finished.stderr
    found = json.loads(path.read_text())
    assert not [verdict for verdict in found["contract"].values() if verdict.startswith("fail")]


@pytest.mark.slow
def test_core_is_light(tmp_path: Path) -> None:
    """An ordinary install brings at most 19 packages and 120 MB without bytecode, and says what its extras add."""
    sources, venv = tmp_path / "execbench", tmp_path / "venv"
    shutil.copytree(ROOT, sources, ignore=_ignored)
    pip = _pip(_new_environment(venv))
    subprocess.run([*pip, "install", "--quiet", "--no-compile", str(sources)], check=True, capture_output=True)
    listed = subprocess.run([*pip, "list", "--format=json"], check=True, capture_output=True, text=True)
    (site,) = venv.glob("lib/python*/site-packages")
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file() and path.suffix != ".pyc")
    assert len(json.loads(listed.stdout)) <= 19, listed.stdout
    assert size < 120_000_000
    for command in (("check", "pool"), ("report", "run.json")):
        finished = subprocess.run([venv / "bin" / "execbench", *command], capture_output=True, text=True, check=False)
        assert finished.returncode == 2
        assert f"pip install 'execbench[{command[0]}]'" in finished.stderr


def test_missing_library_names_the_extra(installed: Installed) -> None:
    """The message about a backend whose library is missing has the command that installs it."""
    finished = installed("run", "-w", "noop", "-b", "dask")
    assert finished.returncode == 2
    assert "pip install 'execbench[dask]'" in finished.stderr
