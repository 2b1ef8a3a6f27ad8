"""Chaos: what a user should know before choosing a backend. Each probe returns what was seen, and never fails.

Workers that die, what may not survive the way to a worker and back, Ctrl-C and exceptions that are not errors, maps
within maps, endless inputs, other threads, large arguments, and what tasks leave behind.
"""

from __future__ import annotations

import itertools
import os
import reprlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from execbench.lane.checks import tasks
from execbench.lane.checks.stage import Outcome, Stage, said

OUTCOMES = ("right", "right_after_retry", "error", "wrong", "hang", "crash")
"""What a plain loop would give; that, after the engine has tried again; an error that says so; something else and no
error; no answer within the limit; the end of the program that mapped."""

_ENOUGH = 100_000
"""Tasks that are taken from an endless input before the first result: a backend that takes this many takes them all."""

_LARGE = 100_000_000
_PRINTED = 1_000_000

# Workers that die -----------------------------------------------------------------------------------------------------


def worker_exits(stage: Stage) -> Outcome:
    """A task calls `os._exit`, once."""
    return _survived(stage, tasks.exit_once)


def worker_killed(stage: Stage) -> Outcome:
    """A worker is killed by SIGKILL in the middle of a task, once, as by the system when memory is short."""
    return _survived(stage, tasks.die_once)


def out_of_memory(stage: Stage) -> Outcome:
    """Tasks take all the memory that they may have, and Python raises MemoryError."""
    return _of_exception(stage, tasks.fill_memory, MemoryError, "")


# What may not survive the way -----------------------------------------------------------------------------------------


def unpicklable_exception(stage: Stage) -> Outcome:
    """A task raises an exception that holds a lock."""
    return _of_exception(stage, tasks.raise_unpicklable, tasks.Unpicklable, "it holds a lock")


def exception_with_other_arguments(stage: Stage) -> Outcome:
    """A task raises an exception whose constructor takes other arguments than it keeps: unpickling it fails."""
    return _of_exception(stage, tasks.raise_with_other_arguments, tasks.OtherArguments, "out of paper (7)")


def unpicklable_result(stage: Stage) -> Outcome:
    """A task returns a lock."""
    try:
        results = stage.map(tasks.unpicklable, range(2))
    except BaseException as error:
        return "error", said(error)
    right = [type(result) for result in results] == [type(tasks.unpicklable(0))] * 2
    return ("right", "") if right else ("wrong", f"{results!r:.80}")


def lambda_function(stage: Stage) -> Outcome:
    """The function is a lambda."""
    return _of_results(stage, lambda task: task + 1, range(6), range(1, 7))


def closure(stage: Stage) -> Outcome:
    """The function is defined within another one, and uses a variable of it."""
    step = stage.max_workers

    def advance(task: int) -> int:
        return task + step

    return _of_results(stage, advance, range(6), range(step, 6 + step))


def local_class(stage: Stage) -> Outcome:
    """The tasks are instances of a class that is defined within a function."""

    class Local:
        def __init__(self, number: int) -> None:
            self.number = number

        def __eq__(self, other: object) -> bool:
            return getattr(other, "number", None) == self.number

        __hash__ = None  # type: ignore[assignment]

    inputs = [Local(number) for number in range(6)]
    return _of_results(stage, tasks.same, inputs, inputs)


# Interruptions --------------------------------------------------------------------------------------------------------


def ctrl_c(stage: Stage) -> Outcome:
    """All processes of the program get SIGINT in the middle of a map, as from a terminal."""
    group = os.getpgrp()
    try:
        stage.map(tasks.interrupt, [(group, number) for number in range(4 * stage.max_workers)])
    except KeyboardInterrupt:
        return "right", "KeyboardInterrupt arrived"
    except BaseException as error:
        return "error", f"{said(error)} arrived instead of KeyboardInterrupt"
    return "wrong", "the map went on to its end"


def task_raises_keyboard_interrupt(stage: Stage) -> Outcome:
    """A task raises KeyboardInterrupt."""
    return _of_exception(stage, tasks.raise_keyboard_interrupt, KeyboardInterrupt, "a task")


def task_raises_system_exit(stage: Stage) -> Outcome:
    """A task raises SystemExit, as `sys.exit` does."""
    return _of_exception(stage, tasks.raise_system_exit, SystemExit, "a task")


def task_raises_stop_iteration(stage: Stage) -> Outcome:
    """A task raises StopIteration, which ends loops without a word."""
    return _of_exception(stage, tasks.raise_stop_iteration, StopIteration, "a task")


# What is around a map -------------------------------------------------------------------------------------------------


def nested_map(stage: Stage) -> Outcome:
    """Tasks open the same backend and map on it."""
    inputs = [(stage.backend, stage.options, [number, number + 1]) for number in range(2)]
    return _of_results(stage, tasks.map_within, inputs, [[0, 2], [2, 4]])


