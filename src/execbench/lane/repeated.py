"""Find what goes with every chunk of tasks, and could be sent to each worker once."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any

from execbench.lane.arguments import Place, SentOnce, shared_arguments
from execbench.lane.naming import is_name
from execbench.lane.questions import Repeated
from execbench.lane.wrappers import Star


def heaviest(fn: Callable[[Any], Any], tasks: Sequence[Any]) -> Repeated | None:
    """Return the heaviest of the function and the arguments that all tasks share, as far as they can be pickled."""
    found: list[Repeated] = []
    for what, value in _candidates(fn, tasks):
        with suppress(Exception):
            found.append(Repeated(what, *_weight(value)))
    return max(found, key=lambda repeated: repeated.bytes, default=None)


def _candidates(fn: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[SentOnce, Any]]:
    yield SentOnce(None, "the function"), fn
    if isinstance(fn, Star):
        for place, value in shared_arguments(tasks).items():
            if isinstance(place, int) or is_name(place):
                yield SentOnce(place, _name(fn.fn, place)), value


def _name(fn: Callable[..., Any], place: Place) -> str:
    """Return what a function calls an argument."""
    if isinstance(place, str):
        return place
    try:
        parameters = list(inspect.signature(fn).parameters.values())[: place + 1]
    except (TypeError, ValueError):  # some callables written in C have no signature
        return "shared"
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return parameters[-1].name if all(each.kind in positional for each in parameters) else "shared"


def _weight(value: Any) -> tuple[int, float]:
    """Return the bytes of a value, and the seconds to pickle and unpickle it: a first time may take longer."""
    (size, first), (_, again) = _trip(value), _trip(value)
    return size, min(first, again)


def _trip(value: Any) -> tuple[int, float]:
    start = perf_counter()
    content = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pickle.loads(content)
    return len(content), perf_counter() - start
