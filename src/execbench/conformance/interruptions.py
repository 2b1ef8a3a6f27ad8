"""Chaos: Ctrl-C, and exceptions that are not errors."""

from __future__ import annotations

import os

from execbench.conformance import tasks
from execbench.conformance.outcomes import of_exception
from execbench.conformance.stage import Outcome, Stage, said


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
    return of_exception(stage, tasks.raise_keyboard_interrupt, KeyboardInterrupt, "a task")


def task_raises_system_exit(stage: Stage) -> Outcome:
    """A task raises SystemExit, as `sys.exit` does."""
    return of_exception(stage, tasks.raise_system_exit, SystemExit, "a task")


def task_raises_stop_iteration(stage: Stage) -> Outcome:
    """A task raises StopIteration, which ends loops without a word."""
    return of_exception(stage, tasks.raise_stop_iteration, StopIteration, "a task")
