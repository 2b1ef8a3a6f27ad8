"""Predicts how far each engine scales, from costs measured here, and holds the prediction against what runs here.

    python benchmarks/simulate_scale.py [BACKEND ...]

Four costs of each engine are measured with two workers and with one, task by task (`chunksize=1`):

- dispatch: seconds of a map over 1,000 empty tasks, for each of them. Everything that is done one task after another
  is in it: what the program does, what a scheduler does.
- gap: by how much a task of 5 ms, which waits, takes longer than that on the only worker.
- bytes: seconds that each byte of an argument adds to the dispatch.
- opening: seconds to start the workers, as a line over 1, 2, 4 and 8 of them.

A discrete-event model then runs any number of tasks on any number of workers: the dispatcher hands out one task after
another, a worker that is free takes the next one and needs the task's time and the gap. Nothing else is in the model:
no network, no second scheduler, no memory that runs out.

The tables show the costs; how far predictions are from measurements with 1 to 8 workers, whose tasks wait, so that two
CPUs are no limit; predicted speedups, METG (the shortest tasks at which half of the workers' time is useful), and the
number of workers beyond which the dispatcher keeps less than half of them busy.
"""

from __future__ import annotations

import argparse
import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from execbench import race
from execbench.records.record import Record
from execbench.report.numbers import seconds as written

HERE = (1, 2, 4, 8)
"""Workers that are measured."""

AWAY = (2, 8, 32, 128, 512, 1_024, 4_096)
"""Workers that are predicted."""

GRAINS = (0.001, 0.01, 0.1, 1.0, 10.0)
"""Seconds of a task."""

TASKS_PER_WORKER = 16
TASKS_HERE = 64
CALLS = 1_000
NBYTES = 100_000
WAITS = (0.005, 0.02)
"""Seconds of the tasks that are measured; the gap comes from the first, with one worker."""

BACKENDS = (
    "threads",
    "pool",
    "process_pool",
    "joblib",
    "loky",
    "dask",
    "ray",
    "mpi",
    "executorlib",
    "ipyparallel",
    "parsl",
)


@dataclass(frozen=True)
class Engine:
    """What an engine costs, in seconds."""

    name: str
    dispatch: float
    gap: float
    of_byte: float
    opening: float
    opening_of_worker: float

    def makespan(self, workers: int, tasks: int, grain: float, nbytes: int = 0) -> float:
        """Run the model: return when the last task ends."""
        free = [0.0] * min(workers, tasks)
        step, end = self.dispatch + nbytes * self.of_byte, 0.0
        for number in range(1, tasks + 1):
            end_of_this = max(free[0], number * step) + grain + self.gap
            heapq.heapreplace(free, end_of_this)
            end = max(end, end_of_this)
        return end

    def speedup(self, workers: int, grain: float, nbytes: int = 0) -> float:
        """Return how many times as fast as a loop it is, with enough tasks for all workers."""
        tasks = TASKS_PER_WORKER * workers
        return tasks * grain / self.makespan(workers, tasks, grain, nbytes)

    def metg(self, workers: int) -> float:
        """Return the shortest tasks with an efficiency of one half, to a hundredth, from a microsecond on."""
        low, high = math.log(1e-6), math.log(1e4)
        while high - low > 0.01:
            middle = (low + high) / 2
            low, high = (low, middle) if self.speedup(workers, math.exp(middle)) >= workers / 2 else (middle, high)
        return math.exp(high)

    def most_workers(self, grain: float) -> int:
        """Return the largest power of two of workers with an efficiency of one half; 0 if not even one has it."""
        enough = [2**power for power in range(15) if self.speedup(2**power, grain) >= 2**power / 2]
        return max(enough, default=0)


def measured(backend: str) -> tuple[Engine, Mapping[tuple[int, float], float]]:
    """Return the costs of an engine, and the seconds of a round by its workers and the seconds of a task."""
    empty = _raced("noop", backend, [2], CALLS)
    heavy = _raced(f"noop[nbytes={NBYTES}]", backend, [2], CALLS // 5)
    waiting = {grain: _raced(f"wait[milliseconds={1e3 * grain:g}]", backend, HERE, TASKS_HERE) for grain in WAITS}
    rounds = {(each.max_workers, grain): each.samples.median for grain in WAITS for each in waiting[grain]}
    dispatch = empty[0].samples.median / CALLS
    weight, base = linear_regression(HERE, [median(each.startup_seconds) for each in waiting[WAITS[0]]])
    engine = Engine(
        backend,
        dispatch,
        max(0.0, rounds[1, WAITS[0]] / TASKS_HERE - WAITS[0]),
        max(0.0, heavy[0].samples.median / (CALLS // 5) - dispatch) / NBYTES,
        max(0.0, base),
        max(0.0, weight),
    )
    return engine, rounds


def _raced(workload: str, backend: str, workers: Sequence[int], size: int) -> list[Record]:
    found = race(workload, backends=[backend], max_workers=list(workers), size=size, chunksize=1, launches=5)
    records = [record for record in found.records if not record.is_baseline]
    if failed := [record.reason for record in records if not record.ok]:
        raise SystemExit(f"{backend} failed on {workload}: {failed[0]}")
    return sorted(records, key=lambda record: record.max_workers)


def _error(engine: Engine, rounds: Mapping[tuple[int, float], float], workers: int) -> float:
    """Return the median over the grains of what is predicted, divided by what was measured."""
    return median(engine.makespan(workers, TASKS_HERE, grain) / rounds[workers, grain] for grain in WAITS)


def _written(cost: float) -> str:
    return written(cost) if cost else "0"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"\n| {' | '.join(head)} |\n|---|{'---:|' * (len(head) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def main() -> None:
    """Measure each engine, then print what follows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("backends", nargs="*", default=BACKENDS, metavar="BACKEND")
    found = [measured(backend) for backend in parser.parse_args().backends]
    engines = [engine for engine, _ in found]
    _table(
        ["backend", "dispatch", "gap", "100 kB", "opening", "for each worker"],
        [
            [e.name, *map(_written, (e.dispatch, e.gap, e.of_byte * 1e5, e.opening, e.opening_of_worker))]
            for e in engines
        ],
    )
    _table(
        ["predicted / measured, by workers", *map(str, HERE)],
        [[engine.name, *(f"{_error(engine, rounds, workers):.2f}" for workers in HERE)] for engine, rounds in found],
    )
    errors = [abs(math.log(_error(engine, rounds, workers))) for engine, rounds in found for workers in HERE[1:]]
    typical, worst = math.exp(median(errors)), math.exp(max(errors))
    print(f"\nThe error is a factor of {typical:.2f} in the median, {worst:.2f} at worst.")
    for grain in GRAINS[1:4]:
        _table(
            [f"speedup, {written(grain)}", *(f"{workers:,}" for workers in AWAY)],
            [[engine.name, *(f"{engine.speedup(workers, grain):,.3g}" for workers in AWAY)] for engine in engines],
        )
    _table(
        ["METG", *(f"{workers:,}" for workers in AWAY)],
        [[engine.name, *(written(engine.metg(workers)) for workers in AWAY)] for engine in engines],
    )
    _table(
        ["most workers", *map(written, GRAINS)],
        [[engine.name, *(f"{engine.most_workers(grain):,}" for grain in GRAINS)] for engine in engines],
    )


if __name__ == "__main__":
    main()
