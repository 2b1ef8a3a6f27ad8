"""What a backend costs, whatever the tasks are: measured once for each machine, and kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from execbench.lane import questions
from execbench.lane.judging import said_by
from execbench.lane.messages import LaneFailure
from execbench.lane.options import takes_initializer
from execbench.lane.preparing import loaded
from execbench.lane.questions import Calibrated
from execbench.protocol import SupportsShared

_TASKS, _CHUNKED_TASKS = 64, 1024
_BYTES = 2_000_000
_REPEATED = 5


def calibrate(command: questions.Calibrate) -> Calibrated:
    """Open a backend, give it empty tasks and large ones, and close it; LaneFailure if one of that fails."""
    backend = loaded(command.backend)
    try:
        start = perf_counter()
        with backend(command.max_workers, **command.options) as executor:
            opened = perf_counter()
            first_call = _seconds(executor, nothing, [None])
            found = _costs(executor, command.max_workers)
            closing = perf_counter()
        close = perf_counter() - closing
    except Exception as error:
        raise LaneFailure("raised", said_by(error)) from error
    return Calibrated(
        opened - start,
        first_call,
        close,
        *found,
        serial=bool(getattr(executor, "serial", False)),
        sends_once=takes_initializer(backend) or isinstance(executor, SupportsShared),
    )


def _costs(executor: Any, workers: int) -> tuple[float, float, float, float, float, bool]:
    """Return the six figures of `Calibrated` after these."""
    place = Place()
    shared = list(executor.map(place, [None], chunksize=1)) == [(os.getpid(), id(place))]
    call = _fastest(executor, nothing, [None])
    task = max(0.0, _fastest(executor, nothing, [None] * _TASKS) - call) / _TASKS
    largest = -(-_CHUNKED_TASKS // workers)
    chunked = max(0.0, _fastest(executor, nothing, [None] * _CHUNKED_TASKS, largest) - call) / _CHUNKED_TASKS
    out = max(0.0, _fastest(executor, len, [bytes(_BYTES)]) - call) / _BYTES
    back = max(0.0, _fastest(executor, bytes, [_BYTES]) - call) / _BYTES
    return call, task, chunked, out, back, shared


def nothing(task: Any) -> None:
    """Do nothing; workers import it."""


class Place:
    """A function that says where it runs: the process, and the identity of the object, which pickling changes."""

    def __call__(self, task: Any) -> tuple[int, int]:
        """Return the process id and the object's own."""
        return os.getpid(), id(self)


def _fastest(executor: Any, fn: Callable[[Any], Any], tasks: list[Any], chunksize: int = 1) -> float:
    """Return the shortest of a few calls: what a busy machine adds must not exclude a backend."""
    return min(_seconds(executor, fn, tasks, chunksize) for _ in range(_REPEATED))


def _seconds(executor: Any, fn: Callable[[Any], Any], tasks: Iterable[Any], chunksize: int = 1) -> float:
    start = perf_counter()
    for _ in executor.map(fn, tasks, chunksize=chunksize):
        pass
    return perf_counter() - start
