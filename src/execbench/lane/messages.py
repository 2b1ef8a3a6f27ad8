"""The messages between the parent and a lane: both ends share them.

A message is a dataclass: the parent sends a command, and the lane sends the command's answer, or a `LaneFailure`;
`wire` says how. Few of them are frozen, as that doubles the time that a lane takes to define them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Union

from execbench.lane.arguments import SentOnce
from execbench.lane.counting import Counted
from execbench.lane.layout import Layout
from execbench.lane.modes import Mode, Noted
from execbench.lane.per_worker import SetupBy, SharedBy
from execbench.lane.status import Status

Options = dict[str, Any]
"""A plugin's options by name; each value is a string, a number, a bool or None."""


@dataclass(frozen=True)
class TaskSource:
    """Where the tasks of a function come from, as `--tasks` says: `text` for a literal or file, or `recorded` calls."""

    text: str
    module: str | None = None
    attribute: str | None = None
    folder: str | None = None
    star: bool = False
    """The function is called with the parts of a task, not with the task."""
    recorded: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a plugin is imported from."""

    kind: Literal["backend", "workload", "tasks"]
    name: str
    module: str
    attribute: str
    folder: str | None = None
    """The folder that contains the module, if it is not on Python's own path."""
    tasks: TaskSource | None = None
    """The tasks of a function that is raced as it is."""
    pickle: str | None = None
    """The file that holds it, where it comes by value; then there is no module to import."""


@dataclass
class Describe:
    """Describe a plugin with these options: `Described`."""

    plugin: Place
    options: dict[str, str]


@dataclass
class Prepare:
    """Import both plugins and make the tasks, for an executor that may be open already: `Prepared`."""

    workload: Place
    workload_options: Options
    size: int
    chunksize: int | None
    """The argument of `map`; None leaves it out."""
    backend: Place
    tolerance: float | None = None
    layout: Layout = field(default_factory=Layout)
    sample: list[int] = field(default_factory=list)
    """The numbers of the tasks to use; all of them if empty."""
    sent_once: SentOnce | None = None
    mode: Mode = "map"


@dataclass
class Open:
    """Start the workers, on the clock: `Opened`."""

    max_workers: int
    options: Options
    disable_gc: bool


@dataclass
class Step:
    """Call the method of `Session` with this name, without arguments; `exit` ends the lane, and has no answer."""

    name: Literal[
        "first_call", "round", "judge", "digest_tasks", "prove_order", "run_reference", "trace", "gil", "close", "exit"
    ]


@dataclass
class Deliver:
    """Save the last round's results, or the tasks, in a file for the oracle: `Done`."""

    what: Literal["results", "tasks"]
    path: str


@dataclass
class Expect:
    """Become an oracle: import the workload, make the tasks, compute the expected results: `Expected`."""

    workload: Place
    workload_options: Options
    size: int
    tolerance: float | None = None
    sample: list[int] = field(default_factory=list)


@dataclass
class Compare:
    """Judge the results in a file, for other tasks than the oracle's if these are given, too: `Judged`."""

    results: str
    tasks: str | None = None


@dataclass
class Recognise:
    """Compare the tasks in a file with the oracle's: `Done`, or a failure where they differ."""

    tasks: str


@dataclass
class Greeting:
    """A lane's first message."""

    python: str


@dataclass
class Done:
    """The command is done, and has no result."""


@dataclass
class Judged:
    """The results are right, as far as they could be compared."""

    largest_difference: float = 0.0
    """The largest relative difference of two floats, within the tolerance; 0.0 if all are exactly the same."""
    unchecked: int = 0
    """How many results could not be compared, or not with all that they contain."""


@dataclass(eq=False)
class LaneFailure(Exception):
    """The trial failed. Raised in the lane, sent as its answer, and raised again in the parent."""

    status: Status
    reason: str


@dataclass
class Described:
    """A plugin and its options, or why it cannot be used: then one of the last four fields is set."""

    summary: str = ""
    takes: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """The values that each option allows, and its default, as text."""
    options: Options = field(default_factory=dict)
    """Every option with its value."""
    changed: Options = field(default_factory=dict)
    """The options whose value is not the default."""
    size: int | None = None
    """A workload's default number of tasks."""
    library: str | None = None
    """The library that a backend uses; None for the standard library."""
    missing: str | None = None
    """The library that it needs and that is not installed."""
    unavailable: str | None = None
    """Why it says it cannot work here."""
    broken: str | None = None
    """What is wrong with it, with file and line."""
    wrong_option: str | None = None
    """What is wrong with the given options."""


@dataclass
class Timed:
    """How long a command took on the clock."""

    seconds: float


@dataclass
class Round(Timed):
    """How long a round took, what was counted meanwhile, where the system tells, and what its mode noted."""

    counted: Counted | None = None
    noted: dict[Noted, float] = field(default_factory=dict)


@dataclass
class Cluster:
    """The existing cluster that an executor connected to."""

    address: str
    hosts: list[str]
    workers: int


@dataclass
class Opened(Timed):
    """How long opening took, the cluster if it existed before, and how workers get what the workload gives them."""

    cluster: Cluster | None
    shared_by: SharedBy | None = None
    setup_by: SetupBy | None = None


@dataclass
class Prepared:
    """The number of imported modules without bytecode, and the user's own files among those imported."""

    uncompiled: int = 0
    files: list[str] = field(default_factory=list)


@dataclass
class Tasks:
    """A checksum of the pickled tasks; None if one cannot be pickled."""

    digest: str | None


@dataclass
class Expected:
    """What the oracle knows of a workload. Sizes are those of pickles in bytes, None if something cannot be pickled."""

    tasks: str | None = None
    """The checksum of the tasks, before the function saw them."""
    task_bytes: int | None = None
    result_bytes: int | None = None
    distinct: bool = False
    """No two results are alike, so that they show their order."""
    portable: bool = False
    """The results can be sent to the oracle; otherwise each lane judges its own."""
    files: list[str] = field(default_factory=list)
    memory_bytes: int = 0
    """By how much the plain loop raised the most memory that the process has had, without the results."""
    effects: list[str] = field(default_factory=list)
    """What the tasks do to the world outside, as in `writes out.txt`."""


@dataclass
class TracedRound:
    """A traced round: its seconds, its tasks in order, and the seconds it takes to pickle all tasks and results."""

    seconds: float
    spans: list[tuple[float, float, int, int]]
    """Start and end of each task in seconds since the round began, its process id and its thread id."""
    serialise_seconds: float
    shared: bool
    """All tasks ran in the lane's process with the same function object: nothing was pickled."""


OracleCommand = Union[Expect, Compare, Recognise]
Command = Union[Describe, Prepare, Open, Step, Deliver, OracleCommand]
