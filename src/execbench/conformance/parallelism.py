"""The contract: tasks run at once unless the executor says that it is serial, and never too many."""

from __future__ import annotations

from execbench.conformance import tasks
from execbench.conformance.stage import NotApplicable, NotMet, Stage

_MEETING_SECONDS = 5.0
_CROWD_SECONDS = 0.25


def parallel(stage: Stage) -> None:
    """Two tasks that each wait for the other both come back: they run at once."""
    if getattr(stage.executor, "serial", False):
        raise NotApplicable("it declares itself serial")
    if stage.max_workers < 2:
        raise NotApplicable("one worker was asked for")
    room = stage.room()
    met = stage.map(tasks.meet, [(room, number, 2, _MEETING_SECONDS) for number in range(2)])
    if not all(met):
        raise NotMet(
            f"of two tasks that wait for each other, one waited {_MEETING_SECONDS:g} s for a task that never ran "
            "beside it; an executor that runs one task at a time says so with `serial = True`"
        )


def no_more_than_max_workers(stage: Stage) -> None:
    """There are never more tasks at once than `max_workers`."""
    most = 1 if getattr(stage.executor, "serial", False) else stage.max_workers
    room = stage.room()
    crowds = stage.map(tasks.crowd, [(room, number, most, _CROWD_SECONDS) for number in range(2 * most + 1)])
    if max(crowds) > most:
        raise NotMet(f"{max(crowds)} tasks ran at once, with max_workers={stage.max_workers}")
