"""Send what all tasks use to each worker once, rather than with each chunk: the function, or an argument.

A worker keeps it in this module, where its initializer puts it, or the executor's own `map_shared`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from execbench.lane.arguments import Place, SentOnce, without
from execbench.lane.coroutines import Map
from execbench.lane.options import takes_initializer
from execbench.lane.wrappers import Star
from execbench.protocol import Workload

_kept: Any = None
"""What this worker keeps."""


class Shared:
    """An object that all tasks use, what is left of the tasks, and a function that takes the one from its worker."""

    def __init__(self, workload: Workload, tasks: Sequence[Any], what: SentOnce) -> None:
        place = what.argument
        self.fn: Callable[[Any], Any]
        if place is None:
            self._shared, self.fn, self.tasks = workload.fn, call_kept, list(tasks)
        else:
            fn = workload.fn.fn if isinstance(workload.fn, Star) else workload.fn
            self._shared, self.fn = tasks[0][place], WithKept(fn, place)
            self.tasks = [without(task, [place]) for task in tasks]

    def options(self, backend: Callable[..., Any]) -> dict[str, Any]:
        """Return what a backend that supports an initializer is to be called with, too."""
        return {"initializer": keep, "initargs": (self._shared,)} if takes_initializer(backend) else {}

    def map_of(self, executor: Any, backend: Callable[..., Any]) -> Map:
        """Return how an executor that the backend has opened maps a function over tasks."""
        return executor.map if takes_initializer(backend) else partial(self._map_shared, executor)

    def _map_shared(self, executor: Any, fn: Callable[[Any], Any], tasks: Sequence[Any], **chunking: int) -> Any:
        return executor.map_shared(Keeping(fn), tasks, self._shared, **chunking)


def keep(shared: Any) -> None:
    """Keep an object in this worker."""
    global _kept  # noqa: PLW0603 -- a worker has no other place that outlives a task
    _kept = shared


def call_kept(task: Any) -> Any:
    """Call the function that this worker keeps."""
    return _kept(task)


@dataclass(frozen=True)
class WithKept:
    """Calls `fn` with the parts of a task, and among them the argument that this worker keeps."""

    fn: Callable[..., Any]
    argument: Place

    def __call__(self, task: Any) -> Any:
        """Return what the function does."""
        if isinstance(self.argument, str):
            return self.fn(**task, **{self.argument: _kept})
        return self.fn(*task[: self.argument], _kept, *task[self.argument :])


@dataclass(frozen=True)
class Keeping:
    """`fn` for an executor that gives the object to each call."""

    fn: Callable[[Any], Any]

    def __call__(self, task: Any, shared: Any) -> Any:
        """Keep the object, and return what the function does."""
        keep(shared)
        return self.fn(task)
