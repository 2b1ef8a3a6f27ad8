"""A look at the tasks before anything is raced: what they cost, and whether they can run in parallel at all.

The tasks that are run are drawn at random, so that sorted inputs do not mislead; the largest inputs are run, too, as a
few long tasks can bound what any pool gains.
"""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from statistics import fmean, median

import psutil

from execbench.advice.budget import Budget
from execbench.environment import available_memory, library_threads
from execbench.lane.messages import Done, Expect, LaneFailure
from execbench.lane.questions import AnyCommand, Contend, Contended, Repeat, Sample, Sampled, Survey, Surveyed
from execbench.plugins.trial import Choice
from execbench.supervisor.lane import LaneProcess, Nursery
from execbench.supervisor.pipe import Answer, Watch

LARGEST = 4
"""How many of the largest inputs are run, beside the random ones."""

MOST = 2000
"""Tasks that are run: more say little that is new."""

_IMPORT_SECONDS = 60.0
_LOOK_SECONDS = 0.2
_LEAST_SECONDS = 1.0
_SAMPLE_SHARE = 0.07
_CONTEND_SECONDS = 0.2
_CONTEND_PATIENCE = 3.0
"""Threads that take this long hinder each other, or hang: the rest of the budget is for others."""

_MOST_AWAITED = 64
"""Coroutines at once: more may be more than a server accepts."""

_REPEATED = 3

HIDDEN_THREADS = 1.3
"""The process's CPU time in multiples of the task's own thread's, from which on a library has threads of its own."""

_CLOCK_SECONDS = 0.005
"""Less than this is what reading two clocks takes."""

LONG_SHARE = 1 / 3
"""A task that takes more of the budget than this is not raced."""

_WATCH_SECONDS = 0.1


class TooMuchMemory(LaneFailure):
    """A task takes more memory than may be used."""


@dataclass(frozen=True)
class Work:
    """What the advice is for."""

    workload: Choice
    size: int
    tolerance: float | None = None
    memory: int = field(default_factory=lambda: int(0.8 * available_memory()))
    """The bytes that all workers together may use."""

    @property
    def expect(self) -> Expect:
        """What a lane needs to make the tasks."""
        return Expect(self.workload.plugin.place, dict(self.workload.options), self.size, self.tolerance)


@dataclass(frozen=True)
class Facts:
    """What was seen of the tasks."""

    tasks: int
    surveyed: Surveyed
    numbers: Sequence[int]
    """The tasks that were run; the first `drawn` of them were drawn at random, the others are the largest."""
    drawn: int
    sampled: Sampled
    first: float
    """What the first task took in a fresh process, beyond what it took again."""
    inner: Sampled | None = None
    """The same tasks where libraries have one thread each; None if they never had more."""
    contended: Contended | None = None
    """None where tasks take too long, or it failed."""
    unsafe: str | None = None
    """What went wrong with several tasks at once in one process."""

    @property
    def wall(self) -> Sequence[float]:
        """The seconds of each task on one worker."""
        return self.inner.wall if self.inner else self.sampled.wall

    @property
    def has_inner_threads(self) -> bool:
        """Whether a library that the tasks use has threads of its own."""
        whole, own = sum(self.sampled.process_cpu), sum(self.sampled.thread_cpu)
        return whole > HIDDEN_THREADS * own and whole - own > _CLOCK_SECONDS

    @property
    def longest(self) -> float:
        """The seconds of the longest task that was seen."""
        return max(self.wall)

    @property
    def typical(self) -> float:
        """The seconds of the median task."""
        return median(self.wall[: self.drawn] or self.wall)

    @property
    def waiting(self) -> float:
        """The share of a task in which nothing computes, in this process or in others that it starts.

        What the task spends in the queue for a CPU is not part of it, as it says nothing about the task.
        """
        sampled = self.sampled
        busy = sum(sampled.process_cpu) + sum(sampled.children_cpu)
        return max(0.0, 1 - busy / max(sum(sampled.wall) - sum(sampled.queued), 1e-12))

    @property
    def serial_total(self) -> float:
        """The seconds of a loop over all tasks, where libraries have all threads that they want."""
        return _scaled(self.sampled.wall, self.drawn, self.tasks)

    @property
    def pickling(self) -> float:
        """The seconds to send all tasks there and all results back, without what goes with each chunk."""
        return _scaled(self.sampled.pickling, self.drawn, self.tasks) if self.sampled.pickling else 0.0

    @property
    def task_bytes(self) -> float:
        """The mean size of a pickled task, without what goes with each chunk."""
        return fmean(self.sampled.task_bytes) if self.sampled.task_bytes else 0.0

    @property
    def result_bytes(self) -> float:
        """The mean size of a pickled result."""
        return fmean(self.sampled.result_bytes) if self.sampled.result_bytes else 0.0

    @property
    def held(self) -> float | None:
        """The share of a task that holds the interpreter lock, or anything else that one thread has at a time.

        Amdahl's law for what the threads gained: 1 if they gained nothing, above 1 if they lost. Of coroutines, all of
        which are awaited at once, it is the share in which no other one gets on, at most.
        """
        if self.contended is None:
            return None
        ratio = self.contended.together / max(self.contended.alone, 1e-12)
        return ratio if self.surveyed.awaits else max(0.0, 2 * ratio - 1)


