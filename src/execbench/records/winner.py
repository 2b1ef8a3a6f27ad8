"""The winner of a race: the trial to use for a number of calls."""

from collections.abc import Sequence

from execbench.records.calls import MANY, speedup
from execbench.records.record import Record


def winner(records: Sequence[Record], calls: float = MANY) -> Record | None:
    """Return the trial to use, of those of one race under one interpreter.

    It is the baseline if it is to stay serial; None if nothing tells.
    """
    believable = [record for record in records if is_believable(record)]
    serial = next((record for record in believable if record.is_baseline), None)
    rivals = [record for record in believable if not (record.is_baseline or record.is_control)]
    known = [(record, found) for record in rivals if (found := speedup(record, serial, calls)) is not None]
    faster = [(record, found) for record, found in known if found.low > 1]
    if faster:
        return max(faster, key=lambda pair: pair[1].estimate)[0]
    return serial if known else None


def is_believable(record: Record) -> bool:
    """Return whether a trial was measured, and its figures are possible."""
    return record.ok and all(doubt.code != "impossible" for doubt in record.doubts)
