"""Chaos: what may not survive the way to a worker and back."""

from __future__ import annotations

from execbench.conformance import tasks
from execbench.conformance.outcomes import of_exception, of_results
from execbench.conformance.stage import Outcome, Stage, said


def unpicklable_exception(stage: Stage) -> Outcome:
    """A task raises an exception that holds a lock."""
    return of_exception(stage, tasks.raise_unpicklable, tasks.Unpicklable, "it holds a lock")


def exception_with_other_arguments(stage: Stage) -> Outcome:
    """A task raises an exception whose constructor takes other arguments than it keeps: unpickling it fails."""
    return of_exception(stage, tasks.raise_with_other_arguments, tasks.OtherArguments, "out of paper (7)")


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
    return of_results(stage, lambda task: task + 1, range(6), range(1, 7))


def closure(stage: Stage) -> Outcome:
    """The function is defined within another one, and uses a variable of it."""
    step = stage.max_workers

    def advance(task: int) -> int:
        return task + step

    return of_results(stage, advance, range(6), range(step, 6 + step))


def local_class(stage: Stage) -> Outcome:
    """The tasks are instances of a class that is defined within a function."""

    class Local:
        def __init__(self, number: int) -> None:
            self.number = number

        def __eq__(self, other: object) -> bool:
            return getattr(other, "number", None) == self.number

        __hash__ = None  # type: ignore[assignment]

    inputs = [Local(number) for number in range(6)]
    return of_results(stage, tasks.same, inputs, inputs)
