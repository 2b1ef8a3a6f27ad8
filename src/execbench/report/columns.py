"""Tables from one description of their columns: a table for people, and a flat one for programs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from execbench.report import numbers
from execbench.report.document import Cell, Column, FlatTable, Table, Tone, Value
from execbench.stats import Interval

Row = TypeVar("Row")

BASES = {"paired": "paired", "baseline": "by baseline", "reference": "by reference kernel", "times": "by times alone"}
"""What a ratio is based on, in words."""


@dataclass(frozen=True)
class Field(Generic[Row]):
    """A column: without a name it is not in the flat table, without a heading people do not see it."""

    name: str
    value: Callable[[Row], Value]
    heading: str = ""
    text: Callable[[Row], str] | None = None
    """What people read instead of the value, which then only sorts."""
    tone: Callable[[Row], Tone] | None = None
    numeric: bool = True
    brief: bool = True

    def cell(self, row: Row) -> Cell:
        """Return what people see of a row."""
        value, tone = self.value(row), self.tone(row) if self.tone else ""
        if self.text is None:
            return Cell(str(value), tone=tone)
        return Cell(self.text(row), "" if value is None else value, tone)


def shown(
    heading: str, value: Callable[[Row], str], tone: Callable[[Row], Tone] | None = None, *, numeric: bool = False
) -> Field[Row]:
    """Return a column that only people see."""
    return Field("", value, heading, tone=tone, numeric=numeric)


def seconds(name: str, heading: str, value: Callable[[Row], float | None], *, brief: bool = True) -> Field[Row]:
    """Return a column of times."""
    return Field(name, value, heading, lambda row: numbers.seconds(value(row)), brief=brief)


def interval(names: Sequence[str], value: Callable[[Row], Interval | None]) -> list[Field[Row]]:
    """Return three columns of the flat table: an interval's estimate and its ends."""

    def part(name: str) -> Callable[[Row], Value]:
        return lambda row: getattr(value(row), name, None)

    return [Field(name, part(of)) for name, of in zip(names, ("estimate", "low", "high"), strict=True)]


def table(first: str, fields: Sequence[Field[Row]], titled: Iterable[tuple[str, Row]], title: str) -> Table:
    """Return the table for people; `first` is the heading above the titles of the rows."""
    fields = [field for field in fields if field.heading]
    columns = [Column(first, numeric=False), *(Column(field.heading, field.numeric, field.brief) for field in fields)]
    return Table(columns, [[Cell(name), *(field.cell(row) for field in fields)] for name, row in titled], title)


def flat(fields: Sequence[Field[Row]], rows: Iterable[Row]) -> FlatTable:
    """Return the table for programs."""
    fields = [field for field in fields if field.name]
    return FlatTable([field.name for field in fields], [[field.value(row) for field in fields] for row in rows])
