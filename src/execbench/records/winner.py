"""The winner of a race: the trial to use for a number of calls."""

from collections.abc import Sequence

from execbench.records.calls import MANY, ratio, speedup
from execbench.records.record import Record
from execbench.stats import Interval


def winner(records: Sequence[Record], calls: float = MANY, before: Record | None = None) -> Record | None:
    """Return the trial to use, of those of one race under one interpreter, controls included.

    It is the baseline if it is to stay serial; None if nothing tells. Of trials that tie with the fastest one, it is
    `before`, the winner for another number of calls, so that one backend suits both; then one whose control has raced.

    Args:
        records: those of the race.
        calls: how many calls the trial is used for.
        before: the winner for the number of calls that matters more.
    """
    believable = [record for record in records if is_believable(record)]
    serial = next((record for record in believable if record.is_baseline), None)
    rivals = [record for record in believable if not (record.is_baseline or record.is_control)]
    known = [(record, found) for record in rivals if (found := speedup(record, serial, calls)) is not None]
    faster = [(record, found) for record, found in known if found.low > 1]
    if not faster:
        return serial if known else None
    best, _ = max(faster, key=_estimate)
    controlled = {record.control_of for record in records}
    level = [(record, found) for record, found in faster if record is best or ties(record, best, calls)]
    return max(level, key=lambda pair: (pair[0] is before, pair[0].name in controlled, _estimate(pair)))[0]


def ties(record: Record, best: Record, calls: float) -> bool:
    """Return whether a trial may be as fast as another one, for a number of calls."""
    slower = ratio(record, best, calls)
    return slower is None or slower.low <= 1


def is_believable(record: Record) -> bool:
    """Return whether a trial was measured, and its figures are possible."""
    return record.ok and all(doubt.code != "impossible" for doubt in record.doubts)


def _estimate(pair: tuple[Record, Interval]) -> float:
    return pair[1].estimate
