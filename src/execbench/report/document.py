"""The building blocks of a report, whatever form it takes.

All text is raw: it may hold names from strangers, and each renderer escapes it in its own way.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct

Tone: TypeAlias = Literal["", "verdict", "good", "slow", "bad", "warn"]
"""What a text means to its reader; each form has its own way to show it."""

Value: TypeAlias = float | str | None


class Paragraph(Struct, frozen=True):
    """One or more sentences."""

    text: str
    tone: Tone = ""


class Column(Struct, frozen=True):
    """A column of a table."""

    heading: str
    numeric: bool = True
    brief: bool = True
    """Shown on a terminal, too, where room is short."""


class Cell(Struct, frozen=True):
    """A cell of a table."""

    text: str
    value: Value = None
    """What a page sorts by, if not the text; an empty one sorts last."""
    tone: Tone = ""
    page: str = ""
    """The page of the same site to which it links."""


class Table(Struct, frozen=True):
    """Rows of cells; the first cell of each row is its name."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    title: str


class FlatTable(Struct, frozen=True):
    """Rows of plain values, for programs."""

    fields: Sequence[str]
    rows: Sequence[Sequence[Value]]


class Item(Struct, frozen=True):
    """A line of a list, with a name in front, which links to a section if there is an anchor."""

    text: str
    name: str = ""
    anchor: str = ""


class Items(Struct, frozen=True):
    """A list. A page puts a heading above it, all other forms a label before each line."""

    items: Sequence[Item]
    heading: str = ""
    label: str = ""
    tone: Tone = ""


class Facts(Struct, frozen=True):
    """Names with their values."""

    pairs: Sequence[tuple[str, str]]


class Code(Struct, frozen=True):
    """A command."""

    text: str


class Program(Struct, frozen=True):
    """A program in Python, to paste."""

    text: str


class DataColumn(Struct, frozen=True):
    """A column of a chart's data, shown as a table."""

    field: str
    heading: str
    unit: Literal["", "s", "x", "B"] = ""


class Template(Struct, frozen=True):
    """A chart without data: a Vega-Lite specification that refers to the theme's colours by name."""

    title: str
    note: str
    columns: list[DataColumn]
    spec: dict[str, Any]
    name: str = ""
    wide: bool = False
    """It takes the full width of the page."""
    scrolls: bool = False
    """It grows with its data and scrolls, rather than fit the page."""


class Chart(Struct, frozen=True):
    """A template with its data, by column, and a text alternative."""

    template: Template
    data: Mapping[str, Sequence[Any]]
    words: str
    of: str = ""
    """What it shows, where a report has several of the kind."""
    pictured: bool = False
    """It is drawn for Markdown, too."""


class Section(Struct, frozen=True):
    """A part with a title."""

    title: str
    blocks: Sequence["Block"]
    note: str = ""
    anchor: str = ""
    aside: bool = False
    """A terminal leaves it out; within another section it is folded."""


Block: TypeAlias = Paragraph | Table | Items | Facts | Code | Program | Chart | Section


class Document(Struct, frozen=True):
    """A whole report."""

    title: str
    sections: Sequence[Section]
    note: str = ""
    data: FlatTable | None = None
    """Everything in one table."""
    traces: Callable[[], str] | None = None
    """Returns the traced rounds as a Chrome trace file; BadInput where there are none."""

    @property
    def charts(self) -> list[Chart]:
        """All charts in order."""
        return list(_charts(self.sections))


def row(*texts: str) -> list[Cell]:
    """Return cells that hold only text."""
    return [Cell(text) for text in texts]


def known(facts: Mapping[str, object]) -> Facts:
    """Return the facts that have a value."""
    return Facts([(name, str(value)) for name, value in facts.items() if value not in (None, "", "-")])


def lines(texts: Iterable[str]) -> list[Item]:
    """Return items that hold only text."""
    return [Item(text) for text in texts]


def _charts(blocks: Iterable[Block]) -> Iterator[Chart]:
    for block in blocks:
        if isinstance(block, Chart):
            yield block
        elif isinstance(block, Section):
            yield from _charts(block.blocks)
