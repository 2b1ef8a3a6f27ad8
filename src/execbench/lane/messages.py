"""What the parent and a lane say to each other: the one module that both ends share.

A message is a frozen dataclass, and on the way a line of JSON. The parent sends `["Step", {"name": "round"}]`;
the lane answers with what that command names, or a `Failure`, and adds its process id: `["Timed", {...}, 4711]`.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Union

Status = Literal["ok", "wrong_result", "raised", "hung", "died", "not_opened", "not_closed", "cancelled"]
"""What became of a trial."""

Options = dict[str, Any]
"""A plugin's options by name, each a text, a number, a truth value or None."""


@dataclass(frozen=True)
class Place:
    """Where a plugin is imported from."""

    kind: str
    """`backend` or `workload`."""
    name: str
    module: str
    attribute: str
    folder: str | None = None
    """The folder that the module is found in, when it is not on Python's own path."""


@dataclass(frozen=True)
class Describe:
    """Say what a plugin is and takes, with these options: `Described` or `NotDescribed`."""

    plugin: Place
    options: dict[str, str]


@dataclass(frozen=True)
class Prepare:
    """Import both plugins and make the tasks: `Done`."""

    workload: Place
    workload_options: Options
    size: int
    backend: Place


@dataclass(frozen=True)
class Reload:
    """Make other tasks of the same workload for the open executor: `Done`."""

    options: Options
    size: int
    chunksize: int | None


@dataclass(frozen=True)
class Open:
    """Start the workers, on the clock: `Opened`."""

    max_workers: int
    options: Options
    chunksize: int | None
    """What is passed to `map`; None leaves the argument out."""
    disable_gc: bool


@dataclass(frozen=True)
class Step:
    """Do what takes no arguments.

    - `first_call`: map over all tasks, on the clock, while nothing is warm: `Timed`;
    - `check`: compute the expected results by a plain loop, and compare the last round's with them: `Checked`;
    - `round`: map over all tasks, on the clock: `Timed`;
    - `judge`: compare the last round's results with the expected ones: `Done`;
    - `run_reference`: run the reference kernel, on the clock: `Timed`;
    - `trace`: map over all tasks, noting when and where each one runs: `TracedRound`;
    - `close`: stop the workers, on the clock: `Timed`;
    - `exit`: end the lane's process; there is no answer.
    """

    name: str


@dataclass(frozen=True)
class Enter:
    """Open a backend to be checked: `Entered`."""

    backend: Place
    options: Options
    max_workers: int
    redirect: bool = False
    """What is printed goes to a file, to be measured."""


@dataclass(frozen=True)
class Act:
    """Carry out a check, the function `module:name`: `Verdict`."""

    function: str


@dataclass(frozen=True)
class Observe:
    """Carry out a chaos probe, the function `module:name`: `Observed`."""

    function: str


@dataclass(frozen=True)
class MapAgain:
    """Map once more on the same executor: `Answered`."""


@dataclass(frozen=True)
class Leave:
    """Leave the context, by an exception if `early`: `Answered`."""

    early: bool = False


@dataclass(frozen=True)
class Look:
    """Name this process's threads and open files, once there are no more than these, or soon: `Seen`."""

    threads: int | None = None
    files: int | None = None


@dataclass(frozen=True)
class Greeting:
    """A lane's first message, before any command."""

    python: str


@dataclass(frozen=True)
class Done:
    """The command was carried out, and there is nothing to tell."""


@dataclass(frozen=True)
class Failure:
    """The trial has failed: its status, and the reason in words."""

    status: Status
    reason: str


@dataclass(frozen=True)
class Described:
    """What a plugin is and takes."""

    summary: str
    takes: dict[str, dict[str, str | None]]
    """What each option allows, and its default, as text."""
    options: Options
    """Every option with its value."""
    changed: Options
    """The options whose value is not the default."""
    size: int | None
    """A workload's default number of tasks."""


@dataclass(frozen=True)
class NotDescribed:
    """Why a plugin cannot be used; one of these is set."""

    missing: str | None = None
    """The library that it lacks."""
    unavailable: str | None = None
    """Why it says it cannot work here."""
    broken: str | None = None
    """What is wrong with it, with file and line."""
    wrong_option: str | None = None
    """What is wrong with the options that were given."""


@dataclass(frozen=True)
class Timed:
    """The seconds that something took."""

    seconds: float


@dataclass(frozen=True)
class Cluster:
    """Where the workers of an executor were already running."""

    address: str
    hosts: list[str]
    workers: int


@dataclass(frozen=True)
class Opened:
    """The seconds that opening took."""

    seconds: float
    cluster: Cluster | None


@dataclass(frozen=True)
class Checked:
    """Pickled sizes in bytes, None where something cannot be pickled, and imported modules without bytecode."""

    task_bytes: int | None = None
    result_bytes: int | None = None
    uncompiled: int = 0


@dataclass(frozen=True)
class TracedRound:
    """One traced round: its seconds, its tasks in order, and the seconds of pickling all that travels."""

    seconds: float
    spans: list[tuple[float, float, int, int]]
    """Start and end of each task in seconds since the round began, its process and its thread."""
    serialise_seconds: float
    shared: bool
    """All tasks ran in this process, on the very function: nothing was pickled."""


@dataclass(frozen=True)
class Entered:
    """Whether a backend could be opened: neither is set if it could."""

    misfit: str | None = None
    """Why it is not a backend."""
    refusal: str | None = None
    """What entering it raised."""


@dataclass(frozen=True)
class Verdict:
    """`pass`, `fail: ...` or `skip: ...`."""

    verdict: str


@dataclass(frozen=True)
class Observed:
    """The outcome of a chaos probe, a detail, and the seconds it took."""

    outcome: str
    detail: str
    seconds: float


@dataclass(frozen=True)
class Answered:
    """How an executor answered: neither is set if it did what it should."""

    wrong: str | None = None
    """What it gave instead."""
    error: str | None = None
    """What it raised, or what is wrong with how it was left."""


@dataclass(frozen=True)
class Seen:
    """What a process has."""

    threads: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


KitCommand = Union[Enter, Act, Observe, MapAgain, Leave, Look]
Command = Union[Describe, Prepare, Reload, Open, Step, KitCommand]

_COMMANDS = {kind.__name__: kind for kind in Command.__args__}  # type: ignore[attr-defined]


def command_line(command: Command) -> bytes:
    """Return a command as the parent sends it."""
    return json.dumps([type(command).__name__, asdict(command)]).encode() + b"\n"


def read_command(line: str) -> Command:
    """Return the command that the parent has sent."""
    name, content = json.loads(line)
    kind = _COMMANDS[name]
    places = {entry.name for entry in fields(kind) if entry.type == Place.__name__}
    command: Command = kind(**{key: Place(**value) if key in places else value for key, value in content.items()})
    return command


def answer_line(answer: Any) -> str:
    """Return an answer as the lane sends it.

    Raises:
        TypeError, ValueError: it holds what JSON cannot.
    """
    return json.dumps([type(answer).__name__, asdict(answer), os.getpid()], allow_nan=False) + "\n"
