"""Chaos: workers that die, or run out of memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from execbench.conformance import tasks
from execbench.conformance.outcomes import of_exception, of_results
from execbench.conformance.stage import Outcome, Stage


def worker_exits(stage: Stage) -> Outcome:
    """A task calls `os._exit`, once."""
    return _survived(stage, tasks.exit_once)


def worker_killed(stage: Stage) -> Outcome:
    """A worker is killed by SIGKILL in the middle of a task, once, as by the system when memory is short."""
    return _survived(stage, tasks.die_once)


def out_of_memory(stage: Stage) -> Outcome:
    """Tasks take all the memory that they may have, and Python raises MemoryError."""
    return of_exception(stage, tasks.fill_memory, MemoryError, "")


def _survived(stage: Stage, fn: Callable[[Any], Any]) -> Outcome:
    mark = stage.path("died")
    numbers = range(4 * stage.max_workers)
    outcome, detail = of_results(stage, fn, [(mark, number) for number in numbers], numbers)
    if outcome == "right" and os.path.exists(mark):
        return "right_after_retry", "the task was done again"
    return outcome, detail
