"""`joblib.Parallel`: loky, threads, multiprocessing or an engine behind one call, with automatic batches.

Its workers are processes on this machine by default (loky), which outlive a call and are stopped on leaving; large
arrays reach them memory-mapped and read-only. Dask, Ray and Spark are always started on this machine. It adapts its
batch size while it runs, so the chunk size is ignored; `batch_size` fixes it. One worker is a plain loop. Pick it for
NumPy work: a call costs 10 ms or more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from importlib import import_module
from typing import Any, Literal, Optional, Union

from joblib import Parallel, delayed
from joblib.executor import MemmappingExecutor
from joblib.externals.loky import get_reusable_executor
from joblib.parallel import BACKENDS, EXTERNAL_BACKENDS

from execbench import Recipe, Unavailable

_REGISTERING = {"ray": ("ray.util.joblib", "register_ray"), "spark": ("joblibspark", "register_spark")}
"""The module and the function that make an engine known to joblib, unless joblib has it."""

_ENGINES = ("dask", *_REGISTERING)

_NO_STREAMS = ("ray", "spark")
"""They refuse `return_as="generator"`."""


@contextmanager
def backend(
    max_workers: int,
    /,
    *,
    backend: Literal["loky", "threading", "multiprocessing", "dask", "ray", "spark"] = "loky",
    batch_size: Union[int, Literal["auto"]] = "auto",
    max_nbytes: Optional[int] = 1_048_576,
) -> Iterator[_Batches]:
    """Start a `Parallel`; leaving also stops its workers.

    Args:
        max_workers: `n_jobs`.
        backend: joblib's own backend.
        batch_size: the number of tasks sent to a worker at once; joblib tunes it by default.
        max_nbytes: arrays larger than this many bytes reach processes memory-mapped; none turns that off.

    Raises:
        Unavailable: the engine's library is missing.
    """
    started: AbstractContextManager[Any] = nullcontext(backend)
    if backend in _ENGINES:
        started = _engine(backend, max_workers)
    with started as own:
        batches = (_Batches if backend in _NO_STREAMS else _Streams)(
            partial(Parallel, max_workers, backend=own, batch_size=batch_size, max_nbytes=max_nbytes),
            uses_loky=backend == "loky" and max_workers > 1,
        )
        try:
            yield batches
        finally:
            batches.stop()


@contextmanager
def _engine(name: str, max_workers: int) -> Iterator[Any]:
    """Start an engine as its own backend does, and yield what `Parallel` takes as `backend`."""
    try:
        started = import_module(f"execbench.backends.{name}").started
        if name in _REGISTERING:
            module, function = _REGISTERING[name]
            getattr(import_module(module), function)()
        else:  # joblib itself does so in `parallel_config` only
            EXTERNAL_BACKENDS[name]()
    except ImportError as error:
        raise Unavailable(f"{error}: pip install 'execbench[{name}]'") from None
    with started(max_workers) as engine:
        yield BACKENDS[name](client=engine) if name == "dask" else name


class _Batches:
    """An executor over a `Parallel` that keeps its workers between calls."""

    def __init__(self, make: Callable[..., Parallel], uses_loky: bool) -> None:
        self._make = make
        self._uses_loky = uses_loky
        self._parallel = make().__enter__()

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> list[Any]:
        """Let joblib choose its batch size, whatever the chunk size."""
        call = delayed(fn)
        try:
            results: list[Any] = self._parallel(call(task) for task in tasks)
        except BaseException:
            self._start_anew()
            raise
        return results

    def _start_anew(self) -> None:
        """Leave a `Parallel` that has aborted: it forgets its max_nbytes, and may return late results of this call."""
        self.stop()
        self._parallel = self._make().__enter__()

    def stop(self) -> None:
        """Stop the workers; with loky, also the workers and folders that joblib keeps for its next `Parallel`."""
        if self._uses_loky:
            executor = get_reusable_executor(reuse=True)
            if isinstance(executor, MemmappingExecutor):
                executor.terminate()
            else:  # a stream that was left early has ended joblib's own, and joblib could not use this one
                executor.shutdown()
        self._parallel.__exit__(None, None, None)


class _Streams(_Batches):
    """The same over an engine that can also give results one by one."""

    def imap(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> Iterator[Any]:
        """Let joblib take tasks as it needs them, and yield the results in order."""
        call = delayed(fn)
        try:
            yield from self._make(return_as="generator")(call(task) for task in tasks)
        except BaseException:
            self._start_anew()
            raise


_IMPORTS = {"dask": "from distributed import Client", "ray": "import ray", "spark": "from pyspark import SparkContext"}
"""What a program needs to start an engine."""


def recipe(
    max_workers: int,
    chunksize: int,
    /,
    *,
    backend: str,
    batch_size: Union[int, str],
    max_nbytes: Optional[int],
) -> Recipe:
    """Name the options that are not joblib's defaults; the chunk size has no effect."""
    options = [f"n_jobs={max_workers}"]
    if backend != "loky" and backend not in _ENGINES:
        options.append(f'backend="{backend}"')
    if batch_size != "auto":
        options.append(f"batch_size={batch_size}")
    if max_nbytes != 1_048_576:
        options.append(f"max_nbytes={max_nbytes}")
    called = f"Parallel({', '.join(options)})(delayed(fn)(task) for task in tasks)"
    if backend in _ENGINES:
        return _on_engine(max_workers, backend, called)
    return Recipe(
        imports=["from joblib import Parallel, delayed"],
        results=called,
        workers_get_fn="shared" if backend == "threading" else "by value" if backend == "loky" else "by name",
    )


def _on_engine(max_workers: int, backend: str, called: str) -> Recipe:
    """Start the engine on this machine."""
    imports, register = ["from joblib import Parallel, delayed, parallel_config", _IMPORTS[backend]], []
    if backend in _REGISTERING:
        module, function = _REGISTERING[backend]
        imports.append(f"from {module} import {function}")
        register = [f"    {function}()"]
    lines = [
        "def run_all(tasks):",
        *register,
        f'    with parallel_config(backend="{backend}"):',
        f"        return {called}",
    ]
    return Recipe(
        imports=imports,
        opening=import_module(f"execbench.backends.{backend}").opening(max_workers),
        definitions="\n".join(lines),
        results="run_all(tasks)",
        workers_get_fn="by value",
    )
