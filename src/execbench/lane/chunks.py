"""An executor for engines that take calls one by one: each chunk of tasks is a call."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

from execbench.protocol import Future


class Chunks:
    """An executor over an engine's own `submit`, which sends each chunk of tasks as one call.

    Args:
        submit: `submit(fn, *args)` of the engine, which returns a future.
        catch: the engine loses the class or the traceback of an exception, so the worker returns it like a result.
        ahead: how many chunks a stream keeps under way; for each worker one to compute, and some to be sent meanwhile.
    """

    def __init__(self, submit: Callable[..., Future], *, catch: bool = False, ahead: int = 32) -> None:
        self._submit = submit
        self._catches = catch
        self._ahead = ahead
        self._run = self.run_or_catch if catch else self.run

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> list[Any]:
        """Submit all chunks, and return their results in order; if one raises, cancel what has not begun."""
        futures = [*self._sent(fn, tasks, chunksize)]
        try:
            return [result for future in futures for result in self.results(future.result())]
        except BaseException:
            _cancel(futures)
            raise

    def imap(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> Iterator[Any]:
        """Keep some chunks under way, and yield their results in order; if it is left, cancel what has not begun."""
        sent = self._sent(fn, tasks, chunksize)
        under_way = deque(islice(sent, self._ahead))
        try:
            while under_way:
                results = self.results(under_way.popleft().result())
                under_way.extend(islice(sent, 1))
                yield from results
        finally:
            _cancel(under_way)

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future:
        """Start a single call, and return its future."""
        if not self._catches:
            return self._submit(fn, *args)
        return _OfOne(self._submit(self._run, partial(_starred, fn), [args]))

    @staticmethod
    def split(tasks: Iterable[Any], size: int) -> Iterator[list[Any]]:
        """Yield the tasks in lists of this many; the last one may be shorter."""
        iterator = iter(tasks)
        while chunk := list(islice(iterator, size)):
            yield chunk

    @staticmethod
    def run(fn: Callable[[Any], Any], chunk: list[Any]) -> list[Any]:
        """Return the results of a chunk, in a worker."""
        return [fn(task) for task in chunk]

    @staticmethod
    def run_or_catch(fn: Callable[[Any], Any], chunk: list[Any]) -> Any:
        """Return the results of a chunk, in a worker, or the exception of a task with its traceback."""
        try:
            return [fn(task) for task in chunk]
        except Exception as error:
            from multiprocessing.pool import (  # type: ignore[attr-defined]  # noqa: PLC0415 -- only who needs it pays for it
                ExceptionWithTraceback,
            )

            return ExceptionWithTraceback(error, error.__traceback__)

    @staticmethod
    def results(answer: Any) -> list[Any]:
        """Return the results that a worker sent, or raise the exception that it sent instead."""
        if isinstance(answer, Exception):
            raise answer
        results: list[Any] = answer
        return results

    def _sent(self, fn: Callable[[Any], Any], tasks: Iterable[Any], chunksize: int) -> Iterator[Future]:
        return (self._submit(self._run, fn, chunk) for chunk in self.split(tasks, chunksize))


class _OfOne:
    """The future of a chunk that has one task, as that of the task."""

    def __init__(self, future: Future) -> None:
        self._future = future

    def result(self, timeout: float | None = None) -> Any:
        (result,) = Chunks.results(self._future.result(timeout))
        return result

    def cancel(self) -> bool:
        return self._future.cancel()

    def add_done_callback(self, fn: Callable[[Any], object], /) -> None:
        self._future.add_done_callback(lambda _: fn(self))


def _starred(fn: Callable[..., Any], args: Iterable[Any]) -> Any:
    return fn(*args)


def _cancel(futures: Iterable[Future]) -> None:
    for future in futures:
        with suppress(NotImplementedError):  # some engines cannot
            future.cancel()
