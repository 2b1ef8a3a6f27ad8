"""From what a lane recorded of a traced round to the record's trace."""

from collections.abc import Set

from execbench.lane.messages import Expected, TracedRound
from execbench.records.record import Trace, Worker


def trace_of(traced: TracedRound, known_pids: Set[int], untraced_seconds: float, expected: Expected) -> Trace:
    """Make a trace; a process that was not known before the round is new.

    Raises:
        ValueError: what the lane recorded contradicts itself.
    """
    workers = list(dict.fromkeys((pid, thread) for _, _, pid, thread in traced.spans))
    places = {worker: place for place, worker in enumerate(workers)}
    size = (expected.task_bytes or 0) + (expected.result_bytes or 0)
    return Trace(
        wall_seconds=traced.seconds,
        untraced_seconds=untraced_seconds,
        serialise_seconds=traced.serialise_seconds,
        pickled_bytes=0 if traced.shared else size,
        workers=[Worker(pid, thread, pid not in known_pids) for pid, thread in workers],
        start=[start for start, _, _, _ in traced.spans],
        end=[end for _, end, _, _ in traced.spans],
        worker=[places[pid, thread] for _, _, pid, thread in traced.spans],
    )
