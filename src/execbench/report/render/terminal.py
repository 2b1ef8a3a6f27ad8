"""A document as text: in colour for a terminal, plain for a log."""

import io
from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from execbench.report.document import Block, Code, Document, Facts, Items, Paragraph, Program, Section, Table, Tone
from execbench.report.escape import visible, visible_lines

LOG_WIDTH = 150
"""Columns of a log."""

_STYLES: Mapping[Tone, str] = {
    "": "",
    "verdict": "green",
    "good": "green",
    "slow": "red",
    "bad": "red",
    "warn": "yellow",
}


def as_text(document: Document, *, colour: bool = False, width: int = LOG_WIDTH) -> str:
    """Return the document; without colour it holds no escape codes."""
    parts: list[RenderableType] = []
    for section in document.sections:
        if not section.aside:
            title = section.title if document.title == "" or len(document.sections) > 1 else ""
            parts += _section(section, title, colour)
    output = io.StringIO()
    Console(
        file=output,
        width=width,
        force_terminal=colour,
        force_jupyter=False,  # which would show it, rather than return it
        color_system="standard" if colour else None,
        highlight=False,
    ).print(Group(*parts), crop=False)
    text = "\n".join(line.rstrip() for line in output.getvalue().splitlines())
    return text.strip("\n") + "\n"


def _section(section: Section, title: str, colour: bool) -> Iterator[RenderableType]:
    yield Text()
    if title:
        yield Text(visible(f"{title}: {section.note}" if section.note else title), style="bold")
    for block in section.blocks:
        yield from _block(block, colour)


def _block(block: Block, colour: bool) -> Iterator[RenderableType]:
    match block:
        case Paragraph():
            yield Text(visible_lines(block.text), style=_STYLES[block.tone])
        case Table():
            yield _table(block, colour)
        case Items():
            label = f"{block.label} " if block.label else ""
            for item in block.items:
                name = f"{item.name}: " if item.name else ""
                yield Text(f"{label}{visible_lines(name + item.text)}", style=_STYLES[block.tone])
        case Facts():
            yield from (Text(visible(f"{name}: {value}")) for name, value in block.pairs)
        case Code():
            yield Text(f"  {visible(block.text)}")
        case Program():
            yield Text(f"\n{visible_lines(block.text)}", no_wrap=True, overflow="ignore")  # to be pasted as it is
        case Section(aside=False):
            yield from _section(block, block.title, colour)


def _table(table: Table, colour: bool) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD if colour else None, pad_edge=False, header_style="bold")
    for column in table.columns:
        if column.brief:
            justify = "right" if column.numeric else "left"
            drawn.add_column(Text(visible(column.heading)), justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in table.rows:
        cells = (cell for cell, column in zip(row, table.columns, strict=True) if column.brief)
        drawn.add_row(*(Text(visible(cell.text), style=_STYLES[cell.tone]) for cell in cells))
    return drawn
