"""Give each worker once what all tasks need: an object that they share, the function itself, or a set-up.

A worker keeps the object in this module, where its initializer puts it, or the executor's own `map_shared`. Backends
that have neither are sent it with the function, and are set up by their first task.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from execbench.lane.arguments import Place, SentOnce, without
from execbench.lane.coroutines import is_coroutine_function, map_for_coroutines
from execbench.lane.modes import Map
from execbench.lane.options import takes_initializer
from execbench.lane.per_worker import SETUPS, AfterSetup, Setup, SetupBy, SharedBy, WithShared
from execbench.lane.wrappers import Star
from execbench.protocol import Workload

_kept: Any = None
"""What this worker keeps."""


class Sharing:
    """What each worker of a backend gets once, and the function and tasks that rely on that.

    Args:
        workload: with its function as it is called with a task.
        tasks: all of them.
        backend: what opens the executor.
        what: the function, or an argument of the tasks, where that was chosen; otherwise what the workload declares.
    """

    def __init__(
        self, workload: Workload, tasks: Sequence[Any], backend: Callable[..., Any], what: SentOnce | None
    ) -> None:
        fn, self.tasks = workload.fn, list(tasks)
        self._setup: Setup | None = None
        if isinstance(fn, AfterSetup):
            self._setup = replace(fn.setup, log=os.path.join(os.environ["TMPDIR"], SETUPS))
            fn = fn.fn
        self._awaits = is_coroutine_function(fn)
        self._initializes = takes_initializer(backend)
        self._whole: Callable[[Any], Any] = fn
        self._light: Callable[[Any], Any] = fn
        """The function without what workers keep."""
        self._shared: Any = None
        if what is not None and what.argument is not None:
            inner = fn.fn if isinstance(fn, Star) else fn
            self._shared, self._light = tasks[0][what.argument], WithKept(inner, what.argument)
            self.tasks = [without(task, [what.argument]) for task in tasks]
        elif what is not None or (_is_shared(fn) and not self._awaits):
            self._shared, self._light = fn, call_kept

    def options(self) -> dict[str, Any]:
        """Return what the backend is to be called with, too."""
        return {"initializer": begin, "initargs": (self._shared, self._setup)} if self._initializes else {}

    def function(self, executor: Any) -> Callable[[Any], Any]:
        """Return what workers call with each of the tasks."""
        fn = self._whole if self.shared_by(executor) == "function" else self._light
        return fn if self._setup is None or self._initializes else AfterSetup(fn, self._setup)

    def map_of(self, executor: Any) -> Map:
        """Return how an executor that the backend has opened maps that function."""
        if self.shared_by(executor) == "map_shared":
            return partial(self._map_shared, executor)
        return map_for_coroutines(executor) if self._awaits else executor.map

    def shared_by(self, executor: Any) -> SharedBy | None:
        """Return how the workers get the object; None if there is none."""
        if self._light is not self._whole:
            return "initializer" if self._initializes else "map_shared" if _maps_shared(executor) else "function"
        return "function" if _is_shared(self._whole) else None

    @property
    def setup_by(self) -> SetupBy | None:
        """What sets the workers up; None if nothing does."""
        return None if self._setup is None else "initializer" if self._initializes else "first_task"

    def _map_shared(self, executor: Any, fn: Callable[[Any], Any], tasks: Sequence[Any], **chunking: int) -> Any:
        return executor.map_shared(Keeping(fn), tasks, self._shared, **chunking)


def begin(shared: Any, setup: Setup | None) -> None:
    """Keep an object in this worker, and set it up."""
    keep(shared)
    if setup is not None:
        setup.once()


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


def _is_shared(fn: Callable[[Any], Any]) -> bool:
    return isinstance(fn, WithShared) and fn.shared is not None


def _maps_shared(executor: Any) -> bool:
    return callable(getattr(executor, "map_shared", None))
