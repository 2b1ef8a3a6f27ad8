"""What a round used besides its time, and how memory was counted: a table beside that of the trials."""

from collections.abc import Sequence

from execbench.records.record import Record
from execbench.records.usage import FIGURES, Figure
from execbench.report import columns, numbers
from execbench.report.columns import Field
from execbench.report.document import Block, Items, Section, lines
from execbench.report.trials import Entry


def _field(figure: Figure) -> Field[Record]:
    return Field(
        figure.name,
        lambda record: _value(record, figure),
        figure.title,
        lambda record: _in_words(_value(record, figure), figure),
    )


def _value(record: Record, figure: Figure) -> float | None:
    value: float | None = getattr(record.usage, figure.name, None)
    return value


def _in_words(value: float | None, figure: Figure) -> str:
    if value is None:
        return "-"
    if figure.unit == "s":
        return numbers.seconds(value)
    return numbers.memory(round(value)) if figure.unit == "B" else numbers.mean_count(value)


USAGE_FIELDS: Sequence[Field[Record]] = [
    *map(_field, FIGURES),
    Field("memory_counts", lambda record: record.memory_counts),
]


def section(trials: Sequence[Entry]) -> list[Block]:
    """Return the table of the figures that say something of a trial, and what is to be known about its memory."""
    measured = [(entry.title, entry.record) for entry in trials if entry.record.ok]
    telling = [
        field
        for figure, field in zip(FIGURES, USAGE_FIELDS, strict=False)
        if any((_value(record, figure) or 0) >= figure.least for _, record in measured)
    ]
    return [*_table(telling, measured), *_about_memory(trials)]


def _table(fields: Sequence[Field[Record]], measured: Sequence[tuple[str, Record]]) -> list[Block]:
    if not fields:
        return []
    table = columns.table("trial", fields, measured, "What a round used, in the mean")
    return [Section("What a round used", [table], aside=True)]


def _about_memory(trials: Sequence[Entry]) -> list[Block]:
    summed = [
        entry.title
        for entry in trials
        if entry.record.peak_memory_bytes and entry.record.memory_counts == "high_water_marks"
    ]
    if not summed:
        return []
    said = "the sum of its processes' high-water marks, where a page that several share counts in each"
    return [Items(lines([f"of {', '.join(summed)}: {said}"]), "Memory", "memory")]
