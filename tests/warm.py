"""A warm interpreter: it has imported what our commands import, and becomes one of them in a new process each time.

Starting an interpreter and importing NumPy, rich and the rest takes longer than most of the commands that tests run.
Each command still has a process of its own, with its own streams, folder and environment.
"""

from __future__ import annotations

import importlib
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self, TypeAlias

_MODULES = (
    *(f"execbench.cli.{name}" for name in ("break_even", "check", "compare", "list", "metg", "report", "run")),
    *("cpuinfo", "joblib", "pytest", "pytest_benchmark.stats", "pytest_benchmark.utils"),
)
_STREAMS = ("output", "errors")

Command: TypeAlias = tuple[str, Sequence[str], str, dict[str, str], str]
"""A module, its arguments, the folder and environment it runs in, and the folder for what it prints."""


class WarmInterpreter:
    """The tests' side of it."""

    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        self._started_with = _read_at_start(os.environ)
        with theirs:
            words = [sys.executable, __file__, str(theirs.fileno())]
            one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as threads are lost in a fork
            self._process = subprocess.Popen(words, pass_fds=[theirs.fileno()], env=one_thread)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.wait()

    def run(self, module: str, arguments: Sequence[str], **where: Any) -> subprocess.CompletedProcess[str]:
        """Do what `subprocess.run` does with `python -m MODULE ARGUMENTS`; some of its options take a cold start."""
        settings = {"env": dict(os.environ), **where}
        if settings.keys() == {"cwd", "timeout", "env"} and _read_at_start(settings["env"]) == self._started_with:
            return self._run(module, arguments, **settings)
        words = [sys.executable, "-m", module, *arguments]
        return subprocess.run(words, capture_output=True, text=True, check=False, **where)

    def _run(
        self, module: str, arguments: Sequence[str], cwd: object, env: dict[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as folder:
            command: Command = (module, arguments, str(cwd), env, folder)
            self._connection.send(command)
            pid = self._connection.recv()
            late = not self._connection.poll(timeout)
            if late:
                os.kill(pid, signal.SIGKILL)
            code = self._connection.recv()
            printed = [Path(folder, name).read_text() for name in _STREAMS]
        if late:
            raise subprocess.TimeoutExpired([module, *arguments], timeout, *printed)
        return subprocess.CompletedProcess([module, *arguments], code, *printed)


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that an interpreter reads at its start."""
    return {name: value for name, value in environment.items() if name.startswith(("PYTHON", "LANG", "LC_"))}


def _next_command(connection: Connection) -> Command | None:
    """Return a command in a new process for each that comes, and None in the first process after the last."""
    while True:
        try:
            command: Command = connection.recv()
        except EOFError:
            return None
        pid = os.fork()
        if not pid:
            connection.close()
            return command
        connection.send(pid)
        _, status = os.waitpid(pid, 0)
        connection.send(os.waitstatus_to_exitcode(status))


def _become(command: Command) -> None:
    """Be as an interpreter that was started for this command."""
    module, arguments, folder, environment, printed = command
    for descriptor, file in enumerate((os.devnull, *(os.path.join(printed, name) for name in _STREAMS))):
        opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    sys.argv = ["", *arguments]
    sys.path[0] = os.getcwd()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def main() -> None:
    """Import, wait for commands, and become each of them."""
    for name in _MODULES:
        importlib.import_module(name)
    command = _next_command(Connection(int(sys.argv[1])))
    if command is not None:
        _become(command)


if __name__ == "__main__":
    main()
