"""The files of sweeps: what they hold, and how they are read and checked. docs/metg.md explains every field."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import field

from execbench import environment, files
from execbench.environment import Environment
from execbench.errors import BadInput
from execbench.records.decode import decode
from execbench.records.doubts import Doubt
from execbench.records.record import Amount, Count
from execbench.settings import Layout
from execbench.sweep.break_even import BreakEven
from execbench.sweep.load import Load
from execbench.sweep.metg import MetgResult


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """What was swept, and where."""

    datetime: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    command: list[str]
    environment: Environment = field(default_factory=environment.describe)
    grain: str
    max_workers: Count
    layout: Layout | None = None
    """Whether the layouts of the launches were varied; None where the file does not say."""
    doubts: list[Doubt] = []
    """Of all figures."""


class MetgRun(Sweep, frozen=True, kw_only=True, rename={"schema": "execbench-metg", "results": "backends"}):
    """The METG of several backends: what `execbench metg --json` writes."""

    schema: Literal[1] = 1
    results: list[MetgResult]

    def __post_init__(self) -> None:
        for result in self.results:
            msgspec.structs.force_setattr(result, "workers", self.max_workers)


class BreakEvenRun(Sweep, frozen=True, kw_only=True, rename={"schema": "execbench-break-even", "results": "backends"}):
    """The break-evens of several backends: what `execbench break-even --json` writes."""

    schema: Literal[1] = 1
    fixed: Load
    """What is held fixed: the number of tasks while their cost varies, the grain while their number does."""
    launches: Amount = 0
    """The minimum."""
    results: list[BreakEven]


SweepRun: TypeAlias = MetgRun | BreakEvenRun

_KINDS: Mapping[str, type[SweepRun]] = {"execbench-metg": MetgRun, "execbench-break-even": BreakEvenRun}


def as_json(run: SweepRun) -> dict[str, Any]:
    """Return the content of a file: what was measured and, for programs, what follows from it."""
    content: dict[str, Any] = msgspec.to_builtins(run)
    for result, entry in zip(run.results, content["backends"], strict=True):
        if isinstance(result, MetgResult):
            entry["metg"] = msgspec.to_builtins(result.metg)
        elif isinstance(result, BreakEven):
            for found, each in zip(result.found, entry["found"], strict=True):
                ends = {"below": found.bracket.below, "above": found.bracket.above}
                each |= {"estimate": found.estimate, **msgspec.to_builtins(ends), "launches": found.launches}
    # The schema comes first: `kind_of` reads only the beginning.
    return dict(sorted(content.items(), key=lambda item: item[0] not in _KINDS))


def kind_of(path: Path) -> type[SweepRun] | None:
    """Return the type of a sweep's file, by its beginning; None for any other file."""
    try:
        beginning = files.read(path)[:80]
    except BadInput:  # reading it as an artifact says so
        return None
    return next((kind for mark, kind in _KINDS.items() if f'"{mark}"'.encode() in beginning), None)


def read(path: Path, kind: type[SweepRun]) -> SweepRun:
    """Read and check the file of a sweep; BadInput names the file and the field."""
    try:
        return decode(files.read(path), kind, "what a sweep of execbench writes")
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None
