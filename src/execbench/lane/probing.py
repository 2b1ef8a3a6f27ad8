"""What the tasks of a workload cost: looked at, run one by one, run twice, and run in several threads at once."""

from __future__ import annotations

import os
import pickle
import random
import sys
import threading
from collections.abc import Callable, Sequence
from time import perf_counter, process_time, sleep, thread_time
from typing import Any

from execbench.lane import coroutines, questions
from execbench.lane.arguments import restored, without
from execbench.lane.code import users_line
from execbench.lane.counting import forget_most_memory, most_memory, queued_seconds
from execbench.lane.effects import Effects
from execbench.lane.judging import in_a_line, judge
from execbench.lane.messages import Done, LaneFailure
from execbench.lane.preparing import loaded_workload, made_tasks, plain_loop
from execbench.lane.questions import Contended, Sampled, Surveyed
from execbench.lane.repeated import heaviest
from execbench.lane.sending import Refusals, pickled
from execbench.lane.traffic import Traffic

_TURNS = 2
"""How often tasks are run in one thread and in several."""

_THREADED = ("grpc", "polars", "zarr")
"""Libraries with threads of their own that hold locks, so that a forked worker may wait forever."""

_SETTLE_SECONDS = 0.4
"""That threads may take to come to rest once they are imported."""

_QUIET = 0.1
"""Of a CPU: a process that takes less has come to rest."""


class Probe:
    """The tasks of one workload. All methods raise LaneFailure if a task fails."""

    def __init__(self, command: questions.Survey) -> None:
        start = perf_counter()
        self._workload = loaded_workload(command.work)
        if self._workload.shared is not None or self._workload.setup is not None:
            said = "a workload with shared or setup cannot be advised on yet: race it with `execbench run`"
            raise LaneFailure("not_opened", said)
        self._awaits = coroutines.is_coroutine_function(self._workload.fn)
        imported = perf_counter()
        self._tasks = made_tasks(self._workload, command.work)
        self._seconds = (imported - start, perf_counter() - imported)
        self._memory = 0
        """Of the process, before it has run a task."""
        self._repeated = heaviest(self._workload.fn, self._tasks)
        place = None if self._repeated is None else self._repeated.what.argument
        self._shared = {} if place is None else {place: self._tasks[0][place]}
        """An argument that all tasks share, which is no part of what is sent with each."""

    def survey(self, command: questions.Survey) -> Surveyed:
        """Pickle the function, and tasks in a random order until the time is up."""
        refusals = Refusals()
        function = refusals.pickled(self._workload.fn, "")
        numbers = list(range(len(self._tasks)))
        random.Random(command.seed).shuffle(numbers)
        deadline = perf_counter() + command.seconds
        looked_at: list[int] = []
        sizes: list[int] = []
        for number in numbers:
            content = refusals.pickled(self._sent(number), f"task {number}: ")
            looked_at.append(number)
            if content is not None:
                sizes.append(len(content))
            if perf_counter() > deadline:
                break
        _wait_for_threads()
        self._memory = forget_most_memory()
        complete = sizes if len(sizes) == len(looked_at) else []
        size = None if function is None else len(function)
        refused = refusals.by_pickle, refusals.by_value
        return Surveyed(*self._seconds, looked_at, complete, size, self._awaits, *refused, self._repeated)

    def sample(self, command: questions.Sample) -> Sampled:
        """Run some of the tasks, each in its turn, until the time is up."""
        found, traffic, refusals = Sampled(), Traffic(), Refusals()
        shared, _ = pickled(self._shared)
        deadline = perf_counter() + command.seconds
        with coroutines.in_one_loop(self._workload.fn) as fn, Effects() as effects:
            for number in command.indices:
                self._measure(fn, number, found, traffic, refusals)
                if perf_counter() > deadline:
                    break
        if found.changed is None and pickled(self._shared)[0] != shared:
            found.changed = command.indices[0]
        found.memory, found.effects = max(0, most_memory() - self._memory), effects.said
        found.unpicklable, found.unpicklable_by_value = refusals.by_pickle, refusals.by_value
        found.pickling, found.unsafe_to_fork = traffic.finish(), _unsafe_to_fork()
        return found

    def repeat(self, command: questions.Repeat) -> Done:
        """Run some of the tasks twice, in another order, as earlier calls may leave something behind."""
        expected = self._loop(command.indices)
        again = self._loop(command.indices[::-1])[::-1]
        try:
            judge(self._workload, again, expected, command.indices)
        except LaneFailure as failure:
            said = f"the function does not repeat its results: {failure.reason}"
            raise LaneFailure("wrong_result", said) from failure
        return Done()

    def contend(self, command: questions.Contend) -> Contended:
        """Run some of the tasks one after another, then at once; their results must be the same.

        Each is done a few times, and the fastest counts, as another program may slow down one of them.
        """
        alone, together = [], []
        for _ in range(_TURNS):
            expected, seconds = self._run(command, at_once=False)
            alone.append(seconds)
            results, seconds = self._run(command, at_once=True)
            together.append(seconds)
            try:
                judge(self._workload, results, expected, command.indices)
            except LaneFailure as failure:
                raise LaneFailure("wrong_result", f"{self._said(command)}: {failure.reason}") from failure
        return Contended(min(alone), min(together))

    def _run(self, command: questions.Contend, *, at_once: bool) -> tuple[list[Any], float]:
        """Return the results of some tasks in order, and the seconds that they took."""
        tasks = [self._copied(number) for number in command.indices]
        start = perf_counter()
        try:
            if self._awaits:
                results = (coroutines.at_once if at_once else coroutines.in_turn)(self._workload.fn, tasks)
            else:
                results = _in_threads(self._workload.fn, tasks, command.threads if at_once else 1)
        except BaseException as error:
            where = self._said(command) if at_once else "run once more"
            raise LaneFailure("raised", f"{where}: {in_a_line(error)}") from error
        return results, perf_counter() - start

    def _said(self, command: questions.Contend) -> str:
        return "all awaited at once" if self._awaits else f"in {command.threads} threads at once"

    def _loop(self, numbers: Sequence[int]) -> list[Any]:
        return plain_loop(self._workload, [self._copied(number) for number in numbers], numbers)

    def _sent(self, number: int) -> Any:
        """Return what is sent with a task."""
        task = self._tasks[number]
        return without(task, self._shared) if self._shared else task

    def _copied(self, number: int) -> Any:
        """Return a fresh copy of a task, as a function may remember tasks that it has seen, or change them."""
        content, _ = pickled(self._sent(number))
        if content is None:
            return self._tasks[number]
        copy = pickle.loads(content)
        return restored(copy, self._shared) if self._shared else copy

    def _measure(
        self, fn: Callable[[Any], Any], number: int, found: Sampled, traffic: Traffic, refusals: Refusals
    ) -> None:
        """Run one task, and note what it took."""
        task, sent = self._tasks[number], self._sent(number)
        content, _ = pickled(sent)
        queued, children = queued_seconds(), _of_children()
        process, thread, start = process_time(), thread_time(), perf_counter()
        result = _result(fn, number, task)
        found.wall.append(perf_counter() - start)
        found.thread_cpu.append(thread_time() - thread)
        found.process_cpu.append(process_time() - process)
        found.children_cpu.append(_of_children() - children)
        found.queued.append(queued_seconds() - queued)
        answer = refusals.pickled(result, f"result {number}: ")
        if content is None or answer is None:
            return
        if found.changed is None and pickled(sent)[0] != content:
            found.changed = number
        try:
            traffic.note(sent, result, len(content) + len(answer))
        except Exception as error:
            refusals.note(f"result {number} cannot be unpickled: {in_a_line(error)}")
            return
        found.task_bytes.append(len(content))
        found.result_bytes.append(len(answer))


