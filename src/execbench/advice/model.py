"""How long a backend will take for the tasks, predicted from what tasks cost and what the backend costs.

    processes:  open + set-up + max(what the parent sends and receives, the schedule of the chunks) + close
    threads:    open + set-up + max(what holds the lock, the schedule) + close

The prediction has a wide interval: caches, memory bandwidth and the hand-over of the lock cannot be computed.
It says what cannot win. What may win is raced.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from execbench.advice.probe import Facts
from execbench.lane.questions import Calibrated
from execbench.stats import Floats, Interval

MOST_CHUNKS = 20_000
"""More are not scheduled one by one: then no chunk matters."""

DISPATCH_SHARE = 0.05
"""What dispatching may cost of a task's time: it decides the smallest chunk."""

NO_EFFECT = 0.01
"""Of what a call costs: a backend whose chunks cost less each ignores their size."""

ALIKE = 2
"""Chunk sizes that differ by less than this factor are one candidate: racing both would tell nothing."""

PER_WORKER = 4
"""Chunks for each worker in the largest chunk that is considered."""

OPTIMISM, PESSIMISM = 0.8, 2.0
"""The ends of the interval, in multiples of the prediction, where nothing else bounds it."""


@dataclass(frozen=True)
class Load:
    """What is sent beside the tasks."""

    bytes: float = 0.0
    seconds: float = 0.0
    """To pickle and unpickle it."""

    def sending(self, backend: Calibrated) -> float:
        """Return the seconds that it takes the parent to send it."""
        return self.bytes * backend.byte_out + self.seconds / 2


@dataclass(frozen=True)
class Costs:
    """The seconds of each task: those that were run speak for all."""

    seconds: Floats
    """In the order in which tasks are sent, as far as known."""
    pickling: float
    """Seconds to pickle and unpickle one task with its result."""
    traffic: tuple[float, float]
    """Bytes of a task, and of a result."""
    held: float
    """The share of a task in which no other thread runs."""
    waiting: float
    """The share of a task in which nothing computes."""
    setup: float
    """What the first task of a process costs beyond others."""
    imports: float = 0.0
    """What a new interpreter takes to import the function."""
    awaited: bool = False
    """Tasks are coroutines."""
    each_chunk: Load = Load()
    each_worker: Load = Load()

    @classmethod
    def of(cls, facts: Facts, seed: int = 0) -> "Costs":
        """Draw the costs of all tasks from those that were run."""
        random = np.random.default_rng(seed)
        wall = np.asarray(facts.wall)
        drawn, rest = wall[: facts.drawn], wall[facts.drawn :]
        seconds = np.concatenate([rest, random.choice(drawn, facts.tasks - len(rest))])
        random.shuffle(seconds)
        pickling = facts.pickling / facts.tasks
        held = 1 - facts.waiting if facts.held is None else facts.held
        traffic = facts.task_bytes, facts.result_bytes
        surveyed, repeated = facts.surveyed, facts.surveyed.repeated
        each_chunk = Load() if repeated is None else Load(repeated.bytes, repeated.seconds)
        return cls(
            seconds,
            pickling,
            traffic,
            held,
            facts.waiting,
            facts.first,
            surveyed.import_seconds,
            surveyed.awaits,
            each_chunk,
        )

    def longer(self, times: float) -> "Costs":
        """Return the costs of tasks that take longer, and weigh as much."""
        return replace(self, seconds=times * self.seconds)

    def sent_once(self) -> "Costs":
        """Return the costs where each worker is sent once what would go with each chunk."""
        return replace(self, each_chunk=Load(), each_worker=self.each_chunk)

    def shares_loop(self, backend: Calibrated) -> bool:
        """Return whether a backend awaits all tasks in one event loop."""
        return self.awaited and backend.awaits and backend.shared

    @property
    def total(self) -> float:
        """The seconds of a loop."""
        return float(self.seconds.sum())

    @property
    def longest(self) -> float:
        """The seconds of the longest task."""
        return float(self.seconds.max())


