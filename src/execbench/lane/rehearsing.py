"""Run the program that advice prints, as the user would: as a script, in a process that has run nothing else."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

from execbench.lane.judging import said_by
from execbench.lane.messages import LaneFailure
from execbench.lane.questions import Rehearse


def rehearse(command: Rehearse) -> tuple[float, list[Any]]:
    """Run a program; return how long its last statement took, and its `results`.

    The other statements import, define and make the tasks, which takes as long with every backend.

    Raises:
        LaneFailure: the program raises, or has no results.
    """
    names = _main_module(command).__dict__
    *others, last = _statements(Path(command.program))
    try:
        _run(others, command.program, names)
        start = perf_counter()
        _run([last], command.program, names)
        seconds = perf_counter() - start
        return seconds, list(names["results"])
    except BaseException as error:
        raise LaneFailure("raised", said_by(error)) from error


def _main_module(command: Rehearse) -> ModuleType:
    """Make this process that of the script: workers import its file, and its folder is where it looks first."""
    main = ModuleType("__main__")
    main.__file__ = command.program
    sys.modules["__main__"] = main
    if command.folder is not None:
        sys.path.insert(0, command.folder)
        # Some libraries let their workers look in the folder of the script.
        sys.argv = [os.path.join(command.folder, os.path.basename(command.program))]
    return main


def _statements(program: Path) -> list[ast.stmt]:
    """Return the statements of a script; those that only the main process runs are the last ones."""
    *statements, last = ast.parse(program.read_text(encoding="utf-8")).body
    return [*statements, *(last.body if isinstance(last, ast.If) else [last])]


def _run(statements: Sequence[ast.stmt], file: str, names: dict[str, Any]) -> None:
    exec(compile(ast.Module(list(statements), type_ignores=[]), file, "exec"), names)
