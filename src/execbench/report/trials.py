"""A trial's columns: the one list of what is shown of a trial, in every form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from execbench.records.record import Record
from execbench.report import numbers
from execbench.report.document import Cell, Column, Table, Tone
from execbench.report.entries import Entry, middle, speedup_in_words

Value: TypeAlias = float | str | None


@dataclass(frozen=True)
class TrialColumn:
    """A column of trials: what it is called in the flat table, and what heading it has elsewhere; either may be ""."""

    field: str
    value: Callable[[Record], Value]
    heading: str = ""
    text: Callable[[Record], str] = str
    brief: bool = True


def _seconds(value: Callable[[Record], float | None]) -> Callable[[Record], str]:
    return lambda record: numbers.seconds(value(record))


def _median(record: Record) -> float | None:
    return middle(record.samples.seconds)


def _startup(record: Record) -> float | None:
    return middle(record.startup_seconds)


def _first_call(record: Record) -> float | None:
    return middle(record.first_call_seconds)


def _shutdown(record: Record) -> float | None:
    return middle(record.shutdown_seconds)


def _of_speedup(part: str) -> Callable[[Record], Value]:
    return lambda record: getattr(record.speedup, part, None)


def _place_by_speedup(record: Record) -> Value:
    return 1.0 if record.is_baseline else _of_speedup("estimate")(record)


def _doubts(record: Record) -> str:
    return ", ".join(doubt.code for doubt in record.doubts)


TRIAL_COLUMNS = [
    TrialColumn("name", lambda record: record.name),
    TrialColumn("workload", lambda record: record.group),
    TrialColumn("size", lambda record: record.size),
    TrialColumn("backend", lambda record: record.backend),
    TrialColumn("max_workers", lambda record: record.max_workers),
    TrialColumn("chunksize", lambda record: record.chunksize.used),
    TrialColumn("python", lambda record: record.python.name),
    TrialColumn("status", lambda record: record.status),
    TrialColumn("reason", lambda record: record.reason),
    TrialColumn("median_seconds", _median, "median", _seconds(_median)),
    TrialColumn("", _place_by_speedup, "speedup [95 %]", speedup_in_words),
    TrialColumn("speedup", _of_speedup("estimate")),
    TrialColumn("speedup_low", _of_speedup("low")),
    TrialColumn("speedup_high", _of_speedup("high")),
    TrialColumn("cpu_seconds", lambda record: record.cpu_seconds, "CPU", _seconds(lambda record: record.cpu_seconds)),
    TrialColumn(
        "peak_memory_bytes",
        lambda record: record.peak_memory_bytes,
        "memory",
        lambda record: numbers.memory(record.peak_memory_bytes),
    ),
    TrialColumn("startup_seconds", _startup, "start-up", _seconds(_startup)),
    TrialColumn("first_call_seconds", _first_call, "first call", _seconds(_first_call)),
    TrialColumn("shutdown_seconds", _shutdown, "shutdown", _seconds(_shutdown), brief=False),
    TrialColumn("rounds", lambda record: len(record.samples), "rounds", lambda r: f"{len(r.samples):,}", brief=False),
    TrialColumn("launches", lambda record: record.launches),
    TrialColumn("doubts", lambda record: " ".join(doubt.code for doubt in record.doubts), "doubts", _doubts),
]
"""All that is shown of a trial, wherever it is shown."""

_SHOWN = [column for column in TRIAL_COLUMNS if column.heading]
_COLUMNS = [
    Column("trial", numeric=False),
    *(Column(column.heading, column.heading != "doubts", column.brief) for column in _SHOWN),
]


def shown_table(found: Sequence[Entry]) -> Table:
    """Return the table of a race, for people."""
    return Table(_COLUMNS, [_row(entry) for entry in found], "Trials, the fastest first")


def flat_table(records: Sequence[Record]) -> Table:
    """Return the table of all trials, for programs."""
    columns = [column for column in TRIAL_COLUMNS if column.field]
    rows = [[Cell("", column.value(record)) for column in columns] for record in records]
    return Table([Column(column.field) for column in columns], rows, "trials")


def _row(entry: Entry) -> list[Cell]:
    record = entry.record
    if not record.ok:
        return [Cell(entry.title), *(Cell("-", "") for _ in _SHOWN[:-1]), Cell(f"failed: {record.status}", tone="bad")]
    cells = [Cell(column.text(record), _or_empty(column.value(record)), _tone(column, record)) for column in _SHOWN]
    return [Cell(entry.title), *cells]


def _or_empty(value: Value) -> float | str:
    return "" if value is None else value


def _tone(column: TrialColumn, record: Record) -> Tone:
    if column.text is not speedup_in_words or record.speedup is None or not record.speedup.excludes(1.0):
        return ""
    return "good" if record.speedup.low > 1 else "slow"