class Probe:
    """Looks at the tasks in lanes of their own."""

    def __init__(self, nursery: Nursery, work: Work, seed: int, budget: Budget) -> None:
        self._nursery, self._work, self._seed, self._budget = nursery, work, seed, budget

    def facts(self, progress: Callable[[str], object]) -> Facts:
        """Return what was seen of the tasks; LaneFailure, with the reason, where they cannot be run twice."""
        name = self._work.workload.title
        progress(f"{name}: looking at the tasks")
        with self._lane(baseline=True) as lane:
            surveyed = self._survey(lane)
            order = surveyed.looked_at[:MOST]
            first = self._ask(lane, Sample(order[:1], 0.0), Sampled)
            if first.wall[0] > LONG_SHARE * self._budget.seconds:
                return Facts(self._work.size, surveyed, order[:1], 1, first, 0.0)
            progress(f"{name}: running a sample of the tasks")
            facts = self._sample(lane, order, surveyed, first.wall[0])
            if not facts.has_inner_threads:
                return self._contend(lane, facts)
        progress(f"{name}: running them with one thread for libraries")
        return self._with_one_inner_thread(facts)

    def _survey(self, lane: LaneProcess) -> Surveyed:
        lane.greet()
        surveyed = lane.ask(Survey(self._work.expect, self._seed, _LOOK_SECONDS), Surveyed, _IMPORT_SECONDS)
        self._budget.forgive(surveyed.import_seconds + surveyed.making_seconds)
        return surveyed

    def _sample(self, lane: LaneProcess, order: list[int], surveyed: Surveyed, first: float) -> Facts:
        """Run tasks drawn at random for some time, then the largest ones, then some of them once more."""
        seconds = _SAMPLE_SHARE * self._budget.seconds
        sampled = self._ask(lane, Sample(order, seconds), Sampled)
        drawn = len(sampled.wall)
        numbers = order[:drawn]
        largest = [number for number in _largest(surveyed) if number not in numbers]
        if largest:
            sampled = _joined(sampled, self._ask(lane, Sample(largest, seconds / 2), Sampled))
            numbers = [*numbers, *largest][: len(sampled.wall)]
        again = _fitting(numbers, sampled.wall, _CONTEND_SECONDS)[:_REPEATED]
        if again:
            self._ask(lane, Repeat(again), Done)
        return Facts(self._work.size, surveyed, numbers, drawn, sampled, max(0.0, first - sampled.wall[0]))

    def _contend(self, lane: LaneProcess, facts: Facts) -> Facts:
        """See how the same tasks get on at once in one process, if they are short enough."""
        numbers = _fitting(facts.numbers, facts.wall, _CONTEND_SECONDS)
        if facts.surveyed.awaits:
            numbers = numbers[:_MOST_AWAITED]
        if len(numbers) < 2:
            return facts
        try:
            return replace(facts, contended=self._ask(lane, Contend(numbers, 2), Contended, _CONTEND_PATIENCE))
        except LaneFailure as failure:
            several = "tasks that are all awaited at once" if facts.surveyed.awaits else "2 threads at once"
            hung = f"{several} gave no result within {_CONTEND_PATIENCE:g} s"
            return replace(facts, unsafe=hung if failure.status == "hung" else failure.reason.partition("\n")[0])

    def _with_one_inner_thread(self, facts: Facts) -> Facts:
        """Run the same tasks as workers do, which get one thread each for the libraries that have their own."""
        with self._lane(baseline=False) as lane:
            self._survey(lane)
            self._ask(lane, Sample(list(facts.numbers[:1]), 0.0), Sampled)  # its set-up is no part of the tasks
            inner = self._ask(lane, Sample(list(facts.numbers), self._budget.seconds), Sampled)
            return self._contend(lane, replace(facts, inner=inner))

    def _lane(self, *, baseline: bool) -> LaneProcess:
        return self._nursery.lane(environment=library_threads(baseline=baseline))

    def _ask(self, lane: LaneProcess, question: AnyCommand, kind: type[Answer], most: float = math.inf) -> Answer:
        """Ask a question that runs tasks; LaneFailure if they take longer than is left, or too much memory."""
        patience = min(most, max(_LEAST_SECONDS, self._budget.left))
        try:
            return lane.ask(question, kind, patience, _watch(lane.pid, self._work.memory))
        except LaneFailure as failure:
            raise _said_of_tasks(failure, patience) from failure


