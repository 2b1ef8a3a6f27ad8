"""How workers got what a workload gives each of them: an object that all tasks share, and a set-up."""

from collections.abc import Iterator, Mapping, Sequence

from execbench.lane.per_worker import SetupBy, SharedBy
from execbench.records.record import Record
from execbench.report import numbers
from execbench.report.document import Items, lines
from execbench.report.trials import Entry, grouped

_SHARED_BY: Mapping[SharedBy, str] = {
    "initializer": "an initializer gives each worker the shared object",
    "map_shared": "map_shared gives the workers the shared object",
    "function": "the shared object goes with the function",
}
_SETUP_BY: Mapping[SetupBy, str] = {
    "initializer": "an initializer sets up each process",
    "first_task": "the first task sets up each process",
}


def section(trials: Sequence[Entry]) -> Iterator[Items]:
    """Yield each way once with its trials, where the workload gives its workers anything."""
    ways = grouped([entry for entry in trials if entry.record.ok], lambda entry: _ways(entry.record))
    said = [f"{', '.join(entry.title for entry in given)}: {way}" for way, given in ways.items() if way]
    if said:
        yield Items(lines(said), "For each worker", "per worker")


def _ways(record: Record) -> str:
    shared = record.shared_by and _SHARED_BY[record.shared_by]
    setup = record.setup_by and f"{_SETUP_BY[record.setup_by]}, {_counted(record.setups)} in each launch"
    return "; ".join(filter(None, [shared, setup]))


def _counted(counts: Sequence[int]) -> str:
    fewest, most = min(counts), max(counts)
    return numbers.count(most, "time") if fewest == most else f"{fewest:,} to {numbers.count(most, 'time')}"
