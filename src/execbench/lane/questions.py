"""The messages of advice, beside `messages`: lanes that race need not pay for them.

`advising.Adviser` has a method for each command. Times are in seconds, sizes in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

from execbench.lane.arguments import SentOnce
from execbench.lane.kit_messages import KitCommand
from execbench.lane.messages import Command, Expect, Options, Place


@dataclass
class Survey:
    """Import a workload, make its tasks, and look at them: `Surveyed`."""

    work: Expect
    seed: int
    """Of the order in which tasks are looked at."""
    seconds: float
    """How long to look, once the tasks are made."""


@dataclass
class Repeated:
    """The heaviest thing that goes with every chunk of tasks, and could be sent to each worker once."""

    what: SentOnce
    bytes: int
    seconds: float
    """To pickle and unpickle it."""


@dataclass
class Surveyed:
    """What there is to do."""

    import_seconds: float
    making_seconds: float
    looked_at: list[int]
    """The numbers of the tasks that were pickled, in a random order."""
    task_bytes: list[int]
    """The size of each of these; empty if one cannot be pickled."""
    function_bytes: int | None
    """The size of the pickled function; None if it cannot be pickled."""
    awaits: bool = False
    """The function is a coroutine function."""
    unpicklable: str | None = None
    """Why a task or the function cannot be pickled."""
    unpicklable_by_value: str | None = None
    """Why that cannot even be done by value, code included."""
    repeated: Repeated | None = None


@dataclass
class Sample:
    """Run some of the tasks, each in its turn, and stop once the time is up: `Sampled`."""

    indices: list[int]
    seconds: float


@dataclass
class Sampled:
    """What each task took, as parallel lists; shorter than asked for if the time was up."""

    wall: list[float] = field(default_factory=list)
    thread_cpu: list[float] = field(default_factory=list)
    """CPU time of the thread that ran the task."""
    process_cpu: list[float] = field(default_factory=list)
    """CPU time of the whole process: more than that of the thread if libraries have threads of their own."""
    queued: list[float] = field(default_factory=list)
    """Seconds that the thread was ready, but other programs had the CPU; 0 where the system does not tell."""
    children_cpu: list[float] = field(default_factory=list)
    """CPU time of child processes that have ended."""
    task_bytes: list[int] = field(default_factory=list)
    result_bytes: list[int] = field(default_factory=list)
    """Empty, as is the list of seconds, if a result cannot be pickled."""
    pickling: list[float] = field(default_factory=list)
    """Seconds to pickle and unpickle the task and its result."""
    memory: int = 0
    """How much more the process has had, at most, than before it ran any task."""
    effects: list[str] = field(default_factory=list)
    """What the tasks do to the world outside, as in `writes out.txt`."""
    changed: int | None = None
    """The number of a task that the function has changed."""
    unpicklable: str | None = None
    """Why a result cannot be pickled."""
    unpicklable_by_value: str | None = None
    """Why that cannot even be done by value, code included."""
    unsafe_to_fork: list[str] = field(default_factory=list)
    """What has threads here that a forked worker would lack: libraries, and Python code."""


@dataclass
class Contend:
    """Run some of the tasks in one thread, then in several at once, and compare the results: `Contended`.

    Coroutines are awaited in turn, then all at once, in one event loop.
    """

    indices: list[int]
    threads: int


@dataclass
class Contended:
    """How long both took."""

    alone: float
    together: float


@dataclass
class Calibrate:
    """Measure what a backend costs, whatever the tasks are: `Calibrated`."""

    backend: Place
    options: Options
    max_workers: int


@dataclass
class Calibrated:
    """What a backend costs, in seconds."""

    open: float
    first_call: float
    close: float
    call: float
    """A map of one empty task, once it is warm."""
    task: float
    """Each further task, in chunks of one."""
    chunked_task: float
    """Each further task, in the largest chunks that keep all workers busy."""
    byte_out: float
    """Each byte of a task."""
    byte_in: float
    """Each byte of a result."""
    shared: bool
    """Workers share this process and its objects, so that nothing is pickled."""
    forks: bool
    """Workers are forked from this process."""
    serial: bool
    """It runs one task at a time by design."""
    sends_once: bool
    """It has a way to send an object to each worker once."""
    awaits: bool
    """It awaits coroutines itself."""
    by_value: bool = False
    """It sends code, as that of a lambda, as `Carry` has shown."""


@dataclass
class Carry:
    """Let a backend carry a lambda to a worker and back: `Done`, or a failure if it cannot."""

    backend: Place
    options: Options
    max_workers: int


@dataclass
class Repeat:
    """Run some of the tasks twice, in another order, and compare the results: `Done`."""

    indices: list[int]


@dataclass
class Write:
    """Ask how a program uses a backend, and how it gets a workload's function and tasks: `Written`."""

    backend: Place
    options: Options
    max_workers: int
    chunksize: int
    work: Expect
    """With all its tasks, whatever sample the program is run on."""
    sent_once: SentOnce | None = None


@dataclass
class Written:
    """The parts of a program. In its code, some names stand for what the program names as it likes.

    `fn` is the function as it is called with a task, `given` is what is imported from the workload's place, and
    `source` what is imported from the place of its tasks.
    """

    results: str
    """As in `protocol.Recipe`, and so are the next five."""
    imports: list[str]
    opening: str
    definitions: str
    takes_initializer: bool
    workers_get_fn: str
    function: str
    """An expression for the workload's function, made of `given`."""
    tasks: str
    """Statements that assign to `tasks`, made of `given` or `source`; empty where the user's program has them."""
    star: str
    """What stands before a task where it is spread over the arguments: `*`, `**`, or nothing."""
    backend: str | None = None
    """The name that stands for what is imported from the backend's place; None if its recipe needs no such import."""
    homes: dict[str, str] = field(default_factory=dict)
    """The user's own modules among those that the program imports: the file or folder of each, by its first name."""


@dataclass
class Rehearse:
    """Run a program as a script, and save its results for the oracle: `Rehearsed`."""

    program: str
    """The file."""
    folder: str | None
    """Where the script would be, and look for modules first."""
    results: str
    """The file to save the results in."""
    backend: Place
    work: Expect
    """What of these two came by value is there when the program starts, as it would be in the user's own."""


@dataclass
class Rehearsed:
    """How long the last statement took, which calls the function."""

    seconds: float


@dataclass
class Record:
    """Run a script, and record what a function is called with, in a file (see `recorded`): `Ran`."""

    script: str
    name: str
    """What the script is to find as its `__name__`."""
    places: list[tuple[str, str]]
    """Where the function may be: modules, `__main__` for the script, each with an attribute."""
    calls: str
    """The file."""
    most: int
    """Calls, after which the script is interrupted."""


@dataclass
class Ran:
    """The script has ended."""

    raised: str | None
    interrupted: bool
    not_found: str | None
    """Why the function was not found."""


Question = Union[Survey, Sample, Contend, Repeat, Calibrate, Carry, Write, Rehearse, Record]

AnyCommand = Union[Command, KitCommand, Question]
