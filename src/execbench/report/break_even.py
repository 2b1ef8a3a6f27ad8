"""What is said of break-evens: four rows for each backend, with the measured places that prove them."""

import math

from execbench.report import numbers
from execbench.report.document import Block, Cell, Column, Document, Items, Paragraph, Section, Table, lines
from execbench.report.escape import labels, shown
from execbench.report.metg import where_measured
from execbench.sweep.break_even import Found
from execbench.sweep.crossing import End
from execbench.sweep.results import BreakEvenRun
from execbench.sweep.search import LONGEST

_COLUMNS = [
    Column("backend", numeric=False),
    Column("start-up", numeric=False),
    *map(Column, ("breaks even at", "proven slower", "proven faster")),
]
_FIELDS = ("backend", "axis", "startup_counted", "estimate", "below", "above", "launches", "failure")


def break_even_document(run: BreakEvenRun) -> Document:
    """Return the report of all backends."""
    names = labels(result.backend for result in run.results)
    workers, size = numbers.count(run.max_workers, "worker"), numbers.count(run.fixed.size, "task")
    rows = [_row(names[result.backend], found) for result in run.results for found in result.found]
    failures = [f"{names[result.backend]}: {result.failure}" for result in run.results if result.failure]
    blocks: list[Block] = [
        Paragraph(f"{shown(run.grain)}, {workers}: where a backend begins to beat the serial loop."),
        Paragraph(
            f"First the cost of each of {size}, then the number of tasks of a grain of {run.fixed.grain}; "
            "with the start-up not counted, then counted."
        ),
        Table(_COLUMNS, rows, "Break-even of each backend"),
        Items(lines(failures), "Failures", "failed", "bad"),
    ]
    flat = [_flat(result.backend, found, None) for result in run.results for found in result.found]
    flat += [_flat(result.backend, None, result.failure) for result in run.results if result.failure]
    return Document(
        f"Break-even of {shown(run.grain)}",
        [Section("The answer", blocks, anchor="answer"), where_measured(run)],
        note=run.datetime,
        data=Table([Column(name) for name in _FIELDS], flat, "break-evens"),
    )


def where(found: Found) -> str:
    """Say where the serial loop is overtaken, or why that is not known."""
    if found.estimate is not None:
        return numbers.seconds(found.estimate) if found.axis == "cost" else _tasks(found.estimate)
    return "at once" if found.is_ever_faster else f"not within {LONGEST:g} s"


def proof(found: Found) -> tuple[str, str]:
    """Write both ends of the bracket; a backend that is slower without its start-up was not raced with it."""
    if found.with_startup and not found.spots:
        return "already without start-up", "-"
    return _end(found, found.bracket.below), _end(found, found.bracket.above)


def _row(title: str, found: Found) -> list[Cell]:
    estimate = "" if found.estimate is None else found.estimate
    counted = "counted" if found.with_startup else "not counted"
    return [Cell(title), Cell(counted), Cell(where(found), estimate), *map(Cell, proof(found))]


def _flat(backend: str, found: Found | None, failure: str | None) -> list[Cell]:
    figures: tuple[float | str | None, ...] = (None,) * 6
    if found is not None:
        below, above = (end.place if end else None for end in (found.bracket.below, found.bracket.above))
        counted = str(found.with_startup).lower()
        figures = (found.axis, counted, found.estimate, below, above, found.launches)
    return [Cell("", value) for value in (backend, *figures, failure)]


def _end(found: Found, end: End | None) -> str:
    """Write one end of a bracket: `0.861x [0.850, 0.872] at 31.2 µs`."""
    if end is None:
        return "-"
    place = numbers.seconds(end.place) if found.axis == "cost" else _tasks(end.place)
    return f"{numbers.speedup(end.measured)} at {place}"


def _tasks(number: float) -> str:
    """Write a number of tasks: from the next whole one on a backend is faster."""
    return numbers.count(math.ceil(number), "task")
