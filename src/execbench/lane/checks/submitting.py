"""The contract of executors that also take one call at a time."""

from __future__ import annotations

import os
import threading
from typing import Any

from execbench.lane.checks import tasks
from execbench.lane.checks.stage import NotApplicable, NotMet, Stage, said

_PATIENCE = 5.0


def result(stage: Stage) -> None:
    """Futures give the results of their own calls, of several arguments too."""
    futures = [_submit(stage, tasks.add, number, 100) for number in range(6)]
    results = [future.result(_PATIENCE) for future in reversed(futures)][::-1]
    if results != [number + 100 for number in range(6)]:
        raise NotMet(f"six futures gave {results}")


def exception(stage: Stage) -> None:
    """A future raises what its call has raised."""
    future = _submit(stage, tasks.refuse, 7)
    try:
        future.result(_PATIENCE)
    except tasks.Refusal as error:
        if str(error) != "no 7":
            raise NotMet(f"a call raised Refusal('no 7'), and {said(error)} arrived") from error
    except BaseException as error:
        raise NotMet(f"a call raised Refusal, and {said(error)} arrived") from error
    else:
        raise NotMet("a call raised, and its future gave a result")


def callback(stage: Stage) -> None:
    """A callback gets the future once it is done, also when it is added after that."""
    future = _submit(stage, tasks.double, 21)
    for moment in ("before", "after"):
        called = threading.Event()
        given: list[Any] = []

        def note(done: Any, called: threading.Event = called, given: list[Any] = given) -> None:
            given.append(done)
            called.set()

        future.add_done_callback(note)
        if not called.wait(_PATIENCE):
            raise NotMet(f"a callback that was added {moment} the end was not called within {_PATIENCE:g} s")
        if given[0].result(0) != 42:
            raise NotMet("a callback was called with something else than the future that is done")


def cancel(stage: Stage) -> None:
    """A call that has not started can be called off, and is then never made; one that is done cannot."""
    _refuse_serial(stage)
    gate, path = stage.path("gate"), stage.path("cancelled")
    waiting = [_submit(stage, tasks.wait_for_file, gate) for _ in range(4 * stage.max_workers + 4)]
    last = _submit(stage, tasks.note, (path, 1))
    cancelled = last.cancel()
    tasks.append(gate, "open")
    for future in waiting:
        future.result(2 * _PATIENCE)
    _submit(stage, tasks.double, 1).result(_PATIENCE)
    if not cancelled:
        raise NotMet("a call that waited for all workers could not be cancelled")
    if os.path.exists(path):
        raise NotMet("a call that was cancelled has been made")
    if waiting[0].cancel():
        raise NotMet("cancelling a call that is done was said to have worked")


def time_out(stage: Stage) -> None:
    """Waiting for a result ends with TimeoutError when the time is over, and the result can still be had."""
    _refuse_serial(stage)
    gate = stage.path("gate")
    future = _submit(stage, tasks.wait_for_file, gate)
    try:
        future.result(0.05)
    except TimeoutError:
        pass
    except BaseException as error:
        raise NotMet(f"instead of TimeoutError, {said(error)} was raised") from error
    else:
        raise NotMet("a result came of a call that had not ended")
    tasks.append(gate, "open")
    if future.result(2 * _PATIENCE) is not True:
        raise NotMet("after TimeoutError, another result came")


def _submit(stage: Stage, *call: Any) -> Any:
    if not callable(getattr(stage.executor, "submit", None)):
        raise NotApplicable("it offers no submit")
    return stage.executor.submit(*call)


def _refuse_serial(stage: Stage) -> None:
    if getattr(stage.executor, "serial", False):
        raise NotApplicable("it declares itself serial: a call has ended before its future is there")
