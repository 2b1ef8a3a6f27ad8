"""What a history keeps of a run: little enough that a thousand runs are read at once."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from execbench.comparison.ratios import Basis
from execbench.errors import BadInput
from execbench.lane.status import Status
from execbench.records.decode import decode
from execbench.records.record import Amount, Seconds
from execbench.stats import Interval, Time

VERSION = 1
"""Of the files of a history."""

Speed: TypeAlias = Annotated[float, Meta(ge=1e-18, le=1e18)]
"""Anything beyond these bounds is a mistake, and the product of some might overflow."""

CommitId: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9A-Za-z]+$", min_length=7, max_length=64)]
"""File names and links are made of it."""

_MACHINE = ("processor", "architecture", "CPUs", "usable CPUs", "memory", "system")
"""The facts by which machines are told apart; one in the cloud has another name each day."""


class Commit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was measured."""

    id: CommitId
    date: str = ""
    """When it was committed, in ISO 8601."""
    subject: str = ""
    parents: Sequence[str] = ()
    dirty: bool = False
    """Whether it was measured with changes that were not committed."""

    @property
    def short(self) -> str:
        """The first letters of its id."""
        return self.id[:12]


class StoredTrial(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What was measured of a trial; numbers have five figures."""

    name: str
    status: Status = "ok"
    reason: str = ""
    """The first line of what a failed trial said."""
    setup: str = ""
    """Two trials with the same name and setup can be compared."""
    basis: Basis | None = None
    speed: Speed | None = None
    """How many times as fast as its basis: the serial loop of the run; for that loop, the reference kernel; or 1 s."""
    low: Annotated[float, Meta(gt=0)] | None = None
    high: Annotated[float, Meta(gt=0)] | None = None
    """The ends of the interval of the speed; None where one launch cannot tell."""
    seconds: Time | None = None
    """The median of the rounds."""
    peak_memory_bytes: Amount | None = None
    startup_seconds: Seconds | None = None

    def __post_init__(self) -> None:
        """Refuse what no chart can show."""
        if self.low is not None and not self.low <= (self.speed or 0) <= (self.high or 0):
            raise ValueError("`speed` must lie within `low` and `high`")

    @property
    def interval(self) -> Interval | None:
        """The speed with its interval."""
        if self.speed is None or self.low is None or self.high is None:
            return None
        return Interval(self.speed, self.low, self.high)


class StoredRun(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a history."""

    version: int = VERSION
    commit: Commit
    measured: str
    """When, in ISO 8601."""
    facts: Mapping[str, str]
    """About the machine and the software."""
    trials: Sequence[StoredTrial]

    @property
    def machine(self) -> str:
        """A name for the machine, which others of its kind share."""
        facts = {name: self.facts.get(name, "") for name in _MACHINE}
        facts["system"] = facts["system"].partition(" ")[0]  # a new kernel is no new machine
        if facts["memory"].isdecimal():
            facts["memory"] = f"{int(facts['memory']) / 1e9:.0f} GB"
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:8]

    @property
    def machine_title(self) -> str:
        """The machine in words."""
        processor = self.facts.get("processor") or self.facts.get("architecture") or "unknown machine"
        cpus = self.facts.get("usable CPUs") or self.facts.get("CPUs")
        return f"{processor}, {cpus} CPUs ({self.machine})" if cpus else f"{processor} ({self.machine})"

    @property
    def file_name(self) -> str:
        """The name of its file, which no other run has, and which is the same whenever this run is added."""
        return f"{self.commit.short}-{self.machine}-{hashlib.sha256(encode(self)).hexdigest()[:8]}.v{VERSION}.json"


_FILE_NAME = re.compile(r"[0-9A-Za-z]+-[0-9a-f]{8}-[0-9a-f]{8}\.v(\d{1,9})\.json")


class _VersionOnly(msgspec.Struct):
    version: int


def encode(run: StoredRun) -> bytes:
    """Return a run as the content of its file."""
    return msgspec.json.encode(run)


def parse(content: bytes) -> StoredRun:
    """Read the content of a file; BadInput says what is wrong with it."""
    try:
        run = decode(content, StoredRun, "a run of a history")
    except BadInput:
        with suppress(msgspec.DecodeError):  # another version may have other fields, too
            _refuse_other(msgspec.json.decode(content, type=_VersionOnly).version)
        raise
    _refuse_other(run.version)
    return run


def is_run(name: str) -> bool:
    """Return whether a file is named as that of a run; BadInput if another version named it."""
    found = _FILE_NAME.fullmatch(name)
    if found:
        _refuse_other(int(found[1]))
    return found is not None


def _refuse_other(version: int) -> None:
    if version != VERSION:
        advice = "upgrade execbench" if version > VERSION else "use the execbench that wrote it"
        raise OtherVersion(f"its version is {version}, and this execbench reads version {VERSION}: {advice}")


class OtherVersion(BadInput):
    """Another version of execbench wrote it."""
