"""The settings that may be advised: backends with workers and chunk sizes, and what the model says of each.

A candidate is left out of the race if a bound excludes it: at best, it is not worth using.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from execbench.advice.answer import Kind
from execbench.advice.model import Costs, body, chunksizes, is_worth_sending_once, once
from execbench.advice.probe import Facts
from execbench.environment import usable_cpus
from execbench.lane.arguments import SentOnce
from execbench.lane.questions import Calibrated
from execbench.plugins.trial import Choice
from execbench.records.calls import MANY
from execbench.stats import Interval

WORTH = 1.1
"""A candidate that is at most this many times as fast as the loop is not worth using."""

MOST = 5
"""Candidates in the first launch, beside the loop, if there is time for them."""

WAITING = 0.5
"""The share of waiting from which on more workers than CPUs are considered."""

MANY_CPUS = 4
"""From so many on, half of them are considered: what shares the memory's bandwidth may gain no more by all of them."""

MANY_WORKERS = (8, 32)
"""Multiples of the CPUs, for tasks that wait."""

LOOP = Calibrated(
    open=0, first_call=0, close=0, call=0, task=0, chunked_task=0, byte_out=0, byte_in=0,
    shared=True, forks=False, serial=True, sends_once=False, awaits=False,
)  # fmt: skip
"""A loop costs nothing but its tasks."""


@dataclass(frozen=True)
class Setting:
    """A backend with its workers and its chunk size."""

    backend: Choice
    max_workers: int
    chunksize: int
    sent_once: SentOnce | None = None
    """What is sent to each worker once, rather than with each chunk."""

    @property
    def id(self) -> str:
        """Its name: `process_pool/w2/c25`, with `/shared` if something is sent once; or `serial`."""
        shared = "" if self.sent_once is None else "/shared"
        return f"{self.backend.title}/w{self.max_workers}/c{self.chunksize}{shared}"

    def costs_of(self, costs: Costs) -> Costs:
        """Return the costs of tasks as it sends them."""
        return costs if self.sent_once is None else costs.sent_once()


@dataclass(frozen=True)
class Candidate:
    """A setting, and what is predicted of it."""

    setting: Setting
    costs: Calibrated
    body: Interval
    """Seconds of a call of a warm pool, for all tasks."""
    once: Interval
    """Seconds to open it, call it once, and close it."""
    limits_threads: bool
    """Libraries that have threads of their own get one in each worker."""
    low: float
    """Seconds of each call, at best; without opening and closing if the pool lives on."""
    high: float
    """At worst."""
    kind: Kind
    """What its workers are."""
    excluded: str | None = None
    """Why it is not raced."""

    def seconds(self, calls: float) -> float:
        """Predict the seconds of each of a number of calls."""
        return _each(self.once.estimate, self.body.estimate, calls)


@dataclass(frozen=True)
class Bounds:
    """What excludes candidates."""

    loop: float
    """The seconds of a loop over all tasks, as a user would run it."""
    cpus: int
    calls: float
    """For how many a pool is opened."""
    inner_threads: bool
    """A library has threads of its own."""
    unsafe: str | None
    """Why threads cannot be used."""
    unpicklable: str | None
    """Why most processes cannot be used."""
    unpicklable_by_value: str | None
    """Why not even those can be used that send code by value."""
    unsafe_to_fork: Sequence[str]
    """What has threads in the main process."""
    task_memory: int
    """Bytes that each worker process needs."""
    memory: int
    """Bytes that all of them may use."""
    sent_once: SentOnce | None = None
    """What could be sent to each worker once."""

    @property
    def most_processes(self) -> int:
        """How many worker processes there is memory for."""
        return self.memory // self.task_memory if self.task_memory else sys.maxsize

    def of_loop(self, costs: Costs) -> float:
        """Return the seconds of each call of the loop, which sets up in the first one, as workers do."""
        return _each(self.loop + costs.setup, self.loop, self.calls)

    @classmethod
    def of(cls, facts: Facts, memory: int, calls: float) -> Self:
        """Return what follows from what was seen."""
        surveyed, sampled, repeated = facts.surveyed, facts.sampled, facts.surveyed.repeated
        return cls(
            loop=facts.serial_total,
            cpus=usable_cpus(),
            calls=calls,
            inner_threads=facts.has_inner_threads,
            unsafe=facts.unsafe,
            unpicklable=surveyed.unpicklable or sampled.unpicklable,
            unpicklable_by_value=surveyed.unpicklable_by_value or sampled.unpicklable_by_value,
            unsafe_to_fork=sampled.unsafe_to_fork,
            task_memory=sampled.memory,
            memory=memory,
            sent_once=None if repeated is None or facts.surveyed.awaits else repeated.what,
        )


