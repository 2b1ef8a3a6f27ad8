"""Chaos: what a user should know before choosing a backend. Each probe returns what it saw, and never fails.

What a probe raises counts as `error`.
"""

from __future__ import annotations

import itertools
import os
import reprlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from execbench.lane.checks import tasks
from execbench.lane.checks.stage import Outcome, Stage, said
from execbench.lane.counting import forget_most_memory, most_memory
from execbench.lane.modes import Streamed

OUTCOMES = ("right", "right_after_retry", "error", "wrong", "hang", "crash")
"""What a plain loop would give; the same after the engine tried again; an error that says so; something else and no
error; no answer within the limit; the end of the program that mapped. The worst is last."""

_ENOUGH = 100_000
"""A backend that takes this many tasks from an endless input before the first result never stops."""

_LARGE = 100_000_000
_PRINTED = 1_000_000
_STREAMED = 100_000
_KILOBYTE = 1_000
_CHUNK = 500

# What is killed -------------------------------------------------------------------------------------------------------


def worker_ends(stage: Stage, killed: bool) -> Outcome:
    """A task ends its worker, once: by `os._exit`, or by SIGKILL, as the system does when memory is short."""
    mark = stage.path("ended")
    numbers = range(4 * stage.max_workers)
    outcome, detail = _of_results(stage, tasks.end_once, [(mark, number, killed) for number in numbers], numbers)
    if outcome == "right" and os.path.exists(mark):
        return "right_after_retry", "the task was done again"
    return outcome, detail


def program_killed(stage: Stage) -> Outcome:
    """The program itself is killed in the middle of a map, by SIGKILL; the kit sees from outside what is left of it."""
    numbers = range(4 * stage.max_workers)
    stage.map(tasks.kill_program, [(os.getpid(), number) for number in numbers])
    return "wrong", "the program could not be killed"


def out_of_memory(stage: Stage) -> Outcome:
    """Tasks use all the memory that they may have, and Python raises MemoryError."""
    return _of_exception(stage, tasks.fill_memory, range(2 * stage.max_workers), MemoryError())


# What may not survive pickling ----------------------------------------------------------------------------------------


def task_raises(stage: Stage, kind: type[BaseException], arguments: Sequence[Any] = ("a task",)) -> Outcome:
    """Tasks raise an exception of a class that is not picklable, or not an ordinary error."""
    inputs = [(kind, tuple(arguments))] * (2 * stage.max_workers)
    return _of_exception(stage, tasks.raise_exception, inputs, kind(*arguments))


def unpicklable_result(stage: Stage) -> Outcome:
    """A task returns a lock."""
    results = stage.map(tasks.unpicklable, range(2))
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


# What surrounds a map -------------------------------------------------------------------------------------------------


def ctrl_c(stage: Stage) -> Outcome:
    """All processes of the program get SIGINT in the middle of a map, as from a terminal."""
    inputs = [(os.getpgrp(), number) for number in range(4 * stage.max_workers)]
    outcome, detail = _of_exception(stage, tasks.interrupt, inputs, KeyboardInterrupt())
    return outcome, "the map went on to its end" if outcome == "wrong" else detail


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
    except BaseException:
        if taken < _ENOUGH:
            raise
        return "hang", f"it took {_ENOUGH} tasks before the first result, and would never stop"
    if results != [0, 1, 2, 3, 4]:
        return "wrong", f"{results} instead of the first five"
    return "right", f"{taken} tasks were taken for five results"


def stream(stage: Stage) -> Outcome:
    """A hundred thousand tasks of a kilobyte come from an iterator, and their results are taken one by one."""
    lengths = [_KILOBYTE] * _STREAMED
    streamed = Streamed(stage.executor, stage.executor.map, stage.max_workers)
    before = forget_most_memory()
    results = streamed.map(len, map(bytes, lengths), chunksize=_CHUNK)
    grown = (most_memory() - before) / 1e6
    if results != lengths:
        return "wrong", f"{reprlib.repr(results)} instead of {reprlib.repr(lengths)}"
    noted = streamed.noted()
    first, ahead = noted["first_result_seconds"], round(noted["taken_ahead"])
    return "right", f"first result after {first:.2g} s; {ahead} tasks taken ahead; {grown:.0f} MB more in the program"


