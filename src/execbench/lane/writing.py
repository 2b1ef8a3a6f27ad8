"""How a program uses a backend without execbench, and how it gets a workload's function."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from execbench.lane.coroutines import is_coroutine_function
from execbench.lane.judging import said_by
from execbench.lane.loading import load_attribute
from execbench.lane.messages import Expect, LaneFailure, Place
from execbench.lane.naming import arguments, is_dotted_name, is_name, replaced
from execbench.lane.preparing import loaded, loaded_workload, made_tasks
from execbench.lane.questions import Write, Written
from execbench.lane.task_code import task_code
from execbench.lane.wrappers import Star
from execbench.protocol import Recipe, Workload

_IN_A_LOOP = """\
async def in_turn(tasks):
    return [await fn(task) for task in tasks]


def run_loop(tasks):
    return asyncio.run(in_turn(tasks))


def chunks_for_loops(tasks):
    return [tasks[start : start + {chunksize}] for start in range(0, len(tasks), {chunksize})]
"""


def write(command: Write) -> Written:
    """Return the parts of a program; LaneFailure if a plugin cannot be imported, or its recipe cannot be used."""
    workload = loaded_workload(command.work)
    recipe = _recipe_for_coroutines(command) if is_coroutine_function(workload.fn) else _recipe(command)
    tasks = task_code(command.work)
    return Written(
        results=recipe.results,
        imports=[*recipe.imports, *tasks.imports],
        opening=recipe.opening,
        definitions=recipe.definitions,
        workers_get_fn=recipe.workers_get_fn,
        function=function_code(command.work, workload),
        tasks=tasks.code,
        star=_star(command.work, workload),
        homes=dict(_homes(command)),
    )


def _recipe(command: Write) -> Recipe:
    """Return the backend's own recipe, or one that works for every backend, and needs execbench if that does."""
    return _own_recipe(command, "recipe") or _general_recipe(command)


def _recipe_for_coroutines(command: Write) -> Recipe:
    """Return the backend's own recipe, or one in which workers run an event loop for each chunk."""
    own = _own_recipe(command, "recipe_for_coroutines")
    if own is not None:
        return own
    recipe = _recipe(replace(command, chunksize=1))
    results = replaced(recipe.results, {"fn": "run_loop", "tasks": "chunks_for_loops(tasks)"})
    loop = _IN_A_LOOP.format(chunksize=command.chunksize)
    definitions = replaced(recipe.definitions, {"fn": "run_loop"})
    return replace(
        recipe,
        imports=["import asyncio", "from itertools import chain", *recipe.imports],
        definitions="\n\n".join(filter(None, [loop, definitions])),
        results=f"list(chain(*{results}))",
    )


def _own_recipe(command: Write, name: str) -> Recipe | None:
    """Call a function of the backend's module; None if there is none, or if it says nothing of this backend."""
    loaded(command.backend)
    place = command.backend
    make: Callable[..., Any] | None = getattr(sys.modules.get(place.module), name, None)
    if make is None or place.attribute != "backend":
        return None
    try:
        recipe = make(command.max_workers, command.chunksize, **command.options)
    except Exception as error:
        raise LaneFailure("raised", f"{name} of {place.name}: {said_by(error)}") from error
    if not isinstance(recipe, Recipe):
        said = f"{name} of {place.name} gave {type(recipe).__name__}, and must give an execbench.Recipe"
        raise LaneFailure("raised", said)
    return recipe


def _general_recipe(command: Write) -> Recipe:
    imports, named = _imported(command.backend)
    return Recipe(
        imports=imports,
        opening=f"{named}({arguments(command.max_workers, **command.options)})",
        results=f"list(executor.map(fn, tasks, chunksize={command.chunksize}))",
    )


def _imported(backend: Place) -> tuple[list[str], str]:
    """Return the import of a backend, and the expression for it; one that came by value has a name already."""
    if backend.pickle is not None:
        return [], backend_name(backend)
    if is_dotted_name(backend.module) and is_dotted_name(backend.attribute):
        return [f"from {backend.module} import {backend.attribute.partition('.')[0]}"], backend.attribute
    return ["from importlib import import_module"], f'import_module("{backend.module}").{backend.attribute}'


def backend_name(backend: Place) -> str:
    """Return what the user's program calls a backend that came by value."""
    return backend.name if is_name(backend.name) else "backend"


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
        file = getattr(sys.modules.get(root), "__file__", None)
        if place.folder is None or file is None:
            continue
        home = os.path.dirname(file) if os.path.basename(file) == "__init__.py" else file
        if os.path.realpath(os.path.dirname(home)) == os.path.realpath(place.folder):
            yield root, home
