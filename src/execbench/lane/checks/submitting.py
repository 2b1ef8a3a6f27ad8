"""The contract of executors that also take one call at a time."""

from __future__ import annotations

import operator
import os
import queue
from typing import Any

from execbench.lane.checks import tasks
from execbench.lane.checks.stage import NotApplicable, NotMet, Stage, raised_by, require, said

_PATIENCE = 5.0


def result(stage: Stage) -> None:
    """Futures give the results of their own calls, which may have several arguments."""
    futures = [_submit(stage, operator.add, number, 100) for number in range(6)]
    results = [future.result(_PATIENCE) for future in reversed(futures)][::-1]
    require(results == [number + 100 for number in range(6)], f"six futures gave {results}")


def exception(stage: Stage) -> None:
    """A future raises what its call raised."""
    future = _submit(stage, tasks.raise_exception, (tasks.Refusal, ("no 7",)))
    error = raised_by(lambda: future.result(_PATIENCE), "a call raised, and its future gave")
    same = isinstance(error, tasks.Refusal) and str(error) == "no 7"
    require(same, f"a call raised Refusal('no 7'), and {said(error)} arrived")


def callback(stage: Stage) -> None:
    """A callback gets the future once it is done, even if it is added later."""
    future = _submit(stage, tasks.double, 21)
    for moment in ("before", "after"):
        given: queue.SimpleQueue[Any] = queue.SimpleQueue()
        future.add_done_callback(given.put)
        try:
            done = given.get(timeout=_PATIENCE)
        except queue.Empty:
            raise NotMet(f"a callback added {moment} the end was not called within {_PATIENCE:g} s") from None
        require(done.result(0) == 42, "a callback was called with something other than the future that is done")


def as_completed(stage: Stage) -> None:
    """Futures are done in the order in which their calls end, whatever the order in which they were submitted."""
    _refuse_serial(stage)
    if stage.max_workers < 2:
        raise NotApplicable("one worker makes one call after another")
    gate = stage.path("gate")
    done: queue.SimpleQueue[str] = queue.SimpleQueue()
    slow = _submit(stage, tasks.wait_for_file, gate)
    slow.add_done_callback(lambda _: done.put("slow"))
    _submit(stage, tasks.double, 21).add_done_callback(lambda _: done.put("quick"))
    try:
        first = done.get(timeout=_PATIENCE)
    except queue.Empty:
        first = "none"
    tasks.append(gate, "open")
    slow.result(2 * _PATIENCE)
    require(first == "quick", "a call that had ended was not said to be done while one before it was under way")


def cancel(stage: Stage) -> None:
    """A call that has not started can be cancelled, and then never runs; one that is done cannot."""
    _refuse_serial(stage)
    gate, path = stage.path("gate"), stage.path("cancelled")
    waiting = [_submit(stage, tasks.wait_for_file, gate) for _ in range(4 * stage.max_workers + 4)]
    last = _submit(stage, tasks.note, (path, 1))
    cancelled = last.cancel()
    tasks.append(gate, "open")
    for future in waiting:
        future.result(2 * _PATIENCE)
    _submit(stage, tasks.double, 1).result(_PATIENCE)
    require(cancelled, "a call that waited for all workers could not be cancelled")
    require(not os.path.exists(path), "a call that was cancelled has been made")
    require(not waiting[0].cancel(), "cancelling a call that is done was said to have worked")


def time_out(stage: Stage) -> None:
    """Waiting for a result ends with TimeoutError when the time is up, and the result can still be had later."""
    _refuse_serial(stage)
    gate = stage.path("gate")
    future = _submit(stage, tasks.wait_for_file, gate)
    error = raised_by(lambda: future.result(0.05), "a result came from a call that had not ended")
    require(isinstance(error, TimeoutError), f"instead of TimeoutError, {said(error)} was raised")
    tasks.append(gate, "open")
    require(future.result(2 * _PATIENCE) is True, "after TimeoutError, another result came")


def _submit(stage: Stage, *call: Any) -> Any:
    if not callable(getattr(stage.executor, "submit", None)):
        raise NotApplicable("it offers no submit")
    return stage.executor.submit(*call)


def _refuse_serial(stage: Stage) -> None:
    if stage.serial:
        raise NotApplicable("it declares itself serial: a call has ended before its future is there")
