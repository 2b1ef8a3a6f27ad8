"""What several test modules need: the command line as users have it, and the plugins that are broken on purpose."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from execbench.usage import MARK

BROKEN = Path(__file__).parent / "broken"

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def broken() -> Path:
    """The folder of plugins that are broken on purpose."""
    return BROKEN


@pytest.fixture(scope="session")
def execbench(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Run `execbench` with arguments, in an empty folder."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "execbench", *map(str, arguments)]
        settings = {"cwd": tmp_path_factory.mktemp("empty"), "timeout": 120, **options}
        return subprocess.run(command, capture_output=True, text=True, check=False, **settings)  # type: ignore[call-overload, no-any-return]

    return run


@pytest.fixture(autouse=True, scope="session")
def nothing_left_behind() -> object:
    """After all tests no process of a lane is left on the machine."""
    yield
    left = [process for process in psutil.process_iter() if _marked(process)]
    assert not left


def _marked(process: psutil.Process) -> bool:
    try:
        return MARK in process.environ()
    except psutil.Error:
        return False
