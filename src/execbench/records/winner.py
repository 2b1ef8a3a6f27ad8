"""The winner of a race: the trial to use for a number of calls."""

from collections import Counter
from collections.abc import Mapping, Sequence

from execbench.records.calls import MANY, ONCE, ratio, speedup
from execbench.records.record import Record


def winner(records: Sequence[Record], calls: float = MANY) -> Record | None:
    """Return the trial to use for a number of calls; see `winners`."""
    return winners(records, calls)[calls]


def winners(records: Sequence[Record], calls: float = MANY) -> Mapping[float, Record | None]:
    """Return the trial to use for a number of calls, then for one call, and for a pool that lives on.

    It is the baseline if it is to stay serial; None if nothing tells. Of trials that tie with the fastest one, it is
    one that suits the other numbers of calls, too; then one whose control has raced; then the fastest.

    Args:
        records: those of one race under one interpreter, controls included.
        calls: the number of calls that matters most.
    """
    believable = [record for record in records if is_believable(record)]
    serial = next((record for record in believable if record.is_baseline), None)
    rivals = [record for record in believable if not (record.is_baseline or record.is_control)]
    level = {number: _fastest(rivals, serial, number) for number in dict.fromkeys((calls, ONCE, MANY))}
    suits = Counter(name for names in level.values() for name in names)
    controlled = {record.control_of for record in records}
    found: dict[float, Record | None] = {}
    for number, names in level.items():
        first = found.get(calls)
        if first is not None and first.name in names:
            found[number] = first
        elif names:
            best = max(names, key=lambda name: (suits[name], name in controlled, names[name]))
            found[number] = next(record for record in rivals if record.name == best)
        else:
            is_known = any(speedup(record, serial, number) is not None for record in rivals)
            found[number] = serial if is_known else None
    return found


def _fastest(rivals: Sequence[Record], serial: Record | None, calls: float) -> dict[str, float]:
    """Return the speedups of the trials that beat the serial loop for sure and may be the fastest, by name."""
    known = ((record, speedup(record, serial, calls)) for record in rivals)
    faster = {record.name: (record, found) for record, found in known if found is not None and found.low > 1}
    if not faster:
        return {}
    best, _ = max(faster.values(), key=lambda pair: pair[1].estimate)
    return {
        name: found.estimate for name, (record, found) in faster.items() if record is best or ties(record, best, calls)
    }


def ties(record: Record, best: Record, calls: float) -> bool:
    """Return whether a trial may be as fast as the fastest one, for a number of calls.

    One that is settled is not: all launches of the race say so, where its own are too few.
    """
    if record.settled and calls == MANY:
        return False
    slower = ratio(record, best, calls)
    return slower is None or slower.low <= 1


def is_believable(record: Record) -> bool:
    """Return whether a trial was measured, and its figures are possible."""
    return record.ok and all(doubt.code != "impossible" for doubt in record.doubts)
