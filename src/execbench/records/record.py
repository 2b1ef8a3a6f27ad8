"""Records: what is kept of a trial. These types are the artifact's schema; decoding checks every field."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from execbench.lane.gil import Gil
from execbench.lane.modes import Mode, Noted
from execbench.lane.per_worker import SetupBy, SharedBy
from execbench.lane.status import Status
from execbench.plugins.baseline import BASELINE
from execbench.records.doubts import Doubt
from execbench.records.usage import Usage
from execbench.stats import Interval, Samples, Time
from execbench.supervisor.layout import LayoutKind

Count: TypeAlias = Annotated[int, Meta(ge=1)]
Amount: TypeAlias = Annotated[int, Meta(ge=0)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=1e12)]
MemoryCounts: TypeAlias = Literal["pages_once", "high_water_marks"]
"""What memory is the sum of: all pages, shared ones once; or, where that cannot be read, the most of each process."""
Options: TypeAlias = Mapping[str, str | bool | int | float | None]


class Chunking(msgspec.Struct, frozen=True):
    """The chunk size that was requested, and the number that was passed to `map`, if any."""

    requested: Count | Literal["fair", "library"]
    used: Count | None


class Interpreter(msgspec.Struct, frozen=True):
    """An interpreter: its name in this run, and its version."""

    name: str | None = None
    version: str | None = None
    options: Sequence[str] = ()
    environment: Mapping[str, str] = {}
    """The variables that were set for it alone."""
    gil: Gil | None = None


class LaunchedWith(msgspec.Struct, frozen=True):
    """What should not matter of a launch: whether the heap had holes, and the hash seed of its processes."""

    launch: Amount
    layout: LayoutKind
    hash_seed: Amount


class Cluster(msgspec.Struct, frozen=True):
    """The existing cluster that a trial ran on."""

    address: str
    hosts: list[str]
    workers: Amount


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
    pickled_bytes: Amount
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
            raise ValueError("`worker` holds an index that `workers` does not have")
        if any(end < start for start, end in zip(self.start, self.end, strict=True)):
            raise ValueError("a task ends before it starts")

    @property
    def slowdown(self) -> float:
        """The ratio of the traced round's time to an untraced one's."""
        return self.wall_seconds / self.untraced_seconds if self.untraced_seconds > 0 else 1.0


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One stored trial. Times are in seconds, memory and pickled sizes in bytes."""

    name: str = ""
    fullname: str | UnsetType = UNSET
    """The trial's pytest node id, where pytest-benchmark does not keep it."""
    workload: str
    workload_options: Options
    size: Count
    backend: str
    backend_options: Options
    max_workers: Count
    chunksize: Chunking
    mode: Mode = "map"
    """How the tasks were handed over."""
    python: Interpreter
    status: Status
    reason: str | None
    control_of: str | None = None
    """The winner that this trial was added for, as its control; None for a trial that was asked for."""
    launches: Amount
    heats: Amount
    samples: Samples
    noted: Mapping[Noted, Sequence[Seconds]] = {}
    """What the mode noted of each round."""
    reference_seconds: Sequence[Time] = ()
    """Times of the reference kernel, run after each round of the serial baseline; empty for other backends."""
    layouts: Sequence[LaunchedWith] = ()
    """Of each launch that the trial was part of."""
    startup_seconds: Sequence[Seconds]
    first_call_seconds: Sequence[Seconds]
    shutdown_seconds: Sequence[Seconds]
    cpu_seconds: Seconds | None
    """CPU time of the whole process tree, the mean over the timed rounds."""
    usage: Usage | None = None
    """What else a round used; None where the system does not tell."""
    peak_memory_bytes: Amount | None
    memory_counts: MemoryCounts = "high_water_marks"
    task_bytes: Amount | None
    result_bytes: Amount | None
    cluster: Cluster | None = None
    shared_by: SharedBy | None = None
    """How workers got the object that all tasks share; None if the workload has none."""
    setup_by: SetupBy | None = None
    """What set the workers up; None if the workload has no set-up."""
    setups: Sequence[Amount] = ()
    """How often a worker was set up in each launch; empty if the workload has no set-up."""
    speedup: Interval | None
    one_call_speedup: Interval | None = None
    """How many times as fast as the serial loop it opens, runs its first call and closes."""
    doubts: Sequence[Doubt]
    settled: bool = False
    """Whether it got fewer launches than others, as it is certain not to be the fastest of its race."""
    trace: Trace | UnsetType | None = UNSET
    """The traced round, where one was asked for."""

    def __post_init__(self) -> None:
        for field, values in (("reference_seconds", self.reference_seconds), *self.noted.items()):
            if values and len(values) != len(self.samples):
                raise ValueError(f"{len(values)} `{field}` for {len(self.samples)} rounds")
        for name in ("speedup", "one_call_speedup"):
            found: Interval | None = getattr(self, name)
            if found is not None and not 0 < found.low <= found.estimate <= found.high:
                raise ValueError(f"`{name}` must be above 0, and within its interval")

    @property
    def group(self) -> str:
        """The first part of the name: the workload with its non-default options."""
        return self.name[: _end_of_group(self.name)]

    @property
    def title(self) -> str:
        """The name without its group, which distinguishes the trials of one race."""
        return self.name[_end_of_group(self.name) :].removeprefix("/")

    @property
    def backend_title(self) -> str:
        """The backend with its non-default options."""
        return self.title[: _end_of_group(self.title)]

    @property
    def ok(self) -> bool:
        """Whether the trial was measured and its results were right."""
        return self.status == "ok"

    @property
    def is_control(self) -> bool:
        """Whether the race added it, to show what one worker of a winner's backend gains."""
        return self.control_of is not None

    @property
    def is_baseline(self) -> bool:
        """Whether this is the serial loop that the others are measured against."""
        return self.backend == BASELINE

    @property
    def race(self) -> Hashable:
        """What the trials of one race have in common."""
        options = sorted((name, repr(value)) for name, value in self.workload_options.items())
        return self.workload, tuple(options), self.size, self.mode

    @property
    def reference(self) -> Samples | None:
        """The reference kernel's times as samples; None where it was not run."""
        times = self.reference_seconds
        return Samples(times, self.samples.launch, self.samples.heat) if times else None


def _end_of_group(name: str) -> int:
    """Return where the first part of a name ends: at the first slash outside brackets."""
    depth = 0
    for place, letter in enumerate(name):
        depth += (letter == "[") - (letter == "]")
        if letter == "/" and depth <= 0:
            return place
    return len(name)
