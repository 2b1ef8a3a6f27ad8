"""When and where each task of one round ran; `report.splits` derives from it where the time went."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=1e12)]


class Worker(msgspec.Struct, frozen=True):
    """A process and thread that ran tasks."""

    pid: int
    thread: int
    new: bool
    """Whether it was started within the round."""


class Trace(msgspec.Struct, frozen=True):
    """One round, task by task. Times are in seconds since the round began."""

    wall_seconds: Seconds
    untraced_seconds: Seconds
    """The median of the timed rounds before it."""
    serialise_seconds: Seconds
    pickled_bytes: Annotated[int, Meta(ge=0)]
    """Of all tasks and results; 0 where memory is shared."""
    workers: list[Worker]
    start: list[float]
    end: list[float]
    worker: list[int]
    """The index in `workers` of each task's worker; parallel to `start` and `end`, in task order."""

    def __post_init__(self) -> None:
        if not len(self.start) == len(self.end) == len(self.worker):
            raise ValueError("`start`, `end` and `worker` must have the same length")
        if self.worker and not 0 <= min(self.worker) <= max(self.worker) < len(self.workers):
            raise ValueError("`worker` names a place that `workers` does not have")
        if any(end < start for start, end in zip(self.start, self.end, strict=True)):
            raise ValueError("a task ends before it starts")

    @property
    def slowdown(self) -> float:
        """The ratio of the traced round's time to an untraced one's."""
        return self.wall_seconds / self.untraced_seconds if self.untraced_seconds > 0 else 1.0
