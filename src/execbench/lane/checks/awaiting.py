"""The contract of executors that await coroutines themselves."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from execbench.lane.checks import tasks
from execbench.lane.checks.stage import NotApplicable, Stage, raised_by, require, said

_CROWD_SECONDS = 0.25


def result(stage: Stage) -> None:
    """Results are in the order of the tasks, whichever is done first."""
    mapping, numbers = _mapping(stage), range(8)
    given = mapping(tasks.double_later, [(number, 0.01 * (len(numbers) - number)) for number in numbers])
    wanted = [2 * number for number in numbers]
    require(given == wanted, f"coroutines of which the first take longest gave {given} instead of {wanted}")
    require(mapping(tasks.double_later, []) == [], "no tasks gave results")


def exception(stage: Stage) -> None:
    """What a coroutine raises reaches the caller, and the executor maps again."""
    mapping = _mapping(stage)
    error = raised_by(lambda: mapping(tasks.refuse_the_third_later, range(6)), "a coroutine raised, and map gave")
    same = isinstance(error, tasks.Refusal) and str(error) == "3 is one too many"
    require(same, f"a coroutine raised Refusal('3 is one too many'), and {said(error)} arrived")
    require(mapping(tasks.double_later, [(1, 0.0)]) == [2], "after an exception, other results came")


def at_once(stage: Stage) -> None:
    """No more than `max_workers` coroutines are under way, and more than one where that is allowed."""
    mapping, most = _mapping(stage), 1 if stage.serial else stage.max_workers
    crowd = [(stage.folder, number, most, _CROWD_SECONDS) for number in range(2 * most + 1)]
    seen = max(mapping(tasks.crowd_later, crowd))
    require(seen <= most, f"{seen} coroutines were under way at once, with max_workers={stage.max_workers}")
    require(seen > 1 or most == 1, f"{2 * most + 1} coroutines ran one after another, with max_workers={most}")
    require(not os.listdir(stage.folder), "a coroutine was left before its end")


def _mapping(stage: Stage) -> Callable[[Callable[[Any], Awaitable[Any]], Sequence[Any]], list[Any]]:
    """Return the executor's own way to map coroutine functions."""
    mapping = getattr(stage.executor, "map_coroutines", None)
    if not callable(mapping):
        raise NotApplicable("it offers no map_coroutines")
    return lambda fn, inputs: list(mapping(fn, inputs, chunksize=1))