def second_thread(stage: Stage) -> Outcome:
    """Two threads map on the executor at the same time."""

    def use(first: int) -> Outcome:
        try:
            return _doubled(stage, first)
        except BaseException as error:
            return "error", said(error)

    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(use, 1000)
        return max(use(0), second.result(), key=lambda outcome: OUTCOMES.index(outcome[0]))


def other_thread(stage: Stage) -> Outcome:
    """The only map is called from a thread that is not the main one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_doubled, stage, 0).result()


def under_asyncio(stage: Stage) -> Outcome:
    """The map is called in a coroutine, as in a web server or a notebook."""
    import asyncio  # noqa: PLC0415 -- slow to import, and only this probe needs it

    async def call() -> Outcome:
        return _doubled(stage, 0)

    return asyncio.run(call())


def large_argument(stage: Stage) -> Outcome:
    """Three tasks share an argument of 100 MB: is it copied for each?"""
    return _carried(stage, bytes(_LARGE))


def large_array(stage: Stage) -> Outcome:
    """They share a NumPy array of 100 MB, whose memory some engines map."""
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
    """Four tasks print a megabyte each: does that stall the work, and where does the output go?"""
    before = os.path.getsize(stage.printed)
    outcome, detail = _of_results(stage, tasks.print_much, [_PRINTED] * 4, [_PRINTED] * 4)
    arrived = (os.path.getsize(stage.printed) - before) / (4 * _PRINTED)
    return outcome, detail or f"{arrived:.0%} of it reached the program's output"


def next_map(stage: Stage) -> Outcome:
    """After each probe, the same executor maps again."""
    numbers = range(4 * stage.max_workers)
    try:
        outcome, detail = _of_results(stage, tasks.double, numbers, [2 * number for number in numbers])
    except BaseException as error:
        return "error", f"the next map raised {said(error)}"
    return outcome, detail and f"the next map gave {detail}"


# What they share ------------------------------------------------------------------------------------------------------


def _doubled(stage: Stage, first: int) -> Outcome:
    """Map over fifty ordinary tasks."""
    numbers = range(first, first + 50)
    return _of_results(stage, tasks.double, numbers, [2 * number for number in numbers])


def _of_results(stage: Stage, fn: Callable[[Any], Any], inputs: Iterable[Any], wanted: Sequence[Any]) -> Outcome:
    """Map where results should come."""
    results = stage.map(fn, inputs)
    if results != list(wanted):
        return "wrong", f"{reprlib.repr(results)} instead of {reprlib.repr(list(wanted))}"
    return "right", ""


def _of_exception(stage: Stage, fn: Callable[[Any], Any], inputs: Sequence[Any], wanted: BaseException) -> Outcome:
    """Map over tasks that raise, and see what arrives."""
    name = type(wanted).__name__
    try:
        results = stage.map(fn, inputs)
    except BaseException as error:
        if type(error) is type(wanted) and str(wanted) in str(error):
            return "right", f"{name} arrived"
        return "error", f"{said(error)} arrived instead of {name}"
    return "wrong", f"no exception, and {len(results)} results for {len(inputs)} tasks"


def _carried(stage: Stage, content: Any) -> Outcome:
    """Map over tasks that share a large argument."""
    notes = stage.path("pickled")
    luggage = tasks.Luggage(content, notes)
    weighed = stage.map(tasks.weigh, [(luggage, number) for number in range(3)])
    if [(number, size) for number, size, _ in weighed] != [(number, _LARGE) for number in range(3)]:
        return "wrong", f"{weighed!r:.80}"
    if all(mapped for _, _, mapped in weighed):
        return "right", "shared: its memory is mapped by the workers"
    copies = os.path.getsize(notes) if os.path.exists(notes) else 0
    return "right", f"copied {copies} times for 3 tasks" if copies else "shared: it was never pickled"
