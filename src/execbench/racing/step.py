"""A step of an entrant in its lane, whose failure does not end the race."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from execbench.lane.messages import LaneFailure
from execbench.lane.status import Status
from execbench.supervisor.lane import LaneProcess

P = ParamSpec("P")


class _Holder(Protocol):
    """What has a lane, and can fail."""

    lane: LaneProcess | None

    def fail(self, status: Status, reason: str) -> None: ...


Holder = TypeVar("Holder", bound=_Holder)


def in_lane(
    step: Callable[Concatenate[Holder, LaneProcess, P], None],
) -> Callable[Concatenate[Holder, P], None]:
    """Do nothing if no lane is open; if the lane fails, note it rather than raise it, so that the others race on."""

    @wraps(step)
    def run(holder: Holder, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if holder.lane is not None:
            try:
                step(holder, holder.lane, *args, **kwargs)
            except LaneFailure as failure:
                holder.fail(failure.status, failure.reason)

    return run
