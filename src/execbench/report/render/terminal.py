"""A document for a terminal, with colour, or for a log, as plain text."""

import io
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from execbench.report.document import Block, Code, Document, Facts, Items, Paragraph, Section, Table, Tone
from execbench.report.escape import visible, visible_lines

LOG_WIDTH = 150
"""Columns where there is no terminal to ask."""

_STYLES: Mapping[Tone, str] = {
    "": "",
    "verdict": "green",
    "good": "green",
    "slow": "red",
    "bad": "red",
    "warn": "yellow",
}


def as_text(document: Document, *, colour: bool = False, width: int = LOG_WIDTH) -> str:
    """Return the document; without colour there is not a single escape code in it."""
    parts: list[RenderableType] = []
    for section in document.sections:
        if not section.aside:
            title = section.title if document.title == "" or len(document.sections) > 1 else ""
            parts += _section(section, title, colour)
    output = io.StringIO()
    Console(
        file=output, width=width, force_terminal=colour, color_system="standard" if colour else None, highlight=False
    ).print(Group(*parts))
    text = "\n".join(line.rstrip() for line in output.getvalue().splitlines())
    return text.strip("\n") + "\n"


def _section(section: Section, title: str, colour: bool) -> list[RenderableType]:
    parts: list[RenderableType] = [Text()]
    if title:
        parts.append(Text(visible(f"{title}: {section.note}" if section.note else title), style="bold"))
    for block in section.blocks:
        parts += _block(block, colour)
    return parts


def _block(block: Block, colour: bool) -> Sequence[RenderableType]:
    parts: Sequence[RenderableType] = ()
    match block:
        case Paragraph():
            parts = [Text(visible_lines(block.text), style=_STYLES[block.tone])]
        case Table():
            parts = [_table(block, colour)]
        case Items():
            label = f"{block.label} " if block.label else ""
            named = ((f"{item.name}: " if item.name else "") + item.text for item in block.items)
            parts = [Text(f"{label}{visible_lines(text)}", style=_STYLES[block.tone]) for text in named]
        case Facts():
            parts = [Text(visible(f"{name}: {value}")) for name, value in block.pairs]
        case Code():
            parts = [Text(f"  {visible(block.text)}")]
        case Section(aside=False):
            parts = _section(block, block.title, colour)
    return parts


def _table(table: Table, colour: bool) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD if colour else None, pad_edge=False, header_style="bold")
    shown = [place for place, column in enumerate(table.columns) if column.brief]
    for column in (table.columns[place] for place in shown):
        justify = "right" if column.numeric else "left"
        drawn.add_column(Text(visible(column.heading)), justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in table.rows:
        cells = (row[place] for place in shown)
        drawn.add_row(*(Text(visible(cell.text), style=_STYLES[cell.tone]) for cell in cells))
    return drawn
