"""What a backend, an executor and a workload are.

Standard library only, and tiny: every worker process of every backend may import this module.

    backend(max_workers, **options)  ->  context manager  --enter-->  executor
    executor.map(fn, tasks, chunksize=k)  ->  results, in the order of the tasks

`concurrent.futures.ThreadPoolExecutor`, `ProcessPoolExecutor` and `multiprocessing.Pool` are backends as they stand.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

_KEYWORD_ONLY: Any = {"kw_only": True} if sys.version_info >= (3, 10) else {}


class Unavailable(Exception):
    """Raised while a plugin is imported or opened, when it cannot work here: the message says why, and what to do."""


@runtime_checkable
class Executor(Protocol):
    """A running pool.

    An executor that runs one task at a time by design says so with an attribute `serial = True`. One that connects to
    workers that already run says where, with an attribute `cluster`: `{"address": ..., "hosts": [...], "workers": 3}`.
    """

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> Iterable[Any]:
        """Return `fn(task)` of every task, in task order; `chunksize` tasks travel to a worker at once."""


class Future(Protocol):
    """A result to come, as in `concurrent.futures`."""

    def result(self, timeout: float | None = None) -> Any:
        """Wait at most `timeout` seconds, then return the result or raise the task's exception."""

    def cancel(self) -> bool:
        """Call the task off if it has not started; return whether that worked."""

    def add_done_callback(self, fn: Callable[[Any], object], /) -> None:
        """Call `fn(future)` once the future is done."""


@runtime_checkable
class SupportsSubmit(Protocol):
    """An executor that also takes one call at a time."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future:
        """Start `fn(*args)` and return its future."""


Backend = Callable[..., AbstractContextManager[Executor]]
"""How to start an executor: `backend(max_workers, /, **options)`. Entering starts the workers, leaving stops them."""


def exactly_equal(results: Sequence[Any], expected: Sequence[Any]) -> bool:
    """Return whether two result lists hold the same values of the same types in the same order."""
    return len(results) == len(expected) and all(
        type(result) is type(wanted) and result == wanted for result, wanted in zip(results, expected)
    )


@dataclass(frozen=True, **_KEYWORD_ONLY)
class Workload:
    """What is to be done: a function and the tasks it is mapped over."""

    fn: Callable[[Any], Any]
    """What each task does. Workers import it by name, so it lives at the top level of a module."""

    tasks: Callable[..., Iterable[Any]]
    """`tasks(size, **options)`: exactly `size` inputs of `fn`, the same at every call."""

    size: int
    """The default number of tasks."""

    equal: Callable[[Sequence[Any], Sequence[Any]], bool] = exactly_equal
    """How a round's results are compared with the expected ones."""
