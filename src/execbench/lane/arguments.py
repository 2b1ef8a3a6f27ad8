"""Arguments that are the very same object in all tasks, where a task is the arguments of a function."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

Place = Union[int, str]
"""Where an argument is: its number, or its name where tasks are dicts."""


@dataclass(frozen=True)
class SentOnce:
    """What each worker is sent once, rather than with each chunk: the function, or an argument that all tasks share."""

    argument: Place | None
    """The place of the argument, or its name where tasks are mappings; None for the function."""
    name: str
    """What the function calls the argument."""


_SMALL = (bool, complex, float, int, type(None))


def shared_arguments(tasks: Sequence[Any]) -> dict[Place, Any]:
    """Return the arguments that are one object in all tasks, by their places; those that weigh nothing are left out."""
    if len(tasks) < 2:
        return {}
    return {
        place: value
        for place, value in _arguments(tasks)
        if not isinstance(value, _SMALL) and all(task[place] is value for task in tasks)
    }


def without(task: Any, places: Collection[Place]) -> Any:
    """Return a task without some of its arguments."""
    if isinstance(task, dict):
        return {name: value for name, value in task.items() if name not in places}
    return tuple(value for place, value in enumerate(task) if place not in places)


def restored(rest: Any, shared: Mapping[Any, Any]) -> Any:
    """Return a task with the arguments that it was without, which are in order."""
    if isinstance(rest, dict):
        return {**rest, **shared}
    task = list(rest)
    for place, value in shared.items():
        task.insert(place, value)
    return tuple(task)


def _arguments(tasks: Sequence[Any]) -> Iterator[tuple[Place, Any]]:
    """Yield the first task's arguments at the places that all tasks have."""
    first = tasks[0]
    if all(type(task) is tuple for task in tasks):
        yield from enumerate(first[: min(map(len, tasks))])
    elif all(type(task) is dict for task in tasks):
        yield from ((name, value) for name, value in first.items() if all(name in task for task in tasks))
