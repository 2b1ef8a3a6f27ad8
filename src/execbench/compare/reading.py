"""One artifact, ours or one that plain pytest-benchmark wrote: read, checked, and kept as small as may be.

Artifacts come from strangers. They are JSON of a bounded size; every field that a comparison uses is checked here, and
what is wrong is said with the file and the field. The schema, which checks all fields, would take minutes for 10,000
trials.
"""

from __future__ import annotations

import gc
import json
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from execbench.artifact import SCHEMA
from execbench.compare.node import Node, printable
from execbench.errors import BadInput
from execbench.stats import Samples

MOST_BYTES = 150_000_000
"""An artifact of 10,000 trials with 50 samples each has half of this; JSON needs several times its size to be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One trial in one artifact; what plain pytest-benchmark does not know is empty."""

    id: str
    samples: Samples
    status: str = "ok"
    reason: str | None = None
    race: tuple[object, ...] = ()
    """What tells the races of an artifact apart: trials of one race share a baseline."""
    is_baseline: bool = False
    reference: Samples | None = None
    """The reference kernel next to the rounds of a serial loop."""
    python: str | None = None
    python_version: str | None = None
    setup: Mapping[str, Any] = field(default_factory=dict)
    """What has to be equal for two trials of one name to be the same trial."""
    startup_seconds: Sequence[float] = ()
    cpu_seconds: float | None = None
    peak_memory_bytes: float | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the trial was measured."""
        return self.status == "ok"


@dataclass(frozen=True, slots=True)
class ReadRun:
    """One artifact."""

    path: Path
    datetime: str
    entries: Mapping[str, Entry]
    baselines: Mapping[tuple[object, ...], Entry]
    """The baseline of each race, whether it was selected or not."""
    reference_seconds: float | None
    """The median of the reference kernel; null in artifacts without it."""
    machine: Mapping[str, Any]
    environment: Mapping[str, Any]
    commit: str


def read(path: Path) -> ReadRun:
    """Read an artifact.

    Raises:
        BadInput: it is none; the message names the file and the field.
    """
    try:
        with _without_garbage_collection():
            return _run(path, Node(_load(path)))
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None


def _load(path: Path) -> Any:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise BadInput(f"{size / 1e6:,.0f} MB, and an artifact has at most {MOST_BYTES / 1e6:,.0f} MB: is it one?")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{error.strerror}") from error
    except RecursionError as error:
        raise BadInput("not an artifact: nested too deeply") from error
    except ValueError as error:  # not UTF-8, not JSON, cut off, a number of thousands of digits
        raise BadInput(f"not JSON, or cut off: {error}") from error


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Nothing here makes circles; looking for them takes half of the time of reading a large file."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _run(path: Path, root: Node) -> ReadRun:
    if type(root.value) is not dict or not root.has("benchmarks"):
        raise BadInput("not an artifact of execbench or pytest-benchmark: it has no `benchmarks`")
    own = root.member("execbench")
    if own.value is not None:
        _check_schema(own.member("schema"))
    found: list[Entry] = [_benchmark(node) for node in root.member("benchmarks").items()]
    baselines: list[Entry] = []
    if own.value is not None:
        found += [_trial(node.member("name").text(), node) for node in own.member("failed").items()]
        baselines = [_trial(node.member("name").text(), node) for node in own.member("baselines").items()]
    entries: dict[str, Entry] = {}
    for entry in found:
        if entry.id in entries:
            raise BadInput(f"benchmarks: the trial {printable(entry.id)} is there twice")
        entries[entry.id] = entry
    return ReadRun(
        path=path,
        datetime=root.member("datetime").optional_text() or "",
        entries=entries,
        baselines={entry.race: entry for entry in (*baselines, *found) if entry.is_baseline and entry.ok},
        reference_seconds=_median_reference([*baselines, *found]),
        machine=root.member("machine_info").mapping(),
        environment=own.member("environment").mapping() if own.value is not None else {},
        commit=str(root.member("commit_info").mapping().get("id") or ""),
    )


def _median_reference(entries: Iterable[Entry]) -> float | None:
    seconds = [each for entry in entries if entry.reference for each in entry.reference.seconds]
    return statistics.median(seconds) if seconds else None


def _check_schema(schema: Node) -> None:
    if type(schema.value) is not int:
        schema.wrong("not a whole number")
    if schema.value > SCHEMA:
        schema.wrong(f"{schema.value}, and this execbench reads up to {SCHEMA}: upgrade execbench")


def _benchmark(node: Node) -> Entry:
    """Read an entry of `benchmarks`: ours, or one of a plain pytest-benchmark."""
    name = node.member("name").text()
    extra = node.member("extra_info")
    if extra.value is not None and extra.has("execbench"):
        return _trial(name, extra.member("execbench"))
    stats = node.member("stats")
    # An artifact that was saved without its data still has the median, which is all that is used of a launch.
    seconds = stats.member("data").times() if stats.value and stats.has("data") else [stats.member("median").time()]
    if not seconds:
        stats.member("data").wrong("no samples")
    return Entry(
        id=node.member("fullname").optional_text() or name,
        samples=Samples(seconds, [0] * len(seconds), range(len(seconds))),
    )


def _trial(name: str, node: Node) -> Entry:
    """Read a trial of ours."""
    status = node.member("status").text()
    samples = node.member("samples")
    seconds = samples.member("seconds").times()
    planned = samples.member("planned").amount()
    if status == "ok" and not seconds:
        samples.member("seconds").wrong("no samples")
    python = node.member("python").member("name").optional_text()
    launch, heat = (samples.member(key).numbers(len(seconds)) for key in ("launch", "heat"))
    reference = node.member("reference_seconds").times() if node.has("reference_seconds") else []
    if reference and len(reference) != len(seconds):
        node.member("reference_seconds").wrong(f"{len(reference)} of them for {len(seconds)} rounds")
    size = node.member("size").amount()
    return Entry(
        id=name,
        samples=Samples(seconds, launch, heat, None if planned is None else int(planned)),
        reference=Samples(reference, launch, heat) if reference else None,
        status=status,
        reason=node.member("reason").optional_text(),
        race=(name.partition("/")[0], size, python),
        is_baseline=node.member("backend").text() == "serial",
        python=python,
        python_version=node.member("python").member("version").optional_text(),
        setup={
            "size": size,
            "workload_options": node.member("workload_options").mapping(),
            "backend_options": node.member("backend_options").mapping(),
            "chunksize": node.member("chunksize").mapping().get("used"),
        },
        startup_seconds=node.member("startup_seconds").times(zero=True),
        cpu_seconds=node.member("cpu_seconds").amount(),
        peak_memory_bytes=node.member("peak_memory_bytes").amount(),
    )
