"""The artifact of a run: pytest-benchmark's own JSON, with execbench's records in it.

pytest-benchmark computes its own statistics and describes the machine and the commit; this module adds the records, and
is the one place that reads artifacts, ours and those of plain pytest-benchmark. They come from strangers: decoding
them into these types checks every field, and nothing that they hold is evaluated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from execbench import environment, files
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


@dataclass(frozen=True)
class Run:
    """One invocation's records, and how it was invoked."""

    records: Sequence[Record]
    """Of the selected trials, failed ones too."""
    command: Sequence[str]
    seed: int
    baselines: Sequence[Record] = ()
    """Serial trials that were raced but not selected."""
    environment: Environment = field(default_factory=environment.describe)

    def info(self, fullnames: Mapping[str, str]) -> dict[str, Any]:
        """Return the artifact's top-level object `execbench`; `fullnames` gives each trial its pytest node id."""
        info = RunInfo(
            seed=self.seed,
            command=list(self.command),
            environment=self.environment,
            failed=[_with_fullname(record, fullnames) for record in self.records if not record.ok],
            baselines=[_with_fullname(record, fullnames) for record in self.baselines],
        )
        content: dict[str, Any] = msgspec.to_builtins(info)
        return content


def _with_fullname(record: Record, fullnames: Mapping[str, str]) -> Record:
    return msgspec.structs.replace(record, fullname=fullnames.get(record.name, record.name))


def params(record: Record) -> dict[str, str]:
    """Return a trial's parameters as pytest-benchmark keeps them: plain strings."""
    return {
        "workload": record.group,
        "backend": record.backend_title,
        "max_workers": str(record.max_workers),
    }


def compose(run: Run) -> dict[str, Any]:
    """Return the whole artifact of a run that pytest did not drive."""
    from pytest_benchmark import __version__, plugin, utils  # noqa: PLC0415 -- slow, and reading does without

    return {
        "machine_info": plugin.pytest_benchmark_generate_machine_info(),
        "commit_info": utils.get_commit_info(),
        "benchmarks": [_benchmark(record) for record in run.records if record.ok],
        "datetime": datetime.now(UTC).isoformat(),
        "version": __version__,
        "execbench": run.info({}),
    }


def _benchmark(record: Record) -> dict[str, Any]:
    from pytest_benchmark.stats import Stats as Statistics  # noqa: PLC0415 -- as above

    statistics = Statistics()
    for seconds in record.samples.seconds:
        statistics.update(seconds)
    return {
        "group": record.group,
        "name": record.name,
        "fullname": record.name,
        "params": params(record),
        "param": record.name,
        "extra_info": {"execbench": msgspec.to_builtins(record)},
        "options": {},
        "stats": {**statistics.as_dict(), "data": list(record.samples.seconds), "iterations": 1},
    }


def encode(content: Mapping[str, Any]) -> bytes:
    """Return a file's content.

    Raises:
        ValueError: it holds a number that JSON has not.
    """
    return json.dumps(content, indent=1, allow_nan=False).encode()


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


def next_in_storage() -> Path:
    """Return the next free file of pytest-benchmark's storage folder, named as its autosave would name it."""
    from pytest_benchmark.utils import get_machine_id, get_tag  # noqa: PLC0415 -- as above

    folder = Path(".benchmarks") / get_machine_id()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"the storage folder {folder} cannot be made: {error.strerror}") from error
    taken = [int(file.name[:4]) for file in folder.glob("[0-9][0-9][0-9][0-9]_*.json")]
    return Path(folder, f"{max(taken, default=0) + 1:04}_{get_tag()}.json")
