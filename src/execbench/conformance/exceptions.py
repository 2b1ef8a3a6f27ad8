"""The contract: a task's exception reaches the caller as it was raised, and the executor goes on."""

from __future__ import annotations

import traceback

from execbench.conformance import tasks
from execbench.conformance.stage import NotMet, Stage, said

_MESSAGE = "3 is one too many"


def keeps_its_type(stage: Stage) -> None:
    """An exception of a task arrives as one of the very class that was raised."""
    error = _raised(stage)
    if type(error) is not tasks.Refusal:
        raise NotMet(f"a task raised Refusal, and {said(error)} arrived")


def keeps_its_message(stage: Stage) -> None:
    """It arrives with the arguments that it was raised with."""
    error = _raised(stage)
    if error.args != (_MESSAGE,) or str(error) != _MESSAGE:
        raise NotMet(f"a task raised Refusal({_MESSAGE!r}), and {said(error)} arrived")


def keeps_its_traceback(stage: Stage) -> None:
    """Its traceback, or that of its cause, names the function that raised it, in the worker."""
    shown = "".join(traceback.format_exception(_raised(stage)))
    if f"in {tasks.refuse_the_third.__name__}" not in shown:
        raise NotMet(f"the traceback does not name the function that raised: {' '.join(shown.split())[-160:]}")


def maps_after_it(stage: Stage) -> None:
    """The same executor maps again after a task has raised."""
    _raised(stage)
    results = stage.map(tasks.double, range(10), chunksize=3)
    if results != [2 * number for number in range(10)]:
        raise NotMet(f"the map after an exception gave {results}")


def raise_before_leaving(stage: Stage) -> None:
    """Let a task raise what then takes the program out of the context."""
    stage.error = _raised(stage)


def _raised(stage: Stage) -> BaseException:
    try:
        results = stage.map(tasks.refuse_the_third, range(6))
    except BaseException as error:
        return error
    raise NotMet(f"a task raised, and map gave {results}")