def body(costs: Costs, backend: Calibrated, workers: int, chunksize: int, cpus: int) -> Interval:
    """Predict a call of a pool that is warm, in seconds."""
    tasks = len(costs.seconds)
    if backend.serial:
        total = costs.total + backend.call + tasks * backend.task
        return Interval(total, OPTIMISM * total, total / OPTIMISM)
    chunks = math.ceil(tasks / chunksize)
    dispatch = backend.call + tasks * backend.chunked_task + chunks * _each_chunk(costs, backend)
    if not backend.shared:
        out, back = costs.traffic
        dispatch += tasks * (out * backend.byte_out + back * backend.byte_in + costs.pickling / 2)
    work = costs.seconds + (0.0 if backend.shared else costs.pickling / 2 + costs.each_chunk.seconds / 2 / chunksize)
    # Those that compute share the CPUs; in one event loop, or under one interpreter lock, they take turns.
    busy = 0.0 if costs.shares_loop(backend) else workers * (1 - costs.waiting)
    crowding = max(1.0, busy / cpus)
    schedule = schedule_seconds(work, workers, chunksize)
    ideal = max(schedule, schedule_seconds(work, workers, 1) * crowding if crowding > 1 else schedule)
    locked = costs.held * costs.total if backend.shared else 0.0
    estimate = max(dispatch, ideal, locked) + min(dispatch, ideal) / workers
    return Interval(estimate, OPTIMISM * max(ideal, min(dispatch, estimate)), PESSIMISM * estimate)


def once(costs: Costs, backend: Calibrated, in_pool: Interval) -> Interval:
    """Predict what opening a pool, one call, and closing it take, in seconds."""
    around = backend.open + max(0.0, backend.first_call - backend.call) + backend.close + costs.setup
    if not (backend.shared or backend.forks):  # those have it already
        around += costs.imports + costs.each_worker.sending(backend) + costs.each_worker.seconds / 2
    return Interval(in_pool.estimate + around, in_pool.low + around / PESSIMISM, in_pool.high + PESSIMISM * around)


def is_worth_sending_once(costs: Costs, backend: Calibrated, workers: int, chunksize: int) -> bool:
    """Return whether what goes with each chunk costs too much, compared with the tasks."""
    if backend.shared or not backend.sends_once:
        return False
    spared = math.ceil(len(costs.seconds) / chunksize) - workers
    load = costs.each_chunk
    return spared * (load.sending(backend) + load.seconds / 2) > DISPATCH_SHARE * costs.total


def schedule_seconds(seconds: Floats, workers: int, chunksize: int) -> float:
    """Return how long workers take who fetch one chunk after another, in order."""
    padding = -len(seconds) % chunksize
    chunks = np.pad(seconds, (0, padding)).reshape(-1, chunksize).sum(axis=1)
    if len(chunks) <= workers:
        return float(chunks.max())
    if len(chunks) > MOST_CHUNKS:
        return float(max(chunks.sum() / workers + chunks.mean() / 2, chunks.max()))
    free = [0.0] * workers
    for chunk in chunks.tolist():
        heapq.heapreplace(free, free[0] + chunk)
    return max(free)


def chunksizes(costs: Costs, backend: Calibrated, workers: int) -> Sequence[int]:
    """Return the chunk sizes worth considering: dispatch costs little, and every worker has several chunks."""
    tasks = len(costs.seconds)
    largest = max(1, math.ceil(tasks / (PER_WORKER * workers)))
    if backend.shared or costs.longest > costs.total / (PER_WORKER * workers):
        return [1]
    each = _each_chunk(costs, backend)
    if each < NO_EFFECT * backend.call:
        return [largest]
    mean = max(costs.total / tasks, 1e-9)
    smallest = min(largest, max(1, math.ceil(each / DISPATCH_SHARE / mean)))
    return [smallest, largest] if largest >= ALIKE * smallest else [largest]


def _each_chunk(costs: Costs, backend: Calibrated) -> float:
    """Return the seconds that it takes the parent to send a chunk, whatever tasks are in it."""
    each = max(0.0, backend.task - backend.chunked_task)
    return each if backend.shared else each + costs.each_chunk.sending(backend)
