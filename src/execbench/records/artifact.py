"""The artifact of a run: pytest-benchmark's own JSON, with execbench's records in it.

This is the one place that reads artifacts, ours and those of plain pytest-benchmark. They come from strangers: decoding
them into these types checks every field, and nothing that they hold is evaluated.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from execbench import files
from execbench.environment import Environment
from execbench.errors import BadInput
from execbench.records.decode import decode
from execbench.records.record import Amount, Chunking, Count, Interpreter, Record
from execbench.stats import Samples, Time

SCHEMA = 1


class Stats(msgspec.Struct, frozen=True):
    """What pytest-benchmark makes of the seconds; it may be saved without the seconds themselves."""

    min: Time
    max: Time
    mean: Time
    median: Time
    rounds: Count
    data: Annotated[list[Time], Meta(min_length=1)] | UnsetType = UNSET


class ExtraInfo(msgspec.Struct, frozen=True):
    """What is kept beside pytest-benchmark's own fields."""

    execbench: Record | UnsetType = UNSET


class Benchmark(msgspec.Struct, frozen=True):
    """One entry of `benchmarks`: a trial of ours, or any test that used the `benchmark` fixture."""

    name: str
    stats: Stats
    fullname: str = ""
    group: str | None = None
    params: dict[str, Any] | None = None
    extra_info: ExtraInfo = ExtraInfo()

    def __post_init__(self) -> None:
        if (record := self.extra_info.execbench) is not UNSET:
            _refuse_nothing(record)
            msgspec.structs.force_setattr(record, "name", self.name)
            msgspec.structs.force_setattr(self.stats, "data", UNSET)  # the record's samples are the same, and more

    def record(self) -> Record:
        """Return the trial's record, or one that has what is known of another test."""
        if self.extra_info.execbench is not UNSET:
            return self.extra_info.execbench
        seconds = self.stats.median if self.stats.data is UNSET else self.stats.data
        samples = [seconds] if isinstance(seconds, float) else seconds
        return Record(
            name=self.fullname or self.name,
            workload=self.fullname or self.name,
            workload_options={},
            size=1,
            backend="",
            backend_options={},
            max_workers=1,
            chunksize=Chunking("library", None),
            python=Interpreter(),
            status="ok",
            reason=None,
            launches=1,
            heats=len(samples),
            samples=Samples(samples, [0] * len(samples), list(range(len(samples)))),
            startup_seconds=(),
            first_call_seconds=(),
            shutdown_seconds=(),
            cpu_seconds=None,
            peak_memory_bytes=None,
            task_bytes=None,
            result_bytes=None,
            speedup=None,
            doubts=(),
        )


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The top-level object `execbench`: how a run was made, and what is not among the benchmarks."""

    schema: Count = SCHEMA
    seed: Amount
    command: list[str]
    environment: Environment
    failed: list[Record]
    """Failed trials: an entry without samples would make pytest-benchmark's own tools throw the file away."""
    baselines: list[Record]
    """Serial trials that were raced but not selected."""

    def __post_init__(self) -> None:
        if self.schema > SCHEMA:
            raise ValueError(_newer(self.schema))
        for record in self.baselines:
            _refuse_nothing(record)


def _refuse_nothing(record: Record) -> None:
    if record.ok and not len(record.samples):
        raise ValueError(f"the trial {record.name} is ok, and has no samples")


class Artifact(msgspec.Struct, frozen=True):
    """A whole file."""

    benchmarks: list[Benchmark]
    machine_info: dict[str, Any] = {}
    commit_info: dict[str, Any] = {}
    datetime: str = ""
    version: str = ""
    execbench: RunInfo | UnsetType = UNSET

    def __post_init__(self) -> None:
        found: dict[str, Record] = {}
        for record in self._selected():
            if found.setdefault(record.name, record) != record:
                raise ValueError(f"`benchmarks`: the trial {record.name} is there twice")

    @property
    def is_ours(self) -> bool:
        """Whether execbench wrote it, rather than plain pytest-benchmark."""
        return self.execbench is not UNSET

    @property
    def selected(self) -> list[Record]:
        """The trials that were asked for, failed ones too; and any other test that used the `benchmark` fixture."""
        return _each_once(self._selected())

    @property
    def baselines(self) -> list[Record]:
        """The serial trials that were raced but not asked for."""
        return [] if self.execbench is UNSET else self.execbench.baselines

    @property
    def records(self) -> list[Record]:
        """All trials of ours."""
        known = (entry.extra_info.execbench for entry in self.benchmarks)
        failed = [] if self.execbench is UNSET else self.execbench.failed
        return _each_once([*(record for record in known if record is not UNSET), *failed, *self.baselines])

    def _selected(self) -> list[Record]:
        ok = [entry.record() for entry in self.benchmarks]
        return ok if self.execbench is UNSET else [*ok, *self.execbench.failed]


def _each_once(records: Sequence[Record]) -> list[Record]:
    """Leave out what is there again: two tests of a session may show one trial."""
    return list({record.name: record for record in records}.values())


def read(path: Path) -> Artifact:
    """Read and check an artifact.

    Raises:
        BadInput: it cannot be read or is not one; the message names the file and the field.
    """
    try:
        return parse(files.read(path))
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None


def parse(content: bytes) -> Artifact:
    """Check the content of an artifact.

    Raises:
        BadInput: it is not one; the message names the field.
    """
    try:
        return decode(content, Artifact, "an artifact of execbench or pytest-benchmark")
    except BadInput:
        _refuse_newer(content)
        raise


class _SchemaOnly(msgspec.Struct):
    schema: int = SCHEMA


class _Beginning(msgspec.Struct):
    execbench: _SchemaOnly = msgspec.field(default_factory=_SchemaOnly)


def _refuse_newer(content: bytes) -> None:
    """Say of what a later execbench has written that it is newer, rather than what is odd about it."""
    with suppress(ValueError, RecursionError):
        schema = msgspec.json.decode(content, type=_Beginning).execbench.schema
        if schema > SCHEMA:
            raise BadInput(_newer(schema))


def _newer(schema: int) -> str:
    return f"its schema is {schema}, and this execbench reads up to {SCHEMA}: upgrade execbench"