def _result(fn: Callable[[Any], Any], number: int, task: Any) -> Any:
    try:
        return fn(task)
    except BaseException as error:
        place = users_line(error)
        said = f"{in_a_line(error)} ({place})" if place else in_a_line(error)
        raise LaneFailure("raised", f"task {number} raises in a plain loop: {said}") from error


def _in_threads(fn: Callable[[Any], Any], tasks: Sequence[Any], threads: int) -> list[Any]:
    """Return the results in order; what a task raises is raised."""
    results: dict[int, Any] = {}
    errors: list[BaseException] = []
    waiting = iter(range(len(tasks)))
    lock = threading.Lock()

    def work() -> None:
        while not errors:
            with lock:
                place = next(waiting, None)
            if place is None:
                return
            try:
                results[place] = fn(tasks[place])
            except BaseException as error:
                errors.append(error)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
    return [results[place] for place in range(len(tasks))]


def _wait_for_threads() -> None:
    """Wait until threads that libraries start at their import no longer spin, as BLAS's do: that is no task's work."""
    deadline = perf_counter() + _SETTLE_SECONDS
    while perf_counter() < deadline:
        process, start = process_time(), perf_counter()
        sleep(_SETTLE_SECONDS / 20)
        if process_time() - process < _QUIET * (perf_counter() - start):
            return


def _unsafe_to_fork() -> list[str]:
    """Return what has threads in this process that those forked from it would lack."""
    threads = ["Python code"] if threading.active_count() > 1 else []
    return [*(name for name in _THREADED if name in sys.modules), *threads]


def _of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
