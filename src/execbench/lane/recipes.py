"""How a program uses a backend: by the recipe beside it, or by one that works for every backend."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from execbench.lane.coroutines import awaits
from execbench.lane.judging import said_by
from execbench.lane.messages import LaneFailure, Place
from execbench.lane.naming import arguments, is_dotted_name, is_name, replaced
from execbench.lane.options import takes_initializer
from execbench.lane.preparing import loaded
from execbench.lane.questions import Write
from execbench.protocol import Recipe

_LOOPS = """\
async def in_turn(tasks):
    return [await fn(task) for task in tasks]


def run_loop(tasks):
    return asyncio.run(in_turn(tasks))


def chunks_for_loops(tasks):
    return [tasks[start : start + {chunksize}] for start in range(0, len(tasks), {chunksize})]
"""


def recipe_of(command: Write) -> Recipe:
    """Return the backend's own recipe, or the general one.

    Raises:
        LaneFailure: The backend cannot be imported, or its recipe cannot be used.
    """
    return _own(command, "recipe") or _general(command, "map")


def recipe_for_coroutines(command: Write) -> Recipe:
    """Do the same for a coroutine function; where the backend awaits none, workers run an event loop for each chunk."""
    own = _own(command, "recipe_for_coroutines")
    if own is not None:
        return own
    if _own(command, "recipe") is None and _awaits(command):
        return _general(command, "map_coroutines")
    recipe = recipe_of(replace(command, chunksize=1))
    results = replaced(recipe.results, {"fn": "run_loop", "tasks": "chunks_for_loops(tasks)"})
    definitions = [_LOOPS.format(chunksize=command.chunksize), replaced(recipe.definitions, {"fn": "run_loop"})]
    return replace(
        recipe,
        imports=["import asyncio", "from itertools import chain", *recipe.imports],
        definitions="\n\n\n".join(filter(None, map(str.strip, definitions))),
        results=f"list(chain.from_iterable({_without_list(results)}))",
    )


def recipe_for_shared(command: Write) -> Recipe:
    """Return the backend's own recipe for an object that is sent to each worker once, or one by an initializer."""
    own = _own(command, "recipe_for_shared")
    if own is not None:
        return own
    if not takes_initializer(loaded(command.backend)):
        general = _general(command, "map_shared")
        return replace(general, results=replaced(general.results, {"tasks": "tasks, shared"}))
    recipe = recipe_of(command)
    return recipe if recipe.takes_initializer else _general(command, "map")


def _without_list(expression: str) -> str:
    """Return what an expression makes a list of; other expressions stay."""
    node = ast.parse(expression, mode="eval").body
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "list" and node.args:
        return ast.get_source_segment(expression, node.args[0]) or expression
    return expression


def backend_name(backend: Place) -> str:
    """Return what the user's program calls a backend that came by value."""
    return backend.name if is_name(backend.name) else "backend"


def _own(command: Write, name: str) -> Recipe | None:
    """Call a function of the backend's module; None if there is none, or if it says nothing of this backend."""
    loaded(command.backend)
    place = command.backend
    make: Callable[..., Any] | None = getattr(sys.modules.get(place.module), name, None)
    if make is None or place.attribute != "backend":
        return None
    try:
        recipe = make(command.max_workers, command.chunksize, **command.options)
        if not isinstance(recipe, Recipe):
            raise TypeError(f"it gave {type(recipe).__name__}, and must give an execbench.Recipe")
        _check(recipe)
    except Exception as error:
        raise LaneFailure("raised", f"{name} of {place.name}: {said_by(error)}") from error
    return recipe


def _check(recipe: Recipe) -> None:
    """Raise TypeError or SyntaxError for what cannot become a program."""
    if isinstance(recipe.imports, str):
        raise TypeError("its imports are text, and must be a list of statements")
    for statement in recipe.imports:
        if not all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.parse(statement).body):
            raise SyntaxError(f"{statement!r} is not an import")
    for expression in filter(None, [recipe.results, recipe.opening]):
        ast.parse(expression, mode="eval")
    ast.parse(recipe.definitions)
    if recipe.takes_initializer and not isinstance(ast.parse(recipe.opening, mode="eval").body, ast.Call):
        raise SyntaxError(f"its opening {recipe.opening!r} is no call, which could take an initializer")


def _general(command: Write, method: str) -> Recipe:
    imports, named = _imported(command.backend)
    return Recipe(
        imports=imports,
        opening=f"{named}({arguments(command.max_workers, **command.options)})",
        results=f"list(executor.{method}(fn, tasks, chunksize={command.chunksize}))",
        takes_initializer=takes_initializer(loaded(command.backend)),
    )


def _imported(backend: Place) -> tuple[list[str], str]:
    """Return the import of a backend, and the expression for it; one that came by value has a name already."""
    if backend.pickle is not None:
        return [], backend_name(backend)
    if is_dotted_name(backend.module) and is_dotted_name(backend.attribute):
        return [f"from {backend.module} import {backend.attribute.partition('.')[0]}"], backend.attribute
    return ["from importlib import import_module"], f'import_module("{backend.module}").{backend.attribute}'


def _awaits(command: Write) -> bool:
    """Open the backend to see whether its executor awaits coroutines itself."""
    try:
        with loaded(command.backend)(command.max_workers, **command.options) as executor:
            return awaits(executor)
    except Exception as error:
        raise LaneFailure("not_opened", said_by(error)) from error
