"""The catalogue: each backend and workload with its options, and whether it works here."""

from collections.abc import Mapping, Sequence

from execbench.plugins.describe import Description
from execbench.plugins.registry import Kind
from execbench.report.document import Cell, Column, Document, Section, Table

_FIELDS = ("kind", "name", "tasks", "works", "what_it_is", "options")


def listing_document(described: Mapping[Kind, Sequence[Description]]) -> Document:
    """Return a table for each kind of plugin."""
    sections = [Section(f"{kind.capitalize()}s", [_table(kind, entries)]) for kind, entries in described.items()]
    flat = [_flat(entry) for entries in described.values() for entry in entries]
    data = Table([Column(name) for name in _FIELDS], flat, "plugins")
    return Document("What can be raced here", sections, data=data)


def _table(kind: Kind, entries: Sequence[Description]) -> Table:
    sized = kind == "workload"
    columns = [
        Column(kind, numeric=False),
        *([Column("tasks")] if sized else []),
        Column("what it is", numeric=False),
        Column("options", numeric=False),
    ]
    rows = [
        [
            Cell(entry.plugin.name),
            *([Cell(str(entry.size or "-"), entry.size or "")] if sized else []),
            _what_it_is(entry),
            Cell(_options(entry)),
        ]
        for entry in entries
    ]
    return Table(columns, rows, f"{kind.capitalize()}s")


def _what_it_is(entry: Description) -> Cell:
    if entry.broken:
        return Cell(f"broken: {entry.broken}", tone="bad")
    if entry.unavailable:
        return Cell(f"unavailable: {entry.unavailable}", tone="warn")
    return Cell(entry.summary)


def _options(entry: Description) -> str:
    return ", ".join(f"{name}={option['allows']} ({option['default']})" for name, option in entry.takes.items())


def _flat(entry: Description) -> list[Cell]:
    works = str(entry.works).lower()
    values = (entry.plugin.kind, entry.plugin.name, entry.size, works, _what_it_is(entry).text, _options(entry))
    return [Cell("", value) for value in values]
