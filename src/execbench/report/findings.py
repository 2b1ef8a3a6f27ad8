"""What a race leaves to be said beside its figures: doubts and failures, each reason once with all it struck."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from execbench.record import Record
from execbench.report import units


def by_python(records: Sequence[Record]) -> Iterable[tuple[str | None, list[Record]]]:
    """Group the records of a race by interpreter, as each has a verdict of its own."""
    groups: dict[str | None, list[Record]] = {}
    for record in records:
        groups.setdefault(record.python["name"], []).append(record)
    return groups.items()


def doubts(records: Sequence[Record]) -> list[str]:
    """One line for each kind of doubt: its trials with their numbers, and the advice."""
    lines: dict[str, list[str]] = {}
    advice: dict[str, str] = {}
    for record in records:
        for doubt in record.doubts:
            numbers = ", ".join(f"{name} {units.number(value)}" for name, value in doubt.numbers.items())
            lines.setdefault(doubt.code, []).append(f"{record.title} ({numbers})")
            advice[doubt.code] = doubt.advice
    return [f"{code}: {'; '.join(trials)}: {advice[code]}" for code, trials in lines.items()]


def failures(records: Sequence[Record]) -> list[str]:
    """Each reason once, with all the trials it struck: a broken workload fails every backend alike."""
    struck: dict[str, list[str]] = {}
    for record in records:
        if not record.ok:
            struck.setdefault(f"{record.status}: {record.reason}", []).append(record.title)
    return [f"{', '.join(titles)}: {reason}" for reason, titles in struck.items()]


def clusters(records: Sequence[Record]) -> list[str]:
    """Say where the workers were that were there before."""
    return [
        f"{record.title} ran on the cluster at {record.cluster['address']}: {record.cluster['workers']} workers on "
        f"{', '.join(record.cluster['hosts'])}; CPU and memory are those of this side alone"
        for record in records
        if record.cluster
    ]
