"""The trials of a race as reports show them: their order, their titles, and the columns of their table."""

import math
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar, get_args

from msgspec.structs import replace

from execbench.lane.modes import Noted
from execbench.records.record import Record
from execbench.report import columns, numbers
from execbench.report.columns import Field, interval, seconds
from execbench.report.document import Cell, Table, Tone
from execbench.report.escape import labels
from execbench.stats import Interval

Thing = TypeVar("Thing")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Entry:
    """A trial under the title that reports show."""

    title: str
    record: Record


def entries(records: Sequence[Record]) -> list[Entry]:
    """Return the trials of a race, the fastest first and the failed ones last."""
    titles = labels(record.title for record in records)
    ordered = sorted(records, key=lambda record: record.samples.median if record.ok else math.inf)
    return [Entry(f"{titles[record.title]}{' (control)' if record.is_control else ''}", record) for record in ordered]


def grouped(things: Iterable[Thing], key: Callable[[Thing], Key]) -> dict[Key, list[Thing]]:
    """Group things by a key, in the order in which the keys first appear."""
    groups: dict[Key, list[Thing]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return groups


def middle(values: Sequence[float]) -> float | None:
    """Return the median; None where there are no values."""
    return median(values) if values else None


def speedup_in_words(record: Record) -> str:
    """Write a trial's speedup with its interval."""
    return _in_words(record, record.speedup)


def _in_words(record: Record, speedup: Interval | None) -> str:
    return "baseline" if record.is_baseline else numbers.speedup(speedup)


def _tone(speedup: Interval | None) -> Tone:
    if speedup is None or not speedup.excludes(1.0):
        return ""
    return "good" if speedup.low > 1 else "slow"


def _speedup_fields(name: str, heading: str, of: Callable[[Record], Interval | None]) -> list[Field[Record]]:
    """Return a speedup's column for people, and those of its estimate and its interval for programs."""

    def estimate(record: Record) -> float | None:
        return 1.0 if record.is_baseline else getattr(of(record), "estimate", None)

    shown = Field("", estimate, heading, lambda record: _in_words(record, of(record)), lambda record: _tone(of(record)))
    return [shown, *interval((name, f"{name}_low", f"{name}_high"), of)]


TRIAL_FIELDS: Sequence[Field[Record]] = [
    Field("name", lambda record: record.name),
    Field("workload", lambda record: record.group),
    Field("size", lambda record: record.size),
    Field("backend", lambda record: record.backend),
    Field("max_workers", lambda record: record.max_workers),
    Field("chunksize", lambda record: record.chunksize.used),
    Field("python", lambda record: record.python.name),
    Field("status", lambda record: record.status),
    Field("reason", lambda record: record.reason),
    Field("control_of", lambda record: record.control_of),
    seconds("median_seconds", "median", lambda record: middle(record.samples.seconds)),
    *_speedup_fields("speedup", "speedup [95 %]", lambda record: record.speedup),
    seconds("cpu_seconds", "CPU", lambda record: record.cpu_seconds),
    Field(
        "peak_memory_bytes",
        lambda record: record.peak_memory_bytes,
        "memory",
        lambda record: numbers.memory(record.peak_memory_bytes),
    ),
    seconds("startup_seconds", "start-up", lambda record: middle(record.startup_seconds)),
    seconds("first_call_seconds", "first call", lambda record: middle(record.first_call_seconds)),
    seconds("shutdown_seconds", "shutdown", lambda record: middle(record.shutdown_seconds), brief=False),
    *_speedup_fields("one_call_speedup", "one call [95 %]", lambda record: record.one_call_speedup),
    Field("rounds", lambda record: len(record.samples), "rounds", lambda r: f"{len(r.samples):,}", brief=False),
    Field("launches", lambda record: record.launches),
    Field(
        "doubts",
        lambda record: " ".join(doubt.code for doubt in record.doubts),
        "doubts",
        lambda record: ", ".join(doubt.code for doubt in record.doubts),
        numeric=False,
    ),
]
"""Everything that any table shows of a trial."""


def noted(record: Record, name: Noted) -> float | None:
    """Return the median over the rounds of what a trial's mode noted of each; None if it did not."""
    return middle(record.noted.get(name, ()))


def _noted_field(name: Noted) -> Field[Record]:
    say = numbers.seconds if name in _NOTED_SECONDS else _count
    return Field(name, lambda record: noted(record, name), _NOTED[name], lambda record: say(noted(record, name)))


def _count(value: float | None) -> str:
    return "-" if value is None else numbers.mean_count(value)


_NOTED: Mapping[Noted, str] = {
    "first_result_seconds": "first result",
    "taken_ahead": "taken ahead",
    "round_trip_p50": "round trip",
    "round_trip_p99": "99th percentile",
    "cancelled": "cancelled",
}
_NOTED_SECONDS: Collection[Noted] = {"first_result_seconds", "round_trip_p50", "round_trip_p99"}

NOTED_FIELDS: Sequence[Field[Record]] = [
    Field("mode", lambda record: record.mode),
    *map(_noted_field, get_args(Noted)),
]
"""What only modes other than `map` have."""


def shown_table(entries: Sequence[Entry]) -> Table:
    """Return the table of a race; failed trials have nothing but their status."""
    ok = [(entry.title, entry.record) for entry in entries if entry.record.ok]
    noted_names = {name for _, record in ok for name in record.noted}
    more = [field for field in NOTED_FIELDS if field.name in noted_names]
    table = columns.table("trial", [*TRIAL_FIELDS[:-1], *more, TRIAL_FIELDS[-1]], ok, "Trials, the fastest first")
    dashes = [Cell("-", "")] * (len(table.columns) - 2)
    failed = [
        [Cell(entry.title), *dashes, Cell(f"failed: {entry.record.status}", tone="bad")]
        for entry in entries
        if not entry.record.ok
    ]
    return replace(table, rows=[*table.rows, *failed])
