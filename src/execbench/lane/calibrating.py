"""What a backend costs, whatever the tasks are: measured once for each machine, and kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from execbench.lane import questions
from execbench.lane.coroutines import awaits
from execbench.lane.judging import said_by
from execbench.lane.messages import Done, LaneFailure
from execbench.lane.options import takes_initializer
from execbench.lane.preparing import loaded
from execbench.lane.questions import Calibrated
from execbench.protocol import SupportsShared

_TASKS, _CHUNKED_TASKS = 64, 1024
_BYTES = 2_000_000
_REPEATED = 5

_marks: list[str] = []
"""What only this process has, and those that are forked from it."""


def calibrate(command: questions.Calibrate) -> Calibrated:
    """Open a backend, give it empty tasks and large ones, and close it; LaneFailure if one of that fails."""
    backend = loaded(command.backend)
    _marks.append("here")
    try:
        start = perf_counter()
        with backend(command.max_workers, **command.options) as executor:
            opened = perf_counter()
            first_call = _seconds(executor, nothing, [None])
            costs, kind = _costs(executor, command.max_workers), _kind(executor)
            closing = perf_counter()
        close = perf_counter() - closing
    except Exception as error:
        raise LaneFailure("raised", said_by(error)) from error
    return Calibrated(
        opened - start,
        first_call,
        close,
        *costs,
        *kind,
        serial=bool(getattr(executor, "serial", False)),
        sends_once=takes_initializer(backend) or isinstance(executor, SupportsShared),
        awaits=awaits(executor),
    )


def carry(command: questions.Carry) -> Done:
    """Let a backend send a lambda with a lambda as its task, which it returns; LaneFailure if that fails."""
    try:
        with loaded(command.backend)(command.max_workers, **command.options) as executor:
            (_,) = executor.map(lambda task: task, [lambda: None], chunksize=1)
    except Exception as error:
        raise LaneFailure("raised", said_by(error)) from error
    return Done()


def _kind(executor: Any) -> tuple[bool, bool]:
    """Return whether workers share this process, and whether they are forked from it."""
    place = Place()
    ((pid, identity, is_marked),) = executor.map(place, [None], chunksize=1)
    shared = (pid, identity) == (os.getpid(), id(place))
    return shared, is_marked and pid != os.getpid()


def _costs(executor: Any, workers: int) -> tuple[float, float, float, float, float]:
    """Return the last five figures of `Calibrated`."""
    call = _fastest(executor, nothing, [None])
    task = max(0.0, _fastest(executor, nothing, [None] * _TASKS) - call) / _TASKS
    largest = -(-_CHUNKED_TASKS // workers)
    chunked = max(0.0, _fastest(executor, nothing, [None] * _CHUNKED_TASKS, largest) - call) / _CHUNKED_TASKS
    out = max(0.0, _fastest(executor, len, [bytes(_BYTES)]) - call) / _BYTES
    back = max(0.0, _fastest(executor, bytes, [_BYTES]) - call) / _BYTES
    return call, task, chunked, out, back


def nothing(task: Any) -> None:
    """Do nothing; workers import it."""


class Place:
    """A function that says where it runs: the process, and the identity of the object, which pickling changes."""

    def __call__(self, task: Any) -> tuple[int, int, bool]:
        """Return the process id, the object's own, and whether the process has what the calibrating one has."""
        return os.getpid(), id(self), bool(_marks)


def _fastest(executor: Any, fn: Callable[[Any], Any], tasks: list[Any], chunksize: int = 1) -> float:
    """Return the shortest of a few calls: what a busy machine adds must not exclude a backend."""
    return min(_seconds(executor, fn, tasks, chunksize) for _ in range(_REPEATED))


def _seconds(executor: Any, fn: Callable[[Any], Any], tasks: Iterable[Any], chunksize: int = 1) -> float:
    start = perf_counter()
    for _ in executor.map(fn, tasks, chunksize=chunksize):
        pass
    return perf_counter() - start
