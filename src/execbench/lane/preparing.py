"""What a lane and the oracle both do with plugins: import them, make the tasks, run the plain loop."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import AsyncGeneratorType, CoroutineType
from typing import Any

from execbench.lane.code import users_line
from execbench.lane.coroutines import in_turn
from execbench.lane.judging import in_a_line, said_by
from execbench.lane.loading import Broken, Missing, load_attribute
from execbench.lane.messages import Expect, LaneFailure, Options, Place, Prepare
from execbench.lane.per_worker import AfterSetup, Setup, WithShared
from execbench.lane.wrappers import Star
from execbench.protocol import Unavailable, Workload


def load(plugin: Place) -> Any:
    """Import a plugin, and return a Workload for a function; raise Missing, Unavailable, or Broken."""
    named = load_attribute(plugin) if plugin.pickle is None else _unpickled(plugin.pickle)
    if plugin.kind != "workload" or (isinstance(named, Workload) and plugin.tasks is None):
        return named
    from execbench.lane.functions import as_workload  # noqa: PLC0415 -- other lanes need not pay for it

    return as_workload(named, plugin)


def _unpickled(path: str) -> Any:
    from execbench.lane.by_value import unpickle  # noqa: PLC0415 -- few lanes need it

    return unpickle(path)


def loaded(plugin: Place) -> Any:
    """Import a plugin; LaneFailure, with the reason, where that cannot be done."""
    try:
        return load(plugin)
    except Missing as error:
        raise LaneFailure("not_opened", f"{error} is not installed in {sys.executable}") from error
    except (Unavailable, Broken) as error:
        raise LaneFailure("not_opened", str(error)) from error


def loaded_workload(command: Expect | Prepare) -> Workload:
    """Import a workload, with its function as it is called with a task, and the tolerance that the user wants."""
    workload: Workload = with_options(loaded(command.workload), command.workload_options)
    if workload.shared is not None:
        workload = replace(workload, fn=WithShared(workload.fn, _made_shared(workload, command)))
    if workload.setup is not None:
        setup = Setup(partial(workload.setup, **command.workload_options))
        workload = replace(workload, fn=AfterSetup(workload.fn, setup))
    return workload if command.tolerance is None else replace(workload, tolerance=command.tolerance)


def with_options(workload: Workload, options: Options) -> Workload:
    """Return a workload with the function that its options choose."""
    fn = workload.fn if workload.fn_for is None else workload.fn_for(**options)
    return replace(workload, fn=Star(fn) if workload.star else fn)


def _made_shared(workload: Workload, command: Expect | Prepare) -> Any:
    assert workload.shared is not None
    try:
        return workload.shared(command.size, **command.workload_options)
    except Exception as error:
        name = command.workload.name
        raise LaneFailure("not_opened", f"{name} could not make what its tasks share: {said_by(error)}") from error


def made_tasks(workload: Workload, command: Expect | Prepare) -> list[Any]:
    """Make the tasks; LaneFailure where that raises, or the wrong number is made."""
    name, size = command.workload.name, command.size
    try:
        tasks = list(workload.tasks(size, **command.workload_options))
    except Exception as error:
        raise LaneFailure("not_opened", f"{name} could not make its tasks: {said_by(error)}") from error
    if len(tasks) != size:
        made = f"{name}.tasks({size}) made {len(tasks)} tasks"
        raise LaneFailure("not_opened", f"{made}; the size is the number of tasks")
    return [tasks[number] for number in command.sample] if command.sample else tasks


def said_with_line(error: BaseException) -> str:
    """Describe an exception with the last line of the user's own code that it went through, if there is one."""
    place = users_line(error)
    return f"{in_a_line(error)} ({place})" if place else said_by(error)


def plain_loop(workload: Workload, tasks: Sequence[Any], numbers: Sequence[int] = ()) -> list[Any]:
    """Return what the function gives for each task; LaneFailure if that raises, or is still to be awaited.

    Args:
        workload: for its function.
        tasks: what to call it with.
        numbers: those of a sample of tasks, to name one by.
    """
    if isinstance(workload.fn, AfterSetup):
        _set_up(workload.fn.setup)
    numbers = numbers or range(len(tasks))
    reached = 0

    def counted() -> Iterator[Any]:
        nonlocal reached
        for number, task in zip(numbers, tasks):
            reached = number
            yield task

    try:
        results = in_turn(workload.fn, counted())
    except BaseException as error:
        said = said_with_line(error)
        raise LaneFailure("raised", f"task {reached} raises in a plain loop: {said}") from error
    for number, result in zip(numbers, results):
        if isinstance(result, AsyncGeneratorType):
            raise LaneFailure("wrong_result", f"task {number} gave an async generator: return its items in a list")
        if isinstance(result, CoroutineType):
            for coroutine in results:
                if isinstance(coroutine, CoroutineType):
                    coroutine.close()  # otherwise Python says of each that it was never awaited
            raise LaneFailure("wrong_result", f"task {number} gave a coroutine: define the function with async def")
    return results


def _set_up(setup: Setup) -> None:
    try:
        setup.once()
    except BaseException as error:
        raise LaneFailure("raised", f"the set-up raises: {said_with_line(error)}") from error
