"""The report for a terminal, or for a log: a table for each race, and its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from rich.console import Group
from rich.table import Table
from rich.text import Text

from execbench.record import Record
from execbench.report import units
from execbench.report.rendering import LOG_WIDTH, new_table, rendered
from execbench.report.verdict import is_baseline, verdict

__all__ = ["LOG_WIDTH", "race_report"]


def race_report(records: Sequence[Record], *, usable_cpus: int, colour: bool = False, width: int = LOG_WIDTH) -> str:
    """Return the table and the verdict of one race; without colour it is plain text."""
    heading = Text(f"{records[0].group}, {records[0].size} tasks, {usable_cpus} usable CPUs", style="bold")
    parts: list[Text | Table] = [heading, _table(records, colour)]
    for python, group in _by_python(records):
        parts.append(Text(f"{f'{python}: ' if python else ''}{verdict(group)}", style="green"))
    parts += [Text(line) for line in _clusters(records)]
    parts += [Text(line, style="yellow") for line in _doubts(records)]
    parts += [Text(line, style="red") for line in _failures(records)]
    return rendered(Group(*parts), colour, width)


def _table(records: Sequence[Record], colour: bool) -> Table:
    table = new_table(colour)
    table.add_column("trial", overflow="fold")
    for heading in ("median", "speedup [95 %]", "CPU", "memory", "start-up", "first call", "doubts"):
        table.add_column(heading, justify="left" if heading == "doubts" else "right", overflow="fold")
    for record in sorted((record for record in records if record.ok), key=lambda record: record.samples.median):
        speedup = "baseline" if is_baseline(record) else units.ratio(record.speedup)
        table.add_row(
            Text(record.title),
            units.seconds(record.samples.median),
            Text(speedup, style=_style(record)),
            units.seconds(record.cpu_seconds),
            units.memory(record.peak_memory_bytes),
            units.seconds(median(record.startup_seconds)),
            units.seconds(median(record.first_call_seconds)),
            Text(", ".join(doubt.code for doubt in record.doubts)),
        )
    for record in records:
        if not record.ok:
            table.add_row(Text(record.title), Text(record.status, style="red"))
    return table


def _style(record: Record) -> str:
    if record.speedup is None:
        return ""
    if record.speedup.low > 1:
        return "green"
    return "red" if record.speedup.high < 1 else ""


def _by_python(records: Sequence[Record]) -> Iterable[tuple[str | None, list[Record]]]:
    groups: dict[str | None, list[Record]] = {}
    for record in records:
        groups.setdefault(record.python["name"], []).append(record)
    return groups.items()


def _clusters(records: Sequence[Record]) -> list[str]:
    """Say where the workers were that were there before."""
    return [
        f"{record.title} ran on the cluster at {record.cluster['address']}: {record.cluster['workers']} workers on "
        f"{', '.join(record.cluster['hosts'])}; CPU and memory are those of this side alone"
        for record in records
        if record.cluster
    ]


def _doubts(records: Sequence[Record]) -> list[str]:
    """One line for each kind of doubt: its trials with their numbers, and the advice."""
    lines: dict[str, list[str]] = {}
    advice: dict[str, str] = {}
    for record in records:
        for doubt in record.doubts:
            numbers = ", ".join(f"{name} {units.number(value)}" for name, value in doubt.numbers.items())
            lines.setdefault(doubt.code, []).append(f"{record.title} ({numbers})")
            advice[doubt.code] = doubt.advice
    return [f"doubt {code}: {'; '.join(trials)}: {advice[code]}" for code, trials in lines.items()]


def _failures(records: Sequence[Record]) -> list[str]:
    """Each reason once, with all the trials it struck: a broken workload fails every backend alike."""
    struck: dict[str, list[str]] = {}
    for record in records:
        if not record.ok:
            struck.setdefault(f"{record.status}: {record.reason}", []).append(record.title)
    return [f"failed {', '.join(titles)}: {reason}" for reason, titles in struck.items()]
