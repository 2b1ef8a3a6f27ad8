"""The catalogue as tables: each backend and workload with its options, and whether it works here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from execbench.lane.describing import Description
from execbench.report.rendering import LOG_WIDTH, new_table, rendered

__all__ = ["LOG_WIDTH", "listing"]


def listing(described: Mapping[str, Sequence[Description]], *, colour: bool = False, width: int = LOG_WIDTH) -> str:
    """Return a table for each kind of plugin."""
    return rendered(Group(*(_table(kind, entries, colour) for kind, entries in described.items())), colour, width)


def _table(kind: str, entries: Sequence[Description], colour: bool) -> Table:
    table = new_table(colour)
    for heading in (kind, "tasks", "what it is", "options") if kind == "workload" else (kind, "what it is", "options"):
        table.add_column(heading, overflow="fold")
    for entry in entries:
        size = [str(entry.size or "-")] if kind == "workload" else []
        table.add_row(Text(entry.plugin.name), *size, _what_it_is(entry), Text(_options(entry)))
    table.add_row()
    return table


def _what_it_is(entry: Description) -> Text:
    if entry.broken:
        return Text(f"broken: {entry.broken}", style="red")
    if entry.unavailable:
        return Text(f"unavailable: {entry.unavailable}", style="yellow")
    return Text(entry.summary)


def _options(entry: Description) -> str:
    return ", ".join(f"{name}={option['allows']} ({option['default']})" for name, option in entry.takes.items())
