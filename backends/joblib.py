"""`joblib.Parallel`: loky, threads or multiprocessing behind one call, with automatic batches.

Its workers are processes on this machine by default (loky), which outlive a call and are stopped on leaving; large
arrays reach them memory-mapped. It sets its own batch sizes while it runs, so the race's chunk size is left to it.
Pick it for NumPy work in tasks of a millisecond and more: each call costs about 10 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor


class _Batches:
    """An executor over a `Parallel` that keeps its workers between calls."""

    def __init__(self, make: Callable[[], Parallel]) -> None:
        self._make = make
        self._parallel = make().__enter__()

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> list[Any]:
        """Let joblib size its own batches; `batch_size` is the option that fixes them."""
        call = delayed(fn)
        try:
            results: list[Any] = self._parallel(call(task) for task in tasks)
        except BaseException:
            # After an exception joblib 1.6 may put a result of the failed call before those of the next one.
            self.stop()
            self._parallel = self._make().__enter__()
            raise
        return results

    def stop(self) -> None:
        self._parallel.__exit__(None, None, None)


@contextmanager
def backend(
    max_workers: int,
    /,
    *,
    backend: Literal["loky", "threading", "multiprocessing"] = "loky",
    batch_size: int | Literal["auto"] = "auto",
    max_nbytes: int | None = 1_048_576,
) -> Iterator[_Batches]:
    """Start a `Parallel`; leaving stops its workers too.

    Args:
        max_workers: `n_jobs`.
        backend: joblib's own backend.
        batch_size: tasks that travel to a worker at once; joblib tunes it by default.
        max_nbytes: arrays above so many bytes reach processes memory-mapped; none turns that off.
    """
    batches = _Batches(partial(Parallel, max_workers, backend=backend, batch_size=batch_size, max_nbytes=max_nbytes))
    try:
        yield batches
    finally:
        batches.stop()
        if backend == "loky":
            # joblib keeps loky's workers for the next Parallel; asking for their executor is the way to reach it.
            get_reusable_executor(max_workers).shutdown(wait=True)
