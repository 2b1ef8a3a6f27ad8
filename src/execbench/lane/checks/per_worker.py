"""The contract of what each worker gets once: a call of an initializer, and an object that all tasks share."""

from __future__ import annotations

import os
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from execbench.lane.checks import tasks
from execbench.lane.checks.stage import NotApplicable, NotMet, Stage, require
from execbench.lane.options import takes_initializer
from execbench.lane.preparing import load

_BYTES = 8_000_000
_ARGUMENT = "7"


def initializer_called(stage: Stage) -> None:
    """Each worker calls the initializer once, with its argument, before its first task."""
    notes = stage.path("called")
    inputs = [(notes, os.getpid())] * (4 * stage.max_workers)
    with _opened(stage, _note_worker, (notes, os.getpid(), _ARGUMENT)) as executor:
        for _ in range(2):
            late = [worker for worker, called in executor.map(_worker_was_noted, inputs, chunksize=1) if not called]
            require(not late, "a task ran in a worker that had not called the initializer with its argument")
    calls = Counter(Path(notes).read_text(encoding="utf-8").splitlines())
    require(max(calls.values()) == 1, f"a worker called the initializer {max(calls.values())} times")


def initializer_exception(stage: Stage) -> None:
    """If the initializer raises, opening or mapping raises, too, rather than wait or give results."""
    results: list[int] = []
    try:
        with _opened(stage, _refuse) as executor:
            results = list(executor.map(tasks.double, range(4), chunksize=1))
    except NotApplicable:
        raise
    except Exception:
        return
    raise NotMet(f"the initializer raised, and map gave {results}")


def shared_results(stage: Stage) -> None:
    """Each task gets the whole object, and that of its own map."""
    mapping, numbers = _mapping(stage), range(7)
    for size in (_BYTES, _BYTES // 2):
        shared = tasks.large(size)
        given, wanted = mapping(_sum_of, numbers, shared), [_sum_of(number, shared) for number in numbers]
        require(given == wanted, f"with {size} bytes that are shared, tasks gave {given} instead of {wanted}")
    require(stage.map(tasks.double, [21]) == [42], "after tasks that shared something, others gave wrong results")


def shared_once(stage: Stage) -> None:
    """No worker is sent the object more than once, however many tasks there are."""
    mapping, notes = _mapping(stage), stage.path("arrived")
    mapping(_touch, range(4 * stage.max_workers), Arriving(notes))
    arrived = Counter(Path(notes).read_text(encoding="utf-8").splitlines() if os.path.exists(notes) else [])
    most = max(arrived.values(), default=0)
    require(most <= 1, f"an object that {4 * stage.max_workers} tasks share was sent to one worker {most} times")


@contextmanager
def _opened(stage: Stage, initializer: Callable[..., object], arguments: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Open the backend once more, with an initializer."""
    backend = load(stage.backend)
    if not takes_initializer(backend):
        raise NotApplicable("it takes no initializer")
    with backend(stage.max_workers, **stage.options, initializer=initializer, initargs=arguments) as executor:
        yield executor


def _mapping(stage: Stage) -> Callable[[Callable[[Any, Any], Any], Sequence[Any], Any], list[Any]]:
    """Return the executor's own way to map with an object that all tasks share."""
    mapping = getattr(stage.executor, "map_shared", None)
    if not callable(mapping):
        raise NotApplicable("it offers no map_shared")
    return lambda fn, inputs, shared: list(mapping(fn, inputs, shared, chunksize=2))


# What workers do ------------------------------------------------------------------------------------------------------


class Arriving:
    """An object that appends a line to a file in each process that it is sent to."""

    def __init__(self, notes: str) -> None:
        self.notes = notes

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Note that a copy has been made."""
        self.__dict__.update(state)
        tasks.append(self.notes, f"{os.getpid()}\n")


def _touch(task: int, shared: Arriving) -> int:
    return task


def _sum_of(task: int, shared: bytes) -> tuple[int, int]:
    return task, zlib.crc32(shared)


def _refuse() -> NoReturn:
    raise tasks.Refusal("the initializer")


def _note_worker(notes: str, program: int, argument: str) -> None:
    tasks.append(notes, f"{_worker(program)} {argument}\n")


def _worker_was_noted(task: tuple[str, int]) -> tuple[str, bool]:
    """Return the worker, and whether it has called the initializer before."""
    notes, program = task
    worker = _worker(program)
    return worker, f"{worker} {_ARGUMENT}" in Path(notes).read_text(encoding="utf-8").splitlines()


def _worker(program: int) -> str:
    """Name this worker: a process, or a thread of the program."""
    process = os.getpid()
    return f"thread {threading.get_native_id()}" if process == program else f"process {process}"
