"""The report of break-evens: four rows for each backend, with the measured places that prove them."""

import math
from collections.abc import Sequence

from execbench.report import columns, numbers
from execbench.report.columns import Field
from execbench.report.document import Block, Document, FlatTable, Items, Paragraph, lines
from execbench.report.escape import labels, shown
from execbench.report.metg import doubts, sweep_document
from execbench.sweep.break_even import Found
from execbench.sweep.crossing import End
from execbench.sweep.results import BreakEvenRun
from execbench.sweep.search import LONGEST


def break_even_document(run: BreakEvenRun) -> Document:
    """Return the report of all backends."""
    names = labels(result.backend for result in run.results)
    titled = [(names[result.backend], found) for result in run.results for found in result.found]
    failures = [f"{names[result.backend]}: {result.failure}" for result in run.results if result.failure]
    workers, size = numbers.count(run.max_workers, "worker"), numbers.count(run.fixed.size, "task")
    blocks: list[Block] = [
        Paragraph(f"{shown(run.grain)}, {workers}: where a backend begins to beat the serial loop."),
        Paragraph(
            f"First the cost of each of {size}, then the number of tasks of a grain of {run.fixed.grain}; "
            "each without start-up, then with it."
        ),
        columns.table("backend", _FIELDS, titled, "Break-even of each backend"),
        Items(lines(failures), "Failures", "failed", "bad"),
        doubts(run),
    ]
    return sweep_document("Break-even", run, blocks, _flat(run))


def where(found: Found) -> str:
    """Return where a backend overtakes the serial loop, or why that is unknown."""
    if found.estimate is not None:
        return _place(found, found.estimate)
    return "at once" if found.is_ever_faster else f"not within {LONGEST:g} s"


def proof(found: Found) -> tuple[str, str]:
    """Write both ends of the bracket; a backend that is slower without its start-up was not measured with it."""
    if found.with_startup and not found.spots:
        return "already without start-up", "-"
    return _end(found, found.bracket.below), _end(found, found.bracket.above)


def _end(found: Found, end: End | None) -> str:
    """Write one end of a bracket: `0.861x [0.850, 0.872] at 31.2 µs`."""
    return f"{numbers.speedup(end.measured)} at {_place(found, end.place)}" if end else "-"


def _place(found: Found, place: float) -> str:
    """Write a task cost, or the number of tasks from which on a backend is faster."""
    return numbers.seconds(place) if found.axis == "cost" else numbers.count(math.ceil(place), "task")


_FIELDS: Sequence[Field[Found]] = [
    Field("axis", lambda found: found.axis),
    Field("startup_counted", lambda found: str(found.with_startup).lower()),
    columns.shown("start-up", lambda found: "counted" if found.with_startup else "not counted"),
    Field("estimate", lambda found: found.estimate, "breaks even at", where),
    Field("below", lambda found: found.bracket.below.place if found.bracket.below else None),
    Field("above", lambda found: found.bracket.above.place if found.bracket.above else None),
    columns.shown("proven slower", lambda found: proof(found)[0], numeric=True),
    columns.shown("proven faster", lambda found: proof(found)[1], numeric=True),
    Field("launches", lambda found: found.launches),
]


def _flat(run: BreakEvenRun) -> FlatTable:
    """Return one row for each break-even, then one for each failure."""
    found = [(result.backend, each) for result in run.results for each in result.found]
    flat = columns.flat(_FIELDS, [each for _, each in found])
    rows = [(backend, *values, None) for (backend, _), values in zip(found, flat.rows, strict=True)]
    nothing = [None] * len(flat.fields)
    failed = [(result.backend, *nothing, result.failure) for result in run.results if result.failure]
    return FlatTable(["backend", *flat.fields, "failure"], [*rows, *failed])