def endless_input(stage: Stage) -> Outcome:
    """The input never ends, and five results are wanted."""
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        while taken < _ENOUGH:
            yield taken
            taken += 1
        raise OverflowError("enough of an endless input was taken")

    try:
        results = list(itertools.islice(iter(stage.executor.map(tasks.same, endless(), chunksize=1)), 5))
    except BaseException as error:
        if taken < _ENOUGH:
            return "error", said(error)
        return "hang", f"it took {_ENOUGH} tasks before the first result, and would take them for ever"
    if results != [0, 1, 2, 3, 4]:
        return "wrong", f"{results} instead of the first five"
    return "right", f"{taken} tasks were taken for five results"


def second_thread(stage: Stage) -> Outcome:
    """Two threads map on the executor at the same time."""
    outcomes: list[Outcome] = []

    def use(first: int) -> None:
        numbers = range(first, first + 50)
        outcomes.append(_of_results(stage, tasks.double, numbers, [2 * number for number in numbers]))

    second = threading.Thread(target=use, args=(1000,), daemon=True)
    second.start()
    use(0)
    second.join()
    return _worst(outcomes)


def large_argument(stage: Stage) -> Outcome:
    """Three tasks share an argument of 100 MB: is it copied for each?"""
    return _carried(stage, bytes(_LARGE))


def large_array(stage: Stage) -> Outcome:
    """Likewise, as a NumPy array: some engines map its memory."""
    import numpy as np  # noqa: PLC0415 -- slow to import, and only this probe needs it

    return _carried(stage, np.zeros(_LARGE, dtype=np.uint8))


def state_in_a_worker(stage: Stage) -> Outcome:
    """A task changes a variable of its module: do later tasks see that?"""
    numbers = range(4 * stage.max_workers)
    stage.map(tasks.leave_state, numbers)
    found = stage.map(tasks.find_state, numbers)
    if tasks.STATE:
        return "right", "stays, in the process of the program itself"
    return "right", "stays in the workers" if any(found) else "is gone with the worker"


def much_printing(stage: Stage) -> Outcome:
    """Four tasks print a megabyte each: does it hold up the work, and where does it go?"""
    outcome, detail = _of_results(stage, tasks.print_much, [_PRINTED] * 4, [_PRINTED] * 4)
    assert stage.printed is not None
    arrived = stage.printed.stat().st_size / (4 * _PRINTED)
    return outcome, detail or f"{arrived:.0%} of it reached the program's output"


# What they share ------------------------------------------------------------------------------------------------------


def _of_results(
    stage: Stage, fn: Callable[[Any], Any], inputs: Iterable[Any], wanted: Sequence[Any], detail: str = ""
) -> Outcome:
    """Map where results should come."""
    try:
        results = stage.map(fn, inputs)
    except BaseException as error:
        return "error", said(error)
    if results != list(wanted):
        return "wrong", f"{reprlib.repr(results)} instead of {reprlib.repr(list(wanted))}"
    return "right", detail


def _of_exception(stage: Stage, fn: Callable[[Any], Any], wanted: type[BaseException], message: str) -> Outcome:
    """Map over tasks that raise, and see whether what they raise arrives."""
    try:
        results = stage.map(fn, range(2 * stage.max_workers))
    except BaseException as error:
        if type(error) is wanted and message in str(error):
            return "right", f"{wanted.__name__} arrived"
        return "error", f"{said(error)} arrived instead of {wanted.__name__}"
    return "wrong", f"no exception, and {len(results)} results for {2 * stage.max_workers} tasks"


def _worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome that a user must know of."""
    return max(outcomes, key=lambda outcome: OUTCOMES.index(outcome[0]))


def _survived(stage: Stage, fn: Callable[[Any], Any]) -> Outcome:
    mark = stage.path("died")
    numbers = range(4 * stage.max_workers)
    outcome, detail = _of_results(stage, fn, [(mark, number) for number in numbers], numbers)
    if outcome == "right" and os.path.exists(mark):
        return "right_after_retry", "the task was done again"
    return outcome, detail


def _carried(stage: Stage, content: Any) -> Outcome:
    notes = stage.path("pickled")
    luggage = tasks.Luggage(content, notes)
    try:
        weighed = stage.map(tasks.weigh, [(luggage, number) for number in range(3)])
    except BaseException as error:
        return "error", said(error)
    if [(number, size) for number, size, _ in weighed] != [(number, _LARGE) for number in range(3)]:
        return "wrong", f"{weighed!r:.80}"
    copies = os.path.getsize(notes) if os.path.exists(notes) else 0
    if all(mapped for _, _, mapped in weighed):
        return "right", "shared: its memory is mapped by the workers"
    return "right", f"copied {copies} times for 3 tasks" if copies else "shared: it was never pickled"