def _said_of_tasks(failure: LaneFailure, patience: float) -> LaneFailure:
    """Return a failure in the words of tasks rather than lanes."""
    if failure.status == "hung":
        return LaneFailure("hung", f"a task gave no result within {patience:.0f} s: a larger --budget waits longer")
    if failure.status == "died" and not isinstance(failure, TooMuchMemory):
        how = failure.reason.partition("\n")[0].removeprefix("the lane ").partition(" during ")[0]
        return LaneFailure("died", f"a task ended its process, which {how}")
    return failure


def _largest(surveyed: Surveyed) -> list[int]:
    """Return the largest inputs, if sizes differ at all."""
    sizes = dict(zip(surveyed.looked_at, surveyed.task_bytes, strict=False))
    if len(set(sizes.values())) < 2:
        return []
    return sorted(sizes, key=sizes.__getitem__, reverse=True)[:LARGEST]


def _joined(one: Sampled, other: Sampled) -> Sampled:
    lists = {name: [*value, *getattr(other, name)] for name, value in asdict(one).items() if isinstance(value, list)}
    effects = list(dict.fromkeys(lists.pop("effects")))
    changed = one.changed if one.changed is not None else other.changed
    unsafe = list(dict.fromkeys(lists.pop("unsafe_to_fork")))
    memory = max(one.memory, other.memory)
    return Sampled(
        **lists,
        effects=effects,
        unsafe_to_fork=unsafe,
        memory=memory,
        changed=changed,
        unpicklable=one.unpicklable or other.unpicklable,
        unpicklable_by_value=one.unpicklable_by_value or other.unpicklable_by_value,
    )


def _fitting(numbers: Sequence[int], wall: Sequence[float], seconds: float) -> list[int]:
    """Return tasks that together take no longer than this, with long ones among them: some faults show only there."""
    left, fitting = seconds, []
    for number, taken in sorted(zip(numbers, wall, strict=True), key=lambda pair: -pair[1]):
        if taken <= min(left, seconds / 2):
            fitting.append(number)
            left -= taken
    return fitting


def _scaled(values: Sequence[float], drawn: int, tasks: int) -> float:
    """Return the sum over all tasks: the first `drawn` values speak for all but the rest, which are the largest."""
    rest = values[drawn:]
    return sum(rest) + (tasks - len(rest)) * fmean(values[:drawn])


def _watch(pid: int, memory: int) -> Watch:
    """Return a function that raises LaneFailure once a process has more memory than may be used."""
    process, due = psutil.Process(pid), 0.0

    def look() -> None:
        nonlocal due
        if time.monotonic() < due:
            return
        due = time.monotonic() + _WATCH_SECONDS
        with suppress(psutil.Error, OSError):
            if process.memory_info().rss > memory:
                raise TooMuchMemory("died", f"a task takes more than the {memory / 1e9:.3g} GB that may be used")

    return look