def candidates(
    backends: Sequence[Choice], calibrated: Mapping[str, Calibrated], costs: Costs, bounds: Bounds
) -> list[Candidate]:
    """Return every candidate with its prediction, the fastest first.

    Args:
        backends: those that may be advised.
        calibrated: what each costs, by title; one without is no candidate.
        costs: of all tasks.
        bounds: what excludes them.
    """
    known = ((backend, calibrated[backend.title]) for backend in backends if backend.title in calibrated)
    found = [
        _predicted(setting, each, setting.costs_of(costs), bounds)
        for backend, each in known
        if not each.serial
        for setting in _settings(backend, each, costs, bounds)
    ]
    return by_seconds(found, bounds.calls)


def by_seconds(found: Iterable[Candidate], calls: float) -> list[Candidate]:
    """Return candidates in the order of what is predicted, the fastest first."""
    return sorted(found, key=lambda candidate: candidate.seconds(calls))


def limited_loop(serial: Choice, costs: Costs, bounds: Bounds) -> Candidate:
    """Return the loop where libraries have one thread each: what they gain by more may be less than these cost."""
    return _predicted(Setting(serial, 1, 1), LOOP, costs, bounds)


def _settings(backend: Choice, known: Calibrated, costs: Costs, bounds: Bounds) -> Iterator[Setting]:
    for workers in _worker_counts(known, costs, bounds):
        for chunksize in chunksizes(costs, known, workers):
            yield Setting(backend, workers, chunksize)
        if bounds.sent_once is not None:
            for chunksize in chunksizes(costs.sent_once(), known, workers):
                if is_worth_sending_once(costs, known, workers, chunksize):
                    yield Setting(backend, workers, chunksize, bounds.sent_once)


def _worker_counts(known: Calibrated, costs: Costs, bounds: Bounds) -> Iterable[int]:
    """Return how many workers to consider: half of many CPUs, too, and more than CPUs if they are threads, and wait.

    Processes are no more than memory allows; a single one gains nothing, unless the work waits.
    """
    cpus, waits = bounds.cpus, costs.waiting > WAITING
    counts = [cpus, *([cpus // 2] if cpus >= MANY_CPUS else [])]
    if known.shared and waits:
        counts += [times * cpus for times in MANY_WORKERS]
    if not known.shared and bounds.most_processes >= (1 if waits else 2):
        counts = [min(count, bounds.most_processes) for count in counts]
    return dict.fromkeys(min(count, len(costs.seconds)) for count in counts)


def racing(
    found: Sequence[Candidate], has_time: Callable[[Sequence[Candidate]], bool] = lambda _: True
) -> list[Candidate]:
    """Return candidates to race: the best of each kind, then those that may still be faster, if there is time."""
    possible = [candidate for candidate in found if candidate.excluded is None]
    enough = min((candidate.high for candidate in possible), default=0.0)
    possible = [candidate for candidate in possible if candidate.low <= enough]
    best_of_kind: dict[str, Candidate] = {}
    for candidate in possible:
        best_of_kind.setdefault(candidate.kind, candidate)
    chosen = list(best_of_kind.values())
    for candidate in possible:
        if candidate not in chosen and len(chosen) < MOST and has_time([*chosen, candidate]):
            chosen.append(candidate)
    return chosen


def _predicted(setting: Setting, known: Calibrated, costs: Costs, bounds: Bounds) -> Candidate:
    in_pool = body(costs, known, setting.max_workers, setting.chunksize, bounds.cpus)
    single = once(costs, known, in_pool)
    low = _each(single.low, in_pool.low, bounds.calls)
    high = _each(single.high, in_pool.high, bounds.calls)
    excluded = _excluded(setting, known, bounds.of_loop(costs) / max(low, 1e-12), bounds)
    kind = _kind(known, costs)
    return Candidate(setting, known, in_pool, single, bounds.inner_threads, low, high, kind, excluded)


def _kind(known: Calibrated, costs: Costs) -> Kind:
    if known.serial:
        return "loop"
    if costs.shares_loop(known):
        return "event_loop"
    return "thread" if known.shared else "process"


def _excluded(setting: Setting, known: Calibrated, at_most: float, bounds: Bounds) -> str | None:
    """Say why a candidate need not be raced; None if it may win."""
    if known.shared and not known.serial and bounds.unsafe is not None:
        return bounds.unsafe
    unpicklable = bounds.unpicklable_by_value if known.by_value else bounds.unpicklable
    if not known.shared and unpicklable is not None:
        return unpicklable
    if known.forks and bounds.unsafe_to_fork:
        return f"a forked worker may wait forever for threads of {' and '.join(bounds.unsafe_to_fork)}"
    if not known.shared and setting.max_workers == 1 < bounds.most_processes:
        return "one worker process gains nothing"
    if not known.shared and setting.max_workers > bounds.most_processes:
        needed, there = setting.max_workers * bounds.task_memory / 1e9, bounds.memory / 1e9
        return f"{setting.max_workers} workers need {needed:.1f} GB of memory, and {there:.1f} GB may be used"
    return f"at most {at_most:.2g}x as fast as the loop" if at_most < WORTH else None


def _each(first: float, other: float, calls: float) -> float:
    """Return the seconds of each of a number of calls, the first of which costs more."""
    return other if calls == MANY else (first + (calls - 1) * other) / calls
