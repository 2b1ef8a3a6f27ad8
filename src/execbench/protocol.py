"""Define backends, executors and workloads.

This module is tiny and needs only the standard library, as every worker process of every backend may import it.

    backend(max_workers, **options)  ->  context manager  --enter-->  executor
    executor.map(fn, tasks, chunksize=k)  ->  results, in the order of the tasks

`concurrent.futures.ThreadPoolExecutor`, `ProcessPoolExecutor` and `multiprocessing.Pool` are valid backends unchanged.

Beside `backend`, its module may say how a program does the same without execbench, which `execbench advise` prints:

    recipe(max_workers, chunksize, **options)  ->  Recipe
    recipe_for_coroutines(max_workers, chunksize, **options)  ->  Recipe
    recipe_for_shared(max_workers, chunksize, **options)  ->  Recipe
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

_KEYWORD_ONLY: Any = {"kw_only": True} if sys.version_info >= (3, 10) else {}


class Unavailable(Exception):
    """Raise this on import or opening if a plugin cannot work here; the message says why and what to do about it."""


@runtime_checkable
class Executor(Protocol):
    """A running pool.

    An executor that runs one task at a time by design has an attribute `serial = True`. One that connects to workers
    that are already running has an attribute `cluster`: `{"address": ..., "hosts": [...], "workers": 3}`.
    """

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> Iterable[Any]:
        """Return `fn(task)` for each task, in task order; `chunksize` tasks are sent to a worker at once."""


class Future(Protocol):
    """A pending result, as in `concurrent.futures`."""

    def result(self, timeout: float | None = None) -> Any:
        """Wait at most `timeout` seconds for the result and return it, or raise the task's exception."""

    def cancel(self) -> bool:
        """Cancel the task if it has not started; return whether that worked."""

    def add_done_callback(self, fn: Callable[[Any], object], /) -> None:
        """Call `fn(future)` once the future is done."""


@runtime_checkable
class SupportsSubmit(Protocol):
    """An executor that also accepts single calls."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future:
        """Start `fn(*args)` and return its future."""


@runtime_checkable
class SupportsStream(Protocol):
    """An executor that takes tasks and gives results as it goes, so that neither need fit into memory."""

    def imap(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> Iterator[Any]:
        """Yield `fn(task)` for each task, in task order."""


@runtime_checkable
class SupportsShared(Protocol):
    """An executor that also sends an object that all tasks use to each worker once, rather than with each task."""

    def map_shared(
        self, fn: Callable[[Any, Any], Any], tasks: Iterable[Any], shared: Any, /, *, chunksize: int
    ) -> Iterable[Any]:
        """Return `fn(task, shared)` for each task, in task order."""


@runtime_checkable
class SupportsCoroutines(Protocol):
    """An executor that awaits coroutines itself. Others map a plain function, which runs an event loop per chunk."""

    def map_coroutines(
        self, fn: Callable[[Any], Awaitable[Any]], tasks: Iterable[Any], /, *, chunksize: int
    ) -> Iterable[Any]:
        """Return `await fn(task)` for each task, in task order, with at most `max_workers` of them under way."""


Backend = Callable[..., AbstractContextManager[Executor]]
"""Starts an executor: `backend(max_workers, /, **options)`. Entering starts the workers, leaving stops them."""


class SupportsInitializer(Protocol):
    """A backend whose workers first call a function of the user, as those of the standard library's pools do.

    The two arguments are no options: a user does not choose them.
    """

    def __call__(
        self,
        max_workers: int,
        /,
        *,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        **options: Any,
    ) -> AbstractContextManager[Executor]:
        """Return what starts an executor; each worker calls `initializer(*initargs)` before its first task."""


@dataclass(frozen=True, **_KEYWORD_ONLY)
class Recipe:
    """How a program uses a backend without execbench, as someone who knows the library would write it.

    The parts are Python code, in which `fn` and `tasks` stand for the function and its tasks. That of
    `recipe_for_shared` calls `fn(task, shared)`.
    """

    results: str
    """An expression for the list of results: `list(executor.map(fn, tasks))`."""

    imports: Sequence[str] = ()
    """Statements such as `from concurrent.futures import ThreadPoolExecutor`."""

    opening: str = ""
    """An expression for the context manager that gives `executor`: `ThreadPoolExecutor(2)`; empty if there is none."""

    definitions: str = ""
    """Functions for the top level of the program that `results` calls; they take the tasks as an argument."""

    takes_initializer: bool = False
    """Whether `opening` is a call that takes `initializer=` and `initargs=`, too."""

    workers_get_fn: Literal["shared", "by name", "by value"] = "by name"
    """Whether workers share the function with the program, import it by its name, or are sent its code."""


@dataclass(frozen=True, **_KEYWORD_ONLY)
class Workload:
    """A function and the tasks it is mapped over."""

    fn: Callable[..., Any]
    """The function to call on each task, or a coroutine function, an `async def`, which is also awaited.

    Workers import it by name, so it must be at the top level of a module.
    """

    tasks: Callable[..., Iterable[Any]]
    """`tasks(size, **options)` returns exactly `size` inputs for `fn`, the same ones on every call."""

    size: int
    """The default number of tasks."""

    equal: Callable[[Sequence[Any], Sequence[Any]], bool] | None = None
    """Compares a round's results with the expected ones; by default, types and contents must be the same."""

    tolerance: float = 1e-9
    """How much floats may differ by default, relative to the larger one; 0 means not at all."""

    star: bool = False
    """Call `fn(*task)`, or `fn(**task)` if a task is a mapping."""

    fn_for: Callable[..., Callable[[Any], Any]] | None = None
    """`fn_for(**options)` returns the function to use instead of `fn`, if the options of `tasks` choose it."""

    shared: Callable[..., Any] | None = None
    """`shared(size, **options)` returns an object that all tasks use, once, for `fn(task, shared)`; None for none."""

    setup: Callable[..., object] | None = None
    """`setup(**options)` is called once in each process that runs tasks, before the first of them."""
