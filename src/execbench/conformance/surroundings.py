"""Chaos: maps within maps, endless inputs, other threads, large arguments, and what tasks leave behind."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from typing import Any

from execbench.conformance import tasks
from execbench.conformance.outcomes import of_results, worst
from execbench.conformance.stage import Outcome, Stage, said

_ENOUGH = 100_000
"""Tasks that are taken from an endless input before the first result: whoever takes so many takes them for ever."""

_LARGE = 100_000_000
_PRINTED = 1_000_000


def nested_map(stage: Stage) -> Outcome:
    """Tasks open the same backend and map on it."""
    inputs = [(stage.place, stage.options, [number, number + 1]) for number in range(2)]
    return of_results(stage, tasks.map_within, inputs, [[0, 2], [2, 4]])


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
        outcomes.append(of_results(stage, tasks.double, numbers, [2 * number for number in numbers]))

    second = threading.Thread(target=use, args=(1000,), daemon=True)
    second.start()
    use(0)
    second.join()
    return worst(outcomes)


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
    outcome, detail = of_results(stage, tasks.print_much, [_PRINTED] * 4, [_PRINTED] * 4)
    assert stage.printed is not None
    arrived = stage.printed.stat().st_size / (4 * _PRINTED)
    return outcome, detail or f"{arrived:.0%} of it reached the program's output"


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
