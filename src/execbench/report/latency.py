"""The report of single calls: a row for each backend, with what its calls cost, empty and with an argument."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from execbench.lane.modes import Mode, Noted
from execbench.records.record import Record
from execbench.report import columns, numbers
from execbench.report.charts.chart import chart, ends
from execbench.report.columns import Field
from execbench.report.document import Block, Chart, Document, Paragraph, Section
from execbench.report.escape import labels
from execbench.report.trials import NOTED_FIELDS, TRIAL_FIELDS, Entry, noted
from execbench.report.trouble import trouble
from execbench.stats import Interval, Samples, mean_of_launches, median_logs

_MODES: Sequence[Mode] = ("in_turn", "at_once", "cancel")

Row: TypeAlias = Mapping[tuple[Mode, int], Record]
"""The trials of one backend that were measured, by their mode and the bytes of their arguments."""


def of_single_calls(records: Sequence[Record]) -> list[Record]:
    """Return the trials that submitted their tasks as single calls."""
    return [record for record in records if record.mode in _MODES]


def latency_document(records: Sequence[Record]) -> Document:
    """Return the report of `execbench latency`, for a terminal or a log."""
    data = columns.flat([*TRIAL_FIELDS, *NOTED_FIELDS], records)
    return Document("Latency", latency_sections(of_single_calls(records)), data=data)


def latency_sections(records: Sequence[Record]) -> list[Section]:
    """Return the section of single calls; none without records."""
    if not records:
        return []
    rows = _rows(records)
    names = labels(record.name for record in records)
    sizes = sorted({nbytes for _, row in rows for _, nbytes in row if nbytes})
    blocks: list[Block] = [
        columns.table("backend", _EMPTY, rows, "Empty calls"),
        *([columns.table("backend", [*_loaded(sizes)], rows, "Calls with an argument")] if sizes else []),
        Paragraph("Round trips: the median of calls that each wait for the one before, with its 95 % interval."),
        *trouble([Entry(names[record.name], record) for record in records]),
        *_round_trips(rows),
        *_rates(rows),
    ]
    return [Section("Single calls", blocks, note=numbers.count(len(rows), "backend"), anchor="single-calls")]


def _rows(records: Sequence[Record]) -> list[tuple[str, Row]]:
    """The backends with their trials, the one with the shortest round trip first."""
    rows: dict[str, dict[tuple[Mode, int], Record]] = {}
    for record in records:
        row = rows.setdefault(_title(record), {})
        if record.ok:
            row[record.mode, _nbytes(record)] = record
    names = labels(rows)
    titled = [(names[title], row) for title, row in rows.items()]
    return sorted(titled, key=lambda pair: _estimate(_round_trip(pair[1])) or math.inf)


def _nbytes(record: Record) -> int:
    """The bytes of an argument; 0 for an empty call."""
    nbytes = record.workload_options.get("nbytes")
    return max(0, nbytes) if isinstance(nbytes, int) else 0


def _title(record: Record) -> str:
    """What the trials of a backend have in common: all but the workload, the number of calls and the mode."""
    return "/".join(part for part in record.title.split("/") if part not in (f"n{record.size}", record.mode))


def _interval(record: Record | None, values: Callable[[Record], Sequence[float]]) -> Interval | None:
    """Return the median over rounds with its interval over the launches; None where there are not two, or no values."""
    measured = values(record) if record is not None else ()
    if record is None or not measured or min(measured) <= 0:
        return None
    samples = record.samples
    logs = median_logs(Samples(measured, samples.launch, samples.heat))
    return mean_of_launches(logs, samples.planned).interval() if len(logs) > 1 else None


def _round_trip(row: Row, nbytes: int = 0) -> Interval | None:
    return _interval(row.get(("in_turn", nbytes)), lambda record: record.noted.get("round_trip_p50", ()))


def _rate(row: Row, mode: Mode, nbytes: int = 0) -> Interval | None:
    """Calls per second; of calls with an argument, bytes per second."""
    return _interval(
        row.get((mode, nbytes)),
        lambda record: [record.size * (nbytes or 1) / seconds for seconds in record.samples.seconds],
    )


def _noted(row: Row, mode: Mode, name: Noted) -> float | None:
    record = row.get((mode, 0))
    return None if record is None else noted(record, name)


def _cancelled(row: Row) -> float | None:
    count = _noted(row, "cancel", "cancelled")
    return None if count is None else count / row["cancel", 0].size


def _estimate(interval: Interval | None) -> float | None:
    return None if interval is None else interval.estimate


def _field(heading: str, of: Callable[[Row], Interval | None], text: Callable[[Interval], str]) -> Field[Row]:
    def said(row: Row) -> str:
        interval = of(row)
        return "-" if interval is None else text(interval)

    return Field("", lambda row: _estimate(of(row)), heading, said)


def _per_second(interval: Interval) -> str:
    return f"{numbers.mean_count(interval.estimate)}/s"


def _bytes_per_second(interval: Interval) -> str:
    return f"{numbers.memory(round(interval.estimate))}/s"


_EMPTY: Sequence[Field[Row]] = [
    _field("round trip [95 %]", _round_trip, numbers.seconds_interval),
    columns.seconds("", "99th percentile", lambda row: _noted(row, "in_turn", "round_trip_p99")),
    _field("in turn", lambda row: _rate(row, "in_turn"), _per_second),
    _field("at once", lambda row: _rate(row, "at_once"), _per_second),
    columns.seconds("", "first result", lambda row: _noted(row, "at_once", "first_result_seconds")),
    Field("", _cancelled, "cancelled", lambda row: "-" if (it := _cancelled(row)) is None else numbers.percent(it)),
]


def _loaded(sizes: Sequence[int]) -> list[Field[Row]]:
    return [field for nbytes in sizes for field in _of_argument(nbytes)]


def _of_argument(nbytes: int) -> list[Field[Row]]:
    return [
        _field(numbers.memory(nbytes), lambda row: _round_trip(row, nbytes), lambda it: numbers.seconds(it.estimate)),
        _field("at once", lambda row: _rate(row, "at_once", nbytes), _bytes_per_second),
    ]


def _round_trips(rows: Sequence[tuple[str, Row]]) -> list[Chart]:
    """Chart the round trip of a call by the size of its argument."""
    found = [
        (title, nbytes, interval)
        for title, row in rows
        for mode, nbytes in sorted(row)
        if mode == "in_turn" and (interval := _round_trip(row, nbytes)) is not None
    ]
    data = [
        {"backend": title, "argument": _argument(nbytes), "seconds": interval.estimate, **ends(interval)}
        for title, nbytes, interval in found
    ]
    said = "; ".join(f"{title} {numbers.seconds(interval.estimate)}" for title, nbytes, interval in found if not nbytes)
    return chart("latency", data, f"Round trip of an empty call: {said}.", pictured=True)


def _rates(rows: Sequence[tuple[str, Row]]) -> list[Chart]:
    """Chart the calls per second, one after another and at once."""
    ways: Mapping[Mode, str] = {"in_turn": "in turn", "at_once": "at once"}
    found = [
        (title, way, interval)
        for title, row in rows
        for mode, way in ways.items()
        if (interval := _rate(row, mode)) is not None
    ]
    data = [{"backend": title, "calls": way, "rate": it.estimate, **ends(it)} for title, way, it in found]
    said = "; ".join(f"{title} {_per_second(interval)} {way}" for title, way, interval in found)
    return chart("call_rate", data, f"Empty calls per second: {said}.", pictured=True)


def _argument(nbytes: int) -> str:
    return numbers.memory(nbytes) if nbytes else "none"
