"""Shared fixtures: the command line as users run it, and plugins that are broken on purpose."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis
import platformdirs
import psutil
import pytest

from execbench.supervisor.process_tree import MARK
from execbench.supervisor.turn import LOCK_FOLDER
from tests.warm import WarmInterpreter

SESSION = "EXECBENCH_TEST_SESSION"
"""The environment variable that marks every process of a test session."""

BROKEN = Path(__file__).parent / "broken"

Command = Callable[..., subprocess.CompletedProcess[str]]


def pytest_configure(config: pytest.Config) -> None:
    """Start the files in their order: xdist would start those with the fewest tests last, which take longest."""
    config.option.loadscopereorder = False
    os.environ["PIP_COMPILE"] = "0"  # of all that the tests install, they import little
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # their many processes import the same modules
    hypothesis.settings.register_profile("tests", deadline=None)  # on a busy machine anything may take long
    hypothesis.settings.load_profile("tests")


@pytest.fixture(scope="session")
def broken() -> Path:
    """The folder of plugins that are broken on purpose."""
    return BROKEN


@pytest.fixture(scope="session")
def warm(nothing_left_behind: None, own_cache: None, own_lock: None) -> Iterator[WarmInterpreter]:
    """An interpreter for commands that need no start of their own."""
    with WarmInterpreter() as interpreter:
        yield interpreter


@pytest.fixture(scope="session")
def execbench(warm: WarmInterpreter, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """A function that runs `execbench` in an empty folder."""

    def run(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        where = {"cwd": tmp_path_factory.mktemp("empty"), "timeout": 120, **options}
        return warm.run("execbench", [*map(str, arguments)], **where)

    return run


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """Let Ctrl-C interrupt, even if a shell started the tests in the background, which ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what advice calibrates out of the user's cache, but let pip use what it has there."""
    os.environ.setdefault("PIP_CACHE_DIR", str(platformdirs.user_cache_path("pip")))
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True, scope="session")
def own_lock(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the runs of each of the processes that test take turns among themselves only."""
    os.environ[LOCK_FOLDER] = str(tmp_path_factory.mktemp("lock"))


@pytest.fixture(autouse=True, scope="session")
def nothing_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Check after all tests that no process and no temporary file of theirs is left on the machine."""
    tmp_path_factory.getbasetemp()  # it is kept, so it must not be in the folder below
    os.environ[SESSION] = secrets.token_hex(8)
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST")]:
        del os.environ[name]  # a pytest that a test runs must not think that it is a part of this one
    with tempfile.TemporaryDirectory(prefix="tests-") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        yield
        deadline = time.monotonic() + 5
        while (left := [*_left(), *os.listdir(folder)]) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not left


def _left() -> list[str]:
    """Return the command lines of this session's processes, except those that the standard library keeps for pytest."""
    lines = [line for line, _ in _processes()]
    return [line for line in lines if "resource_tracker" not in line and "forkserver" not in line]


def lanes_left() -> list[str]:
    """Return the command lines of this session's lanes and of all processes that they started."""
    return [line for line, environment in _processes() if MARK in environment]


def _processes() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the command line and environment of each of this session's processes, except pytest itself."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            environment, line = process.environ(), " ".join(process.cmdline())
            if line and process.pid != os.getpid() and environment.get(SESSION) == os.environ[SESSION]:
                yield line, environment


def caught_by(file: Path) -> str:
    """Return what a dishonest plugin says it is caught by."""
    (name,) = re.findall(r'^caught_by = "(\w+)"$', file.read_text(), re.MULTILINE)
    return str(name)
