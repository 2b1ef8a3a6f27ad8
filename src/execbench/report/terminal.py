"""The report for a terminal, or for a log: a table for each race, and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from rich.console import Group
from rich.table import Table
from rich.text import Text

from execbench.record import Record
from execbench.report import findings, scaling, splits, units
from execbench.report.rendering import LOG_WIDTH, new_table, rendered
from execbench.report.verdict import is_baseline, verdict
from execbench.scaling import Curve, curves

__all__ = ["LOG_WIDTH", "race_report"]


def race_report(records: Sequence[Record], *, usable_cpus: int, colour: bool = False, width: int = LOG_WIDTH) -> str:
    """Return the table and the verdict of one race; without colour it is plain text."""
    heading = Text(f"{records[0].group}, {records[0].size} tasks, {usable_cpus} usable CPUs", style="bold")
    parts: list[Text | Table] = [heading, _table(records, colour)]
    for python, group in findings.by_python(records):
        parts.append(Text(f"{f'{python}: ' if python else ''}{verdict(group)}", style="green"))
    parts += [Text(line) for line in findings.clusters(records)]
    parts += _scaling(curves(records, usable_cpus), colour)
    parts += _splits(records, colour)
    parts += [Text(f"doubt {line}", style="yellow") for line in findings.doubts(records)]
    parts += [Text(f"failed {line}", style="red") for line in findings.failures(records)]
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


def _scaling(found: Sequence[Curve], colour: bool) -> list[Text | Table]:
    """What each backend gains from more workers, where it ran on several numbers of them."""
    if not found:
        return []
    table = _filled(scaling.HEADINGS, scaling.rows(found), colour)
    return [Text(), table, *(Text(f"scaling {line}") for line in scaling.sentences(found))]


def _splits(records: Sequence[Record], colour: bool) -> list[Text | Table]:
    """Where the time of the traced rounds went."""
    rows = splits.rows(sorted(records, key=lambda record: record.trace.wall_seconds if record.trace else 0.0))
    if not rows:
        return []
    heading = Text("Where the worker-seconds of one round went:")
    remarks = (Text(f"trace {line}", style="yellow") for line in splits.sentences(records))
    return [Text(), heading, _filled(splits.HEADINGS, rows, colour), *remarks]


def _filled(headings: Sequence[str], rows: Sequence[Sequence[str]], colour: bool) -> Table:
    """A table whose first column names what the rest is about."""
    table = new_table(colour)
    for heading in headings:
        table.add_column(heading, justify="left" if heading == headings[0] else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _style(record: Record) -> str:
    if record.speedup is None:
        return ""
    if record.speedup.low > 1:
        return "green"
    return "red" if record.speedup.high < 1 else ""
