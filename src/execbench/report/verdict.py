"""The verdict of a race: which backend to use, by how much, how sure that is, and when to stay serial."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from execbench.record import Record
from execbench.report import units
from execbench.stats import Interval, paired_ratio
from execbench.trial import BASELINE


def is_baseline(record: Record) -> bool:
    """Tell whether a record is the serial loop's."""
    return record.backend == BASELINE


def verdict(records: Sequence[Record]) -> str:
    """Say in a sentence or two what the records of one race, under one interpreter, show."""
    ok = sorted((record for record in records if record.ok), key=lambda record: record.samples.median)
    serial = next((record for record in ok if is_baseline(record)), None)
    rivals = [record for record in ok if not is_baseline(record)]
    if not ok:
        return "No verdict: every trial failed."
    if serial is None:
        return f"No verdict on staying serial, as there is no baseline; the fastest is {_named(rivals[:1])}."
    if not rivals:
        return f"Nothing to compare: only serial was measured, at {units.seconds(serial.samples.median)} a round."
    winners = [record for record in rivals if record.speedup is not None and record.speedup.low > 1]
    if winners:
        return _use(max(winners, key=lambda record: record.speedup.estimate if record.speedup else 0.0), rivals)
    return _stay_serial(serial, max(rivals, key=lambda record: record.speedup.estimate if record.speedup else 0.0))


def overhead(record: Record, serial: Record) -> float:
    """Return the seconds that a round takes beyond the baseline shared out among the workers."""
    return record.samples.median - serial.samples.median / record.max_workers


def _use(winner: Record, rivals: Sequence[Record]) -> str:
    assert winner.speedup is not None
    ties = [record for record in rivals if record is not winner and _cannot_be_told_apart(record, winner)]
    sentence = f"Use {winner.title}: {_as_fast(winner.speedup)} serial."
    if not ties:
        return f"{sentence} No other comes level with it."
    return f"{sentence} The intervals cannot tell it apart from {_named(ties)}."


def _stay_serial(serial: Record, nearest: Record) -> str:
    costs = (
        f"Parallel would have to overcome {units.seconds(max(0.0, overhead(nearest, serial)))} of overhead a round, "
        f"and {units.seconds(median(nearest.startup_seconds))} to start."
    )
    if nearest.speedup is None:
        return f"Stay serial: no other backend has an interval. {costs}"
    if not nearest.speedup.excludes(1.0):
        return f"Stay serial: the nearest, {nearest.title}, cannot be told from it ({_interval(nearest.speedup)})."
    return f"Stay serial: the nearest, {nearest.title}, is only {_as_fast(nearest.speedup)} serial. {costs}"


def _cannot_be_told_apart(record: Record, winner: Record) -> bool:
    ratio = paired_ratio(record.samples, winner.samples)
    return ratio is None or ratio.low <= 1


def _as_fast(speedup: Interval) -> str:
    return f"{units.three_figures(speedup.estimate)}x as fast ({_interval(speedup)}) as"


def _interval(speedup: Interval) -> str:
    return f"95 % interval {units.three_figures(speedup.low)} to {units.three_figures(speedup.high)}"


def _named(records: Sequence[Record]) -> str:
    names = [record.title for record in records]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
