"""How the tasks of a round are handed over: mapped, streamed, or submitted as single calls."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import perf_counter
from typing import Any, Literal

Map = Callable[..., Iterable[Any]]
"""The `map` of an executor, or what stands for it."""

Mode = Literal["map", "stream", "in_turn", "at_once", "cancel"]
"""All tasks by `map`; one by one, as a stream; each submitted when the one before it is done; all submitted at once;
all submitted, then cancelled."""

Noted = Literal["first_result_seconds", "taken_ahead", "round_trip_p50", "round_trip_p99", "cancelled"]
"""What a mode notes of a round: the seconds until the first result; how many tasks the executor held at most, whose
results had not been received; the median and the 99th percentile of the seconds that a call takes; how many calls were
cancelled before they began."""


class Mapped:
    """Maps as the executor does."""

    def __init__(self, executor: Any, mapping: Map, max_workers: int) -> None:
        self.map: Callable[..., Any] = mapping

    def noted(self) -> dict[Noted, float]:
        """Return what was noted of the last round."""
        return {}


class Streamed:
    """Gives the executor tasks from an iterator, and takes its results one by one."""

    def __init__(self, executor: Any, mapping: Map, max_workers: int) -> None:
        self._stream = stream_of(executor, mapping, max_workers)
        self._first = 0.0
        self._ahead = 0

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], **chunking: int) -> list[Any]:
        """Return the results."""
        taken, ahead = 0, 0
        results: list[Any] = []

        def source() -> Iterator[Any]:
            nonlocal taken
            for task in tasks:
                taken += 1
                yield task

        start = perf_counter()
        for result in self._stream(fn, source(), **chunking):
            if not results:
                self._first = perf_counter() - start
            ahead = max(ahead, taken - len(results))
            results.append(result)
        self._ahead = ahead
        return results

    def noted(self) -> dict[Noted, float]:
        """Return what was noted of the last round."""
        return {"first_result_seconds": self._first, "taken_ahead": self._ahead}


class InTurn:
    """Submits one call after another, each when the one before it is done."""

    def __init__(self, executor: Any, mapping: Map, max_workers: int) -> None:
        self._submit: Callable[..., Any] = executor.submit
        self._seconds: list[float] = []

    def map(self, fn: Callable[[Any], Any], tasks: Sequence[Any], **_: int) -> list[Any]:
        """Return the results."""
        submit, results, moments = self._submit, [], [perf_counter()]
        for task in tasks:
            results.append(submit(fn, task).result())
            moments.append(perf_counter())
        self._seconds = [end - start for start, end in zip(moments, moments[1:])]
        return results

    def noted(self) -> dict[Noted, float]:
        """Return what was noted of the last round."""
        ordered = sorted(self._seconds)
        return {"round_trip_p50": _percentile(ordered, 50), "round_trip_p99": _percentile(ordered, 99)}


class AtOnce:
    """Submits all calls, then takes their results in order."""

    def __init__(self, executor: Any, mapping: Map, max_workers: int) -> None:
        self._submit: Callable[..., Any] = executor.submit
        self._first = 0.0

    def map(self, fn: Callable[[Any], Any], tasks: Sequence[Any], **_: int) -> list[Any]:
        """Return the results."""
        submit, start = self._submit, perf_counter()
        futures = [submit(fn, task) for task in tasks]
        first = futures[0].result()
        self._first = perf_counter() - start
        return [first, *(future.result() for future in futures[1:])]

    def noted(self) -> dict[Noted, float]:
        """Return what was noted of the last round."""
        return {"first_result_seconds": self._first}


class Cancelled:
    """Submits all calls, then cancels them, the last one first."""

    def __init__(self, executor: Any, mapping: Map, max_workers: int) -> None:
        self._submit: Callable[..., Any] = executor.submit
        self._count = 0

    def map(self, fn: Callable[[Any], Any], tasks: Sequence[Any], **_: int) -> list[Any]:
        """Return the results; a call that was cancelled is made here, so that there is one for each task."""
        submit = self._submit
        futures = [submit(fn, task) for task in tasks]
        cancelled = [_is_cancelled(future) for future in reversed(futures)][::-1]
        results = [None if gone else future.result() for future, gone in zip(futures, cancelled)]
        self._count = sum(cancelled)
        return [fn(task) if gone else result for task, result, gone in zip(tasks, results, cancelled)]

    def noted(self) -> dict[Noted, float]:
        """Return what was noted of the last round."""
        return {"cancelled": self._count}


_MAP = ("map", "it takes no tasks")
_SUBMIT = ("submit", "it takes no single calls")

NEEDED: dict[Mode, tuple[str, str]] = {
    "map": _MAP,
    "stream": _MAP,
    "in_turn": _SUBMIT,
    "at_once": _SUBMIT,
    "cancel": _SUBMIT,
}
"""The method that an executor must have, and what it means if it has none."""

WAYS: dict[Mode, Any] = {
    "map": Mapped,
    "stream": Streamed,
    "in_turn": InTurn,
    "at_once": AtOnce,
    "cancel": Cancelled,
}


def stream_of(executor: Any, mapping: Map, max_workers: int) -> Map:
    """Return how an executor streams: by its own `imap`, by a `map` that takes a `buffersize`, or by its plain `map`.

    Args:
        executor: that is open.
        mapping: its `map`, or what stands for it.
        max_workers: each gets two chunks ahead, where the buffer is limited.
    """
    if mapping != executor.map:
        return mapping
    if callable(getattr(executor, "imap", None)):
        imap: Map = executor.imap
        return imap
    if "buffersize" not in inspect.signature(mapping).parameters:
        return mapping

    def buffered(fn: Callable[[Any], Any], tasks: Iterable[Any], **chunking: int) -> Iterable[Any]:
        return mapping(fn, tasks, buffersize=2 * max_workers, **chunking)

    return buffered


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the smallest value that at least this share of the values do not exceed."""
    return ordered[-(-percent * len(ordered) // 100) - 1]


def _is_cancelled(future: Any) -> bool:
    try:
        return bool(future.cancel())
    except NotImplementedError:  # some engines cannot
        return False
