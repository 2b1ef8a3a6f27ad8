"""From what a lane recorded of a traced round to the record's trace."""

from collections.abc import Sequence, Set
from typing import TypeAlias

from execbench.lane.messages import Expected, LaneFailure, TracedRound
from execbench.records.record import Trace, Worker

_Slot: TypeAlias = tuple[int, int, int]
"""A process, a thread, and a number: a thread that awaits several tasks at once has a slot for each."""


def trace_of(traced: TracedRound, known_pids: Set[int], untraced_seconds: float, expected: Expected) -> Trace:
    """Make a trace; a process that was not known before the round is new.

    Raises:
        LaneFailure: what the lane recorded contradicts itself.
    """
    try:
        return _trace(traced, known_pids, untraced_seconds, expected)
    except ValueError as error:
        raise LaneFailure("wrong_result", f"the traced round: {error}") from error


def _trace(traced: TracedRound, known_pids: Set[int], untraced_seconds: float, expected: Expected) -> Trace:
    slots = _slots(traced.spans)
    workers = list(dict.fromkeys(slots))
    places = {worker: place for place, worker in enumerate(workers)}
    size = (expected.task_bytes or 0) + (expected.result_bytes or 0)
    return Trace(
        wall_seconds=traced.seconds,
        untraced_seconds=untraced_seconds,
        serialise_seconds=traced.serialise_seconds,
        pickled_bytes=0 if traced.shared else size,
        workers=[Worker(pid, thread, pid not in known_pids) for pid, thread, _ in workers],
        start=[start for start, _, _, _ in traced.spans],
        end=[end for _, end, _, _ in traced.spans],
        worker=[places[slot] for slot in slots],
    )


def _slots(spans: Sequence[tuple[float, float, int, int]]) -> list[_Slot]:
    """Return a slot for each task: the first of its thread that is free."""
    slots: dict[int, _Slot] = {}
    busy_until: dict[tuple[int, int], list[float]] = {}
    for task, (start, end, pid, thread) in sorted(enumerate(spans), key=lambda numbered: numbered[1][0]):
        ends = busy_until.setdefault((pid, thread), [])
        number = next((number for number, before in enumerate(ends) if before <= start), len(ends))
        ends[number : number + 1] = [end]
        slots[task] = pid, thread, number
    return [slots[task] for task in range(len(spans))]
