"""The doubts of a run that may have raced at the same time as another one on the same machine."""

from collections.abc import Sequence

from msgspec.structs import replace

from execbench.records.doubts import Doubt
from execbench.records.record import Record
from execbench.supervisor.turn import LOCK_FOLDER, Turn


def doubts_of(turn: Turn) -> list[Doubt]:
    """Return the doubts that hold for all that the run measured."""
    doubts = []
    if turn.other_runs:
        advice = "another run raced at the same time: run again without --no-wait"
        doubts.append(Doubt("not_alone", {"other_runs": turn.other_runs}, advice))
    if turn.error is not None:
        advice = f"other runs may race at the same time: name a folder that can hold a lock in {LOCK_FOLDER}"
        doubts.append(Doubt("no_lock", {"error": turn.error}, advice))
    return doubts


def with_doubts_of_turn(records: Sequence[Record], turn: Turn) -> list[Record]:
    """Add them to all trials that were measured."""
    doubts = doubts_of(turn)
    return [replace(each, doubts=(*each.doubts, *doubts)) if len(each.samples) else each for each in records]
