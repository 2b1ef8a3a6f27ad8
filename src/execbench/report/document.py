"""What every report is made of, whatever it is written as.

A document holds raw words: names of strangers among them are escaped by the renderer, each in its own way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import msgspec

Tone: TypeAlias = Literal["", "verdict", "good", "slow", "bad", "warn"]
"""What words are to their reader, which each form shows in its own way."""


@dataclass(frozen=True)
class Paragraph:
    """Sentences."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    heading: str
    numeric: bool = True
    brief: bool = True
    """A terminal has room for it, too."""


@dataclass(frozen=True)
class Cell:
    """A cell of a table."""

    text: str
    value: float | str | None = None
    """What a page sorts by, and a flat table shows, if that is not the text; an empty one is sorted last."""
    tone: Tone = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first cell of each names its row."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    title: str


@dataclass(frozen=True)
class Item:
    """A line of a list, which may begin with a name, and lead to a section."""

    text: str
    name: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Items:
    """A list: where there is room it has a heading, otherwise each line begins with a label."""

    items: Sequence[Item]
    heading: str = ""
    label: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Facts:
    """Names with what they stand for."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Code:
    """A command."""

    text: str


class DataColumn(msgspec.Struct, frozen=True):
    """A column of a chart's data as a table: its field, its heading, and what its numbers are."""

    field: str
    heading: str
    unit: Literal["", "s", "x", "B"] = ""


class Template(msgspec.Struct, frozen=True):
    """A chart without data: a specification of Vega-Lite whose colours are names of the theme."""

    title: str
    note: str
    columns: list[DataColumn]
    spec: dict[str, Any]
    name: str = ""
    wide: bool = False
    """It takes the whole width of a page."""
    scrolls: bool = False
    """It is as wide as its data, rather than as its place."""


@dataclass(frozen=True)
class Chart:
    """A template with its data, by column, and what it shows in words."""

    template: Template
    data: Mapping[str, Sequence[Any]]
    words: str
    of: str = ""
    """What it is of, where there are several of the kind."""
    pictured: bool = False
    """It is drawn for a summary, too."""


@dataclass(frozen=True)
class Section:
    """A part with a title."""

    title: str
    blocks: Sequence["Block"]
    note: str = ""
    anchor: str = ""
    aside: bool = False
    """Only pages show it, and within another section it is folded."""


Block: TypeAlias = Paragraph | Table | Items | Facts | Code | Chart | Section


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    sections: Sequence[Section]
    note: str = ""
    data: Table | None = None
    """All of it as one flat table, whose headings are names for programs."""
    traces: Callable[[], str] | None = None
    """Returns the traced rounds as a Chrome trace file; raises BadInput where there are none."""

    @property
    def charts(self) -> list[Chart]:
        """All charts, in their order."""
        return [chart for section in self.sections for chart in _charts(section)]


def row(*texts: str) -> list[Cell]:
    """Return cells that are no more than their text."""
    return [Cell(text) for text in texts]


def lines(texts: Sequence[str]) -> list[Item]:
    """Return items that are no more than their text."""
    return [Item(text) for text in texts]


def _charts(section: Section) -> list[Chart]:
    found: list[Chart] = []
    for block in section.blocks:
        found += _charts(block) if isinstance(block, Section) else [block] if isinstance(block, Chart) else []
    return found
