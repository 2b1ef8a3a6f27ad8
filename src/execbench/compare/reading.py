"""One artifact, ours or one that plain pytest-benchmark wrote: read, checked, and kept as small as may be.

Artifacts come from strangers. They are JSON of a bounded size; every field that a comparison uses is checked here, and
what is wrong is said with the file and the field. The schema, which checks all fields, would take minutes for 10,000
trials.
"""

from __future__ import annotations

import gc
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from execbench.artifact import SCHEMA
from execbench.errors import BadInput
from execbench.stats import Samples

MOST_BYTES = 150_000_000
"""An artifact of 10,000 trials with 50 samples each has half of this; JSON needs several times its size to be read."""

SHORTEST, LONGEST = 1e-15, 1e12
"""Seconds that a time may have: what lies beyond is a mistake, and might overflow."""

_NUMBERS = {float, int}


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
    python: str | None = None
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
    machine: Mapping[str, Any]
    environment: Mapping[str, Any]
    commit: str


class Node:
    """A value within an artifact, with its place, for messages."""

    __slots__ = ("_key", "_parent", "value")

    def __init__(self, value: Any, parent: Node | None = None, key: object = None) -> None:
        self.value = value
        self._parent = parent
        self._key = key

    @property
    def place(self) -> str:
        """The path of keys to the value."""
        above = self._parent.place if self._parent is not None else ""
        return f"{above}/{self._key}".lstrip("/") if self._parent is not None else ""

    def wrong(self, message: str) -> NoReturn:
        """Refuse the value."""
        raise BadInput(f"{_printable(self.place) or 'the whole document'}: {message}")

    def member(self, key: str) -> Node:
        """Return a field of an object; null where it is missing."""
        if type(self.value) is not dict:
            self.wrong("not an object")
        return Node(self.value.get(key), self, key)

    def has(self, key: str) -> bool:
        """Tell whether an object has a field that is not null."""
        return self.member(key).value is not None

    def items(self) -> Iterator[Node]:
        """Return the members of an array; a missing one has none."""
        if self.value is None:
            return iter(())
        if type(self.value) is not list:
            self.wrong("not an array")
        return (Node(value, self, number) for number, value in enumerate(self.value))

    def mapping(self) -> Mapping[str, Any]:
        """Return an object; a missing one is empty."""
        if self.value is None:
            return {}
        if type(self.value) is not dict:
            self.wrong("not an object")
        checked: dict[str, Any] = self.value
        return checked

    def text(self) -> str:
        """Return a string."""
        if type(self.value) is not str:
            self.wrong("missing" if self.value is None else "not a string")
        return str(self.value)

    def optional_text(self) -> str | None:
        """Return a string or null."""
        return None if self.value is None else self.text()

    def amount(self) -> float | None:
        """Return a number that is not negative, or null."""
        if self.value is None:
            return None
        if type(self.value) not in _NUMBERS or not 0 <= self.value < math.inf:
            self.wrong(f"{_shown(self.value)} is not a finite number of at least 0")
        return self._float()

    def times(self, *, zero: bool = False) -> list[float]:
        """Return an array of seconds, all above zero, or at least zero."""
        if type(self.value) is not list:
            self.wrong("missing" if self.value is None else "not an array")
        values: list[float] = self.value
        if set(map(type, values)) <= {float} and math.isfinite(sum(values)) and _are_times(values):
            return values
        return [Node(value, self, number).time(zero=zero) for number, value in enumerate(values)]

    def time(self, *, zero: bool = False) -> float:
        """Return a number of seconds."""
        if type(self.value) not in _NUMBERS or not (_are_times([self.value]) or (zero and self.value == 0)):
            self.wrong(f"{_shown(self.value)} is not a time: a number of seconds above 0")
        return self._float()

    def numbers(self, length: int) -> list[int]:
        """Return an array of whole numbers of a given length."""
        if type(self.value) is not list or len(self.value) != length:
            self.wrong(f"not an array of {length} whole numbers")
        if not set(map(type, self.value)) <= {int}:
            self.wrong("holds something other than whole numbers")
        checked: list[int] = self.value
        return checked

    def _float(self) -> float:
        try:
            return float(self.value)
        except OverflowError:
            self.wrong("a number too large to be one")


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
            raise BadInput(f"benchmarks: the trial {_printable(entry.id)} is there twice")
        entries[entry.id] = entry
    return ReadRun(
        path=path,
        datetime=root.member("datetime").optional_text() or "",
        entries=entries,
        baselines={entry.race: entry for entry in (*baselines, *found) if entry.is_baseline and entry.ok},
        machine=root.member("machine_info").mapping(),
        environment=own.member("environment").mapping() if own.value is not None else {},
        commit=str(root.member("commit_info").mapping().get("id") or ""),
    )


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
    size = node.member("size").amount()
    return Entry(
        id=name,
        samples=Samples(
            seconds,
            samples.member("launch").numbers(len(seconds)),
            samples.member("heat").numbers(len(seconds)),
            None if planned is None else int(planned),
        ),
        status=status,
        reason=node.member("reason").optional_text(),
        race=(name.partition("/")[0], size, python),
        is_baseline=node.member("backend").text() == "serial",
        python=python,
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


def _are_times(values: Sequence[float]) -> bool:
    return not values or (min(values) >= SHORTEST and max(values) <= LONGEST)


def _shown(value: object) -> str:
    return repr(value)[:40] if not isinstance(value, list | dict) else f"a {type(value).__name__}"


def _printable(text: str) -> str:
    """What strangers wrote, without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]
