"""The flat table: a line of CSV for each trial, with plain numbers in seconds and bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from statistics import median

from execbench.record import Record

FIELDS = (
    "name", "workload", "size", "backend", "max_workers", "chunksize", "python", "status", "reason",
    "median_seconds", "speedup", "speedup_low", "speedup_high", "cpu_seconds", "peak_memory_bytes",
    "startup_seconds", "first_call_seconds", "shutdown_seconds", "rounds", "launches", "doubts",
)  # fmt: skip


def as_csv(records: Iterable[Record]) -> str:
    """Return a heading and a line for each record."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows(_line(record) for record in records)
    return output.getvalue()


def cell(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula, and a file from half a letter."""
    whole = text.encode(errors="backslashreplace").decode()
    return f"'{whole}" if whole.startswith(("=", "+", "-", "@", "\t", "\r")) else whole


def _line(record: Record) -> tuple[object, ...]:
    speedup = record.speedup
    return (
        cell(record.name),
        cell(record.group),
        record.size,
        cell(record.backend),
        record.max_workers,
        record.chunksize["used"],
        cell(record.python["name"] or ""),
        record.status,
        cell(record.reason or ""),
        record.samples.median if len(record.samples) else None,
        *((speedup.estimate, speedup.low, speedup.high) if speedup else (None, None, None)),
        record.cpu_seconds,
        record.peak_memory_bytes,
        *map(_middle, (record.startup_seconds, record.first_call_seconds, record.shutdown_seconds)),
        len(record.samples),
        record.launches,
        " ".join(doubt.code for doubt in record.doubts),
    )


def _middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None
