"""The artifact of a run: pytest-benchmark's own JSON, with execbench's records in it.

All artifacts, ours and those of plain pytest-benchmark, are read here. They are untrusted: decoding them into these
types checks every field, and nothing in them is evaluated.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from execbench import files
from execbench.environment import Environment
from execbench.errors import BadInput
from execbench.records.decode import decode
from execbench.records.diagnosis import Diagnosis
from execbench.records.record import Amount, Chunking, Count, Interpreter, Record
from execbench.settings import MAX_CALLS
from execbench.stats import Samples, Time

SCHEMA = 1


class Stats(msgspec.Struct, frozen=True):
    """pytest-benchmark's statistics of the rounds; it may save them without the rounds' seconds."""

    min: Time
    max: Time
    mean: Time
    median: Time
    rounds: Count
    data: Annotated[list[Time], Meta(min_length=1)] | UnsetType = UNSET


class ExtraInfo(msgspec.Struct, frozen=True):
    """The field that pytest-benchmark leaves to others."""

    execbench: Record | UnsetType = UNSET


class Benchmark(msgspec.Struct, frozen=True):
    """One entry of `benchmarks`: one of our trials, or any test that used the `benchmark` fixture."""

    name: str
    stats: Stats
    fullname: str = ""
    group: str | None = None
    params: dict[str, Any] | None = None
    extra_info: ExtraInfo = ExtraInfo()

    def __post_init__(self) -> None:
        if (record := self.extra_info.execbench) is not UNSET:
            _refuse_empty(record)
            msgspec.structs.force_setattr(record, "name", self.name)
            msgspec.structs.force_setattr(self.stats, "data", UNSET)  # the record's samples hold the same, and more

    def record(self) -> Record:
        """Return the trial's record; for any other test, a record of what is known about it."""
        if self.extra_info.execbench is not UNSET:
            return self.extra_info.execbench
        name = self.fullname or self.name
        seconds = self.stats.median if self.stats.data is UNSET else self.stats.data
        samples = [seconds] if isinstance(seconds, float) else seconds
        return Record(
            name=name,
            workload=name,
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
    """The top-level object `execbench`: how the run was made, and the records that are not among the benchmarks."""

    schema: Count = SCHEMA
    seed: Amount
    command: list[str]
    environment: Environment
    calls: Annotated[int, Meta(ge=1, le=MAX_CALLS)] | Literal["once", "many"] = "many"
    """Whose winner the verdicts name first."""
    doctor: Diagnosis | UnsetType = UNSET
    """What was found out about the machine before the races, where `--doctor` asked for it."""
    failed: list[Record]
    """Failed trials: pytest-benchmark's own tools reject a file that has an entry without samples."""
    baselines: list[Record]
    """Serial trials that were raced but not selected."""
    controls: list[Record] = []
    """Trials that races added, whatever became of them: what one worker of each winner's backend gains."""

    def __post_init__(self) -> None:
        if self.schema > SCHEMA:
            raise ValueError("newer than this execbench")  # `parse` says so
        for record in (*self.baselines, *self.controls):
            _refuse_empty(record)


def _refuse_empty(record: Record) -> None:
    if record.ok and not len(record.samples):
        raise ValueError(f"the trial {record.name} is ok but has no samples")


class Artifact(msgspec.Struct, frozen=True):
    """The whole file."""

    benchmarks: list[Benchmark]
    machine_info: dict[str, Any] = {}
    commit_info: dict[str, Any] = {}
    datetime: str = ""
    version: str = ""
    execbench: RunInfo | UnsetType = UNSET

    def __post_init__(self) -> None:
        by_name: dict[str, Record] = {}
        for record in self._with_repeats():
            if by_name.setdefault(record.name, record) != record:
                raise ValueError(f"`benchmarks`: the trial {record.name} appears twice")

    @property
    def is_ours(self) -> bool:
        """Whether execbench wrote it, rather than plain pytest-benchmark."""
        return self.execbench is not UNSET

    @property
    def selected(self) -> list[Record]:
        """The trials that were asked for, including failed ones, and any other test that used `benchmark`."""
        return _each_once(self._with_repeats())

    @property
    def baselines(self) -> list[Record]:
        """The serial trials that were raced but not asked for."""
        return [] if self.execbench is UNSET else self.execbench.baselines

    @property
    def records(self) -> list[Record]:
        """Execbench's own trials, including failed ones and baselines."""
        ours = [entry.record() for entry in self.benchmarks if entry.extra_info.execbench is not UNSET]
        return _each_once([*ours, *self._failed(), *self.baselines])

    @property
    def controls(self) -> list[Record]:
        """The trials that races added, as controls of their winners."""
        return [] if self.execbench is UNSET else self.execbench.controls

    def _with_repeats(self) -> list[Record]:
        return [*(entry.record() for entry in self.benchmarks), *self._failed()]

    def _failed(self) -> list[Record]:
        return [] if self.execbench is UNSET else self.execbench.failed


def _each_once(records: Sequence[Record]) -> list[Record]:
    """Drop repeats: two tests of a session may show the same trial."""
    return list({record.name: record for record in records}.values())


class _SchemaOnly(msgspec.Struct):
    schema: int = SCHEMA


def read(path: Path) -> Artifact:
    """Read and check an artifact; a BadInput names the file, and the field that is wrong."""
    try:
        return parse(files.read(path))
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None


def parse(content: bytes) -> Artifact:
    """Check the content of an artifact; a BadInput names the field that is wrong."""
    try:
        return decode(content, Artifact, "an artifact of execbench or pytest-benchmark")
    except BadInput:
        # Whatever is wrong with a file that a later execbench wrote, the user should learn that it is newer.
        with suppress(ValueError, KeyError, RecursionError):
            ours = msgspec.json.decode(content, type=dict[str, msgspec.Raw])["execbench"]
            schema = msgspec.json.decode(ours, type=_SchemaOnly).schema
            if schema > SCHEMA:
                raise BadInput(
                    f"its schema is {schema}, and this execbench reads up to {SCHEMA}: upgrade execbench"
                ) from None
        raise
