"""Run the program that advice prints, as the user would: as a script, in a process that has run nothing else."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

from execbench.lane.judging import said_by
from execbench.lane.loading import look_in
from execbench.lane.messages import LaneFailure
from execbench.lane.preparing import loaded, loaded_workload, made_tasks
from execbench.lane.questions import Rehearse
from execbench.lane.recipes import backend_name
from execbench.lane.wrappers import Star
from execbench.lane.writing import function_code

_Names = dict[str, Any]


def rehearse(command: Rehearse) -> tuple[float, list[Any]]:
    """Run a program; return how long its last statement took, and its `results`.

    The other statements import, define and make the tasks, which takes as long with every backend.

    Raises:
        LaneFailure: the program raises.
    """
    comes_by_value = bool(command.work.workload.pickle or command.backend.pickle)
    names = _names_of_user(command) if comes_by_value else _names_of_script(command)
    given = set(names)
    *others, last = _statements(Path(command.program))
    try:
        _run(others, command.program, names)
        if comes_by_value:
            _let_workers_find({name: names[name] for name in names.keys() - given})
        start = perf_counter()
        _run([last], command.program, names)
        return perf_counter() - start, list(names["results"])
    except BaseException as error:
        raise LaneFailure("raised", f"the program raises {said_by(error)}") from error


def _names_of_script(command: Rehearse) -> _Names:
    """Make this process that of the script: workers import its file, and find modules in its folder."""
    main = ModuleType("__main__")
    main.__file__ = command.program
    sys.modules["__main__"] = main
    sys.argv = [command.program]
    if command.folder is not None:
        look_in(command.folder)
        sys.path.insert(0, command.folder)
    source = command.work.workload.tasks
    if source is not None and source.recorded is not None:
        main.__dict__["tasks"] = made_tasks(loaded_workload(command.work), command.work)
    return main.__dict__


def _names_of_user(command: Rehearse) -> _Names:
    """Return what the user's program has when it comes to the lines that were printed for it."""
    names: _Names = {"__name__": "__main__"}
    if command.backend.pickle is not None:
        names[backend_name(command.backend)] = loaded(command.backend)
    if command.work.workload.pickle is not None:
        workload = loaded_workload(command.work)
        names["tasks"] = made_tasks(workload, command.work)
        names[function_code(command.work, workload)] = workload.fn.fn if isinstance(workload.fn, Star) else workload.fn
    return names


def _let_workers_find(defined: _Names) -> None:
    from execbench.lane.by_value import hold  # noqa: PLC0415 -- few lanes need it

    hold("__main__", {name: value for name, value in defined.items() if callable(value)})


def _statements(program: Path) -> list[ast.stmt]:
    """Return the statements of a script; those that only the main process runs are the last ones."""
    *statements, last = ast.parse(program.read_text(encoding="utf-8")).body
    return [*statements, *(last.body if isinstance(last, ast.If) else [last])]


def _run(statements: Sequence[ast.stmt], file: str, names: _Names) -> None:
    exec(compile(ast.Module(list(statements), type_ignores=[]), file, "exec"), names)
