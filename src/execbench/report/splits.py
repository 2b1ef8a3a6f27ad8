"""Where the time went, in words: the traced round of each trial, cut into parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from execbench.record import Record
from execbench.report import units
from execbench.trace import Split, Trace, split

PARTS = ("start-up", "serialise", "dispatch", "run", "return", "idle")
HEADINGS = ("trial", "traced round", *PARTS, "pickled", "tracing")


def traces(records: Sequence[Record]) -> list[tuple[Record, Trace, Split]]:
    """Return the records that have a trace, with it and its split."""
    return [
        (record, record.trace, split(record.trace, record.max_workers))
        for record in records
        if record.ok and record.trace is not None
    ]


def rows(records: Sequence[Record]) -> list[tuple[str, ...]]:
    """Return the cells of a line for each traced trial: the share of each part in all worker-seconds."""
    return [
        (
            record.title,
            units.seconds(trace.wall_seconds),
            *(_share(seconds, found.whole) for seconds in found.parts.values()),
            units.memory(trace.pickled_bytes),
            f"{units.three_figures(trace.slowdown)}x",
        )
        for record, trace, found in traces(records)
    ]


def sentences(records: Sequence[Record]) -> list[str]:
    """Say which splits are not to be believed."""
    return list(_remarks(records))


def _remarks(records: Sequence[Record]) -> Iterator[str]:
    for record, _, found in traces(records):
        if not found.adds_up:
            total = sum(found.parts.values()) + found.excess
            share = _share(total, found.whole)
            yield (
                f"{record.title}: the parts do not add up: they are {share} of {record.max_workers} workers times the "
                "round. More workers took part, they ran several tasks at once, or their clock is another"
            )


def _share(seconds: float, whole: float) -> str:
    return f"{100 * seconds / whole:.1f} %" if whole > 0 else "-"
