"""`mpire.WorkerPool`: a pool of processes or threads with progress bars, worker state and time limits.

Its workers are daemonic processes on this machine by default. A worker that dies is an error, but a task or result that
cannot be pickled makes it wait forever. It starts new workers for each map unless `keep_alive` is set, as it is here.
Pick it for long tasks whose progress you want to see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, Optional

from mpire import WorkerPool
from mpire.context import DEFAULT_START_METHOD
from mpire.exception import remove_highlighting

from execbench import Recipe


@contextmanager
def backend(
    max_workers: int,
    /,
    *,
    start_method: Literal["default", "fork", "spawn", "forkserver", "threading"] = "default",
    keep_alive: bool = True,
    use_dill: bool = False,
    task_timeout: Optional[float] = None,
) -> Iterator[_Calls]:
    """Start nothing yet: the first map starts the workers. Leaving terminates them.

    Args:
        max_workers: the number of processes or threads.
        start_method: how they are started; mpire's default if not given.
        keep_alive: keep the workers between maps.
        use_dill: pickle with dill, which also sends lambdas and closures.
        task_timeout: the seconds that a task may take; a longer one raises TimeoutError, and all workers are replaced.
    """
    method = DEFAULT_START_METHOD if start_method == "default" else start_method
    with WorkerPool(max_workers, start_method=method, keep_alive=keep_alive, use_dill=use_dill) as pool:
        yield _Calls(pool, task_timeout)


@dataclass
class _Calls:
    """An executor over a pool that otherwise spreads a task over the arguments, and joins arrays into one."""

    pool: WorkerPool
    task_timeout: Optional[float]
    shared: Optional[_Shared] = None

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int | None = None) -> list[Any]:
        """Wrap each task in a tuple."""
        self._share(None)
        return self._mapped(fn, tasks, chunksize)

    def imap(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int | None = None) -> Iterator[Any]:
        """Take two chunks for each worker ahead, as mpire does."""
        self._share(None)
        calls = ((task,) for task in tasks)
        with _plain_traceback():
            yield from self.pool.imap(fn, calls, chunk_size=chunksize or 1, task_timeout=self.task_timeout)

    def map_shared(
        self, fn: Callable[[Any, Any], Any], tasks: Iterable[Any], shared: Any, /, *, chunksize: int | None = None
    ) -> list[Any]:
        """Let mpire share the object: its workers inherit it, or get it as they start."""
        if self.shared is None or self.shared.value is not shared:
            self._share(_Shared(shared))
        return self._mapped(_WithShared(fn), tasks, chunksize)

    def _share(self, shared: Optional[_Shared]) -> None:
        """Start other workers if they have something else."""
        if shared is not self.shared:
            self.pool.stop_and_join()
            self.pool.set_shared_objects(shared)
            self.shared = shared

    def _mapped(self, fn: Callable[..., Any], tasks: Iterable[Any], chunksize: int | None) -> list[Any]:
        calls = [(task,) for task in tasks]
        with _plain_traceback():
            results: list[Any] = self.pool.map(
                fn, calls, chunk_size=chunksize, concatenate_numpy_output=False, task_timeout=self.task_timeout
            )
        return results


@contextmanager
def _plain_traceback() -> Iterator[None]:
    """Remove the colours from the traceback of a task that raises."""
    try:
        yield
    except BaseException as error:
        if error.__cause__ is not None:
            error.__cause__ = Exception(remove_highlighting(str(error.__cause__)))
        raise


@dataclass(frozen=True, eq=False)
class _Shared:
    """A shared object; mpire compares it, which arrays do not like."""

    value: Any


@dataclass(frozen=True)
class _WithShared:
    """`fn` for mpire, which gives the shared object first."""

    fn: Callable[[Any, Any], Any]

    def __call__(self, shared: _Shared, task: Any) -> Any:
        return self.fn(task, shared.value)


def recipe(  # noqa: PLR0913 -- as many as `backend` has
    max_workers: int,
    chunksize: int,
    /,
    *,
    start_method: str,
    keep_alive: bool,
    use_dill: bool,
    task_timeout: Optional[float],
) -> Recipe:
    """Name the options only if they were chosen; a single map needs no workers that are kept."""
    method = "" if start_method == "default" else f', start_method="{start_method}"'
    dill = ", use_dill=True" if use_dill else ""
    limit = "" if task_timeout is None else f", task_timeout={task_timeout}"
    options = f"chunk_size={chunksize}, concatenate_numpy_output=False{limit}"
    return Recipe(
        imports=["from mpire import WorkerPool"],
        opening=f"WorkerPool(n_jobs={max_workers}{method}{dill})",
        results=f"executor.map(fn, [(task,) for task in tasks], {options})",
        workers_get_fn="shared" if start_method == "threading" else "by value" if use_dill else "by name",
    )


def recipe_for_shared(max_workers: int, chunksize: int, /, **options: Any) -> Recipe:
    """Let the pool share the object, which mpire gives to each call as the first argument."""
    plain = recipe(max_workers, chunksize, **options)
    return replace(
        plain,
        opening=f"{plain.opening[:-1]}, shared_objects=shared)",
        definitions="def call_with_shared(shared, task):\n    return fn(task, shared)",
        results=plain.results.replace("(fn, ", "(call_with_shared, "),
    )
