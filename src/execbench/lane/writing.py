"""How a program uses a backend without execbench, and how it gets a workload's function and tasks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from execbench.lane.coroutines import is_coroutine_function
from execbench.lane.loading import load_attribute
from execbench.lane.messages import Expect
from execbench.lane.naming import arguments, is_name
from execbench.lane.preparing import loaded_workload, made_tasks
from execbench.lane.questions import Write, Written
from execbench.lane.recipes import recipe_for_coroutines, recipe_for_shared, recipe_of
from execbench.lane.task_code import task_code
from execbench.lane.wrappers import Star
from execbench.protocol import Recipe, Workload


def write(command: Write) -> Written:
    """Return the parts of a program; LaneFailure if a plugin cannot be imported, or its recipe cannot be used."""
    workload = loaded_workload(command.work)
    recipe = _recipe(command, workload)
    tasks = task_code(command.work)
    return Written(
        results=recipe.results,
        imports=[*recipe.imports, *tasks.imports],
        opening=recipe.opening,
        definitions=recipe.definitions,
        takes_initializer=recipe.takes_initializer,
        workers_get_fn=recipe.workers_get_fn,
        function=function_code(command.work, workload),
        tasks=tasks.code,
        star=_star(command.work, workload),
        homes=dict(_homes(command)),
    )


def _recipe(command: Write, workload: Workload) -> Recipe:
    if command.sent_once is not None:
        return recipe_for_shared(command)
    return (recipe_for_coroutines if is_coroutine_function(workload.fn) else recipe_of)(command)


def function_code(work: Expect, workload: Workload) -> str:
    """Return an expression for the function, in which `given` stands for what the workload's place has."""
    if work.workload.pickle is not None:
        name = getattr(workload.fn.fn if isinstance(workload.fn, Star) else workload.fn, "__name__", "")
        return name if is_name(name) else "fn"
    if not isinstance(load_attribute(work.workload), Workload):
        return "given"
    if workload.fn_for is None:
        return "given.fn"
    return f"given.fn_for({arguments(**work.workload_options)})"


def _star(work: Expect, workload: Workload) -> str:
    """Return what stands before a task that is spread over the function's arguments."""
    if not isinstance(workload.fn, Star):
        return ""
    return "**" if isinstance(made_tasks(workload, work)[0], Mapping) else "*"


def _homes(command: Write) -> Iterator[tuple[str, str]]:
    """Yield the first name of each of the user's own modules, and its file or folder."""
    places = (command.work.workload, command.work.workload.tasks, command.backend)
    for place in (each for each in places if each is not None):
        root = (place.module or "").partition(".")[0]
        home = _home(sys.modules.get(root))
        if place.folder and home and os.path.realpath(os.path.dirname(home)) == os.path.realpath(place.folder):
            yield root, home


def _home(module: Any) -> str | None:
    """Return the file of a module, or the folder of a package, which may have no file."""
    return next(iter(getattr(module, "__path__", [])), getattr(module, "__file__", None))
