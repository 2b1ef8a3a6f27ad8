"""An executor for engines that take calls one by one: each chunk of tasks is a call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from multiprocessing.pool import ExceptionWithTraceback  # type: ignore[attr-defined]
from typing import Any

from execbench.protocol import Future


class Chunks:
    """An executor over an engine's own `submit`, which sends each chunk of tasks as one call.

    Args:
        submit: `submit(fn, *args)` of the engine, which returns a future.
        catch: the engine loses the class or the traceback of an exception, so the worker returns it like a result.
    """

    def __init__(self, submit: Callable[..., Future], *, catch: bool = False) -> None:
        self._submit = submit
        self._catches = catch
        self._run = _run_or_catch if catch else _run

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> list[Any]:
        """Submit all chunks, and return their results in order; if one raises, cancel what has not begun."""
        futures = [self._submit(self._run, fn, chunk) for chunk in _chunks(tasks, chunksize)]
        try:
            return [result for future in futures for result in _results(future.result())]
        except BaseException:
            for future in futures:
                with suppress(NotImplementedError):  # some engines cannot
                    future.cancel()
            raise

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future:
        """Start a single call, and return its future."""
        if not self._catches:
            return self._submit(fn, *args)
        return _OfOne(self._submit(self._run, partial(_starred, fn), [args]))


class _OfOne:
    """The future of a chunk that has one task, as that of the task."""

    def __init__(self, future: Future) -> None:
        self._future = future

    def result(self, timeout: float | None = None) -> Any:
        (result,) = _results(self._future.result(timeout))
        return result

    def cancel(self) -> bool:
        with suppress(NotImplementedError):  # some engines cannot
            return self._future.cancel()
        return False

    def add_done_callback(self, fn: Callable[[Any], object], /) -> None:
        self._future.add_done_callback(lambda _: fn(self))


def _starred(fn: Callable[..., Any], args: Iterable[Any]) -> Any:
    return fn(*args)


def _chunks(tasks: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(tasks)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _run(fn: Callable[[Any], Any], chunk: list[Any]) -> list[Any]:
    return [fn(task) for task in chunk]


def _run_or_catch(fn: Callable[[Any], Any], chunk: list[Any]) -> Any:
    try:
        return _run(fn, chunk)
    except Exception as error:
        return ExceptionWithTraceback(error, error.__traceback__)


def _results(answer: Any) -> list[Any]:
    if isinstance(answer, Exception):
        raise answer
    results: list[Any] = answer
    return results
