"""A document as Markdown, for a job summary or a pull request: the first section is open, the others are folded."""

from collections.abc import Iterator, Mapping

from execbench.report.document import (
    Block,
    Chart,
    Code,
    Document,
    Facts,
    Item,
    Items,
    Paragraph,
    Program,
    Section,
    Table,
)
from execbench.report.escape import code, plain, visible_lines

Pictures = Mapping[int, str]
"""The path of each chart that was drawn, by the chart's id."""


def as_markdown(document: Document, pictures: Pictures | None = None) -> str:
    """Return the document with those charts that have pictures."""
    lines = [f"# {plain(document.title)}", ""]
    lines += [plain(document.note), ""] if document.note else []
    first, *others = document.sections
    for block in first.blocks:
        lines += _block(block, pictures or {})
    for section in others:
        lines += _folded(section, pictures or {})
    return "\n".join(lines).rstrip("\n") + "\n"


def _folded(section: Section, pictures: Pictures) -> Iterator[str]:
    yield from (f"<details><summary>{_title(section)}</summary>", "")
    for block in section.blocks:
        yield from _block(block, pictures)
    yield from ("</details>", "")


def _title(section: Section) -> str:
    return plain(f"{section.title}: {section.note}" if section.note else section.title)


def _block(block: Block, pictures: Pictures) -> Iterator[str]:
    match block:
        case Paragraph():
            said = plain(" ".join(block.text.split("\n")))
            yield from (f"**{said}**" if block.tone == "verdict" else said, "")
        case Table():
            yield from (*_table(block), "")
        case Items() if block.items:
            yield from (*(f"- {_item(block, item)}" for item in block.items), "")
        case Facts():
            yield from (*(f"- {plain(name)}: {plain(value)}" for name, value in block.pairs), "")
        case Code() | Program():
            yield from (*_code(block), "")
        case Chart() if id(block) in pictures:
            yield from (f"![{plain(block.words)}]({pictures[id(block)]})", "")
        case Section(aside=True):
            yield from _folded(block, pictures)
        case Section():
            yield from (f"### {_title(block)}", "")
            for part in block.blocks:
                yield from _block(part, pictures)


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(plain(column.heading) for column in table.columns)} |"
    yield f"|{'|'.join('---:' if column.numeric else '---' for column in table.columns)}|"
    for name, *others in table.rows:
        yield f"| {' | '.join([code(name.text), *(plain(cell.text) for cell in others)])} |"


def _item(items: Items, item: Item) -> str:
    label = f"{items.label} " if items.label else ""
    name = f"{code(item.name)}: " if item.name else ""
    return f"{label}{name}{plain(' '.join(item.text.split(chr(10))))}"


def _code(block: Code | Program) -> list[str]:
    """Code in a fence longer than any in it, so that it cannot close the block."""
    text, language = visible_lines(block.text.rstrip()), "sh" if isinstance(block, Code) else "python"
    fence = "```"
    while fence in text:
        fence += "`"
    return [f"{fence}{language}", text, fence]
