"""The trials of a race as a report shows them: in which order, under which names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from execbench.records.record import Record
from execbench.report import numbers
from execbench.report.escape import labels


@dataclass(frozen=True)
class Entry:
    """A trial under the name that is shown."""

    title: str
    record: Record


def entries(records: Iterable[Record]) -> list[Entry]:
    """Return the trials of a race: those that were measured, the fastest first, then those that failed."""
    found = list(records)
    names = labels(record.title for record in found)
    ordered = sorted((record for record in found if record.ok), key=lambda record: record.samples.median)
    return [Entry(names[record.title], record) for record in (*ordered, *(each for each in found if not each.ok))]


def measured(found: Iterable[Entry]) -> list[Entry]:
    """Return the trials that have figures."""
    return [entry for entry in found if entry.record.ok]


def by_python(found: Iterable[Entry]) -> dict[str | None, list[Entry]]:
    """Group the trials of a race by interpreter, as each has its own verdict."""
    groups: dict[str | None, list[Entry]] = {}
    for entry in found:
        groups.setdefault(entry.record.python.name, []).append(entry)
    return groups


def middle(values: Sequence[float]) -> float | None:
    """Return the median; None where there is nothing."""
    return median(values) if values else None


def speedup_in_words(record: Record) -> str:
    """Write a trial's speedup with its interval."""
    return "baseline" if record.is_baseline else numbers.speedup(record.speedup)
