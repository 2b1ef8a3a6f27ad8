"""Find what goes with every chunk of tasks, and could be sent to each worker once."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

from execbench.lane.messages import SentOnce
from execbench.lane.naming import is_name
from execbench.lane.questions import Repeated
from execbench.lane.wrappers import Star


def heaviest(fn: Callable[[Any], Any], tasks: Sequence[Any]) -> Repeated | None:
    """Return the heaviest of the function and the arguments that are the same object in all tasks."""
    found = [Repeated(what, *_weight(value)) for what, value in _repeated(fn, tasks)]
    return max(found, key=lambda repeated: repeated.bytes, default=None)


def _repeated(fn: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[SentOnce, Any]]:
    yield SentOnce(None, "the function"), fn
    if isinstance(fn, Star):
        for place in _places(tasks):
            value = tasks[0][place]
            if all(task[place] is value for task in tasks):
                yield SentOnce(place, _name(fn.fn, place)), value


def _places(tasks: Sequence[Any]) -> Sequence[int | str]:
    """Return the places or names of the arguments that all tasks have."""
    if all(isinstance(task, dict) for task in tasks):
        return [name for name in tasks[0] if is_name(name) and all(name in task for task in tasks)]
    if all(isinstance(task, (tuple, list)) for task in tasks):
        return range(min(map(len, tasks)))
    return []


def _name(fn: Callable[..., Any], place: int | str) -> str:
    """Return what a function calls an argument."""
    if isinstance(place, str):
        return place
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        return "shared"
    named = place < len(parameters) and parameters[place].kind is not inspect.Parameter.VAR_POSITIONAL
    return parameters[place].name if named else "shared"


def _weight(value: Any) -> tuple[int, float]:
    """Return the bytes of a value, and the seconds to pickle and unpickle it."""
    start = perf_counter()
    content = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pickle.loads(content)
    return len(content), perf_counter() - start
