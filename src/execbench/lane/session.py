"""The session of a lane: prepare, open, first call, check, rounds, close. The one clock is here."""

from __future__ import annotations

import gc
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from time import monotonic_ns, perf_counter
from typing import Any, get_args

from execbench.lane import messages
from execbench.lane.loading import BACKEND_USAGE, Broken, Missing, load
from execbench.lane.messages import Checked, Cluster, Done, Failure, Opened, Place, Status, Timed, TracedRound
from execbench.lane.reference import reference_kernel
from execbench.lane.results import difference
from execbench.lane.wrappers import Stamped, Traced, pickling_seconds
from execbench.protocol import Executor, Unavailable, Workload

_KIT_COMMANDS = get_args(messages.KitCommand)


class Failed(Exception):
    """The trial has failed: its status, and the reason in words."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class Session:
    """One launch of one trial, a command at a time."""

    def __init__(self) -> None:
        self._methods: dict[type, Callable[[Any], Any]] = {
            messages.Describe: self.describe,
            messages.Prepare: self.prepare,
            messages.Reload: self.reload,
            messages.Open: self.open,
            messages.Step: self.step,
            **dict.fromkeys(_KIT_COMMANDS, self.check_contract),
        }
        self._steps: dict[str, Callable[[], Any]] = {
            "first_call": self.first_call,
            "check": self.check,
            "round": self.round,
            "judge": self.judge,
            "run_reference": self.run_reference,
            "trace": self.trace,
            "close": self.close,
        }
        self._name = ""
        self._workload: Workload
        self._backend: Callable[..., AbstractContextManager[Executor]]
        self._tasks: list[Any] = []
        self._manager: AbstractContextManager[Executor]
        self._executor: Executor
        self._results: Sequence[Any] = []
        self._expected: Sequence[Any] = []
        self._chunking: dict[str, int] = {}
        self._disable_gc = False
        self._stage: Any = None

    def obey(self, command: messages.Command) -> Any:
        """Carry out one command; a failure is an answer, never a traceback in the pipe."""
        try:
            return self._methods[type(command)](command)
        except Failed as failure:
            return Failure(failure.status, failure.reason)

    def step(self, command: messages.Step) -> Any:
        """Carry out a command that has no arguments."""
        return self._steps[command.name]()

    def describe(self, command: messages.Describe) -> messages.Described | messages.NotDescribed:
        """Say what a plugin is and takes."""
        from execbench.lane.inspect_plugin import describe  # noqa: PLC0415 -- a lane that races need not pay for it

        return describe(command.plugin, command.options)

    def prepare(self, command: messages.Prepare) -> Done:
        """Import both plugins and make the tasks, as a program would before it starts a pool."""
        self._name = command.workload.name
        self._workload, self._backend = _loaded(command.workload), _loaded(command.backend)
        self._tasks = self._make_tasks(command.size, command.workload_options)
        return Done()

    def reload(self, command: messages.Reload) -> Done:
        """Make other tasks of the same workload for the open executor; they are to be checked anew."""
        self._chunking = _chunking(command.chunksize)
        self._tasks = self._make_tasks(command.size, command.options)
        return Done()

    def open(self, command: messages.Open) -> Opened:
        """Start the workers, on the clock."""
        self._chunking = _chunking(command.chunksize)
        self._disable_gc = command.disable_gc
        gc.collect()
        start = perf_counter()
        try:
            self._manager = self._backend(command.max_workers, **command.options)
            self._executor = self._manager.__enter__()
        except BaseException as error:
            raise Failed("not_opened", _said_by(error)) from error
        seconds = perf_counter() - start
        if not callable(getattr(self._executor, "map", None)):
            raise Failed("not_opened", f"{type(self._executor).__name__} has no map: {BACKEND_USAGE}")
        return Opened(seconds, _cluster_of(self._executor))

    def first_call(self) -> Timed:
        """Map over all tasks, on the clock, while nothing is warm; the check follows once there is an oracle."""
        return Timed(self._timed_round())

    def check(self) -> Checked:
        """Compute the oracle by a plain loop, only now, so that forked workers inherit none of its caches, and judge.

        Order is proved with stamped tasks where results cannot tell tasks apart.
        """
        fn, tasks = self._workload.fn, self._tasks
        try:
            self._expected = [fn(task) for task in tasks]
        except BaseException as error:
            raise Failed("raised", f"in a plain loop: {_said_by(error)}") from error
        self._judge(self._results)
        self._results = []
        pickled = _pickled(self._expected)
        if pickled is None or len(set(pickled)) < len(tasks):
            self._prove_order()
        tasks_pickled = _pickled(tasks)
        return Checked(
            task_bytes=None if tasks_pickled is None else sum(map(len, tasks_pickled)),
            result_bytes=None if pickled is None else sum(map(len, pickled)),
            uncompiled=_uncompiled_modules(),
        )

    def round(self) -> Timed:
        """Map over all tasks, on the clock; the next command judges the results."""
        return Timed(self._timed_round())

    def judge(self) -> Done:
        """Compare the last round's results with the oracle: a command of its own, as its CPU time is no round's."""
        self._judge(self._results)
        self._results = []
        return Done()

    def run_reference(self) -> Timed:
        """Run the reference kernel, on the clock."""
        return Timed(reference_kernel())

    def trace(self) -> TracedRound:
        """Map with every task's time and place noted; the next command judges the results."""
        traced = Traced(self._workload.fn)
        with self._garbage_as_wanted():
            begin = monotonic_ns()
            try:
                answers = list(self._executor.map(traced, self._tasks, **self._chunking))
            except BaseException as error:
                raise Failed("raised", f"in the traced round: {_said_by(error)}") from error
            seconds = (monotonic_ns() - begin) / 1e9
        try:
            self._results = [result for _, result in answers]
            spans = [
                ((start - begin) / 1e9, (end - begin) / 1e9, pid, thread) for (start, end, pid, thread, _), _ in answers
            ]
        except (TypeError, ValueError) as error:
            raise Failed("wrong_result", f"the traced round did not give what the tasks returned: {error}") from error
        shared = all((pid, copy) == (os.getpid(), id(traced)) for (_, _, pid, _, copy), _ in answers)
        chunksize = self._chunking.get("chunksize", 1)
        serialise = 0.0 if shared else sum(pickling_seconds(each, chunksize) for each in (self._tasks, self._results))
        return TracedRound(seconds, spans, serialise, shared)

    def close(self) -> Timed:
        """Stop the workers, on the clock."""
        start = perf_counter()
        try:
            self._manager.__exit__(None, None, None)
        except BaseException as error:
            raise Failed("not_closed", _said_by(error)) from error
        return Timed(perf_counter() - start)

    def check_contract(self, command: messages.KitCommand) -> Any:
        """Carry out a command of the conformance kit."""
        if self._stage is None:
            from execbench.lane.checks.stage import Stage  # noqa: PLC0415 -- a lane that races need not pay for it

            self._stage = Stage()
        return self._stage.obey(command)

    def _make_tasks(self, size: int, options: dict[str, Any]) -> list[Any]:
        try:
            tasks = list(self._workload.tasks(size, **options))
        except Exception as error:
            raise Failed("not_opened", f"{self._name} could not make its tasks: {_said_by(error)}") from error
        if len(tasks) != size:
            made = f"{self._name}.tasks({size}) made {len(tasks)} tasks"
            raise Failed("not_opened", f"{made}; the size is the number of tasks")
        return tasks

    def _timed_round(self) -> float:
        fn, tasks, chunking, mapping = self._workload.fn, self._tasks, self._chunking, self._executor.map
        with self._garbage_as_wanted():
            try:
                start = perf_counter()
                results = mapping(fn, tasks, **chunking)
                if type(results) is not list:
                    results = list(results)  # draining is part of the work: a lazy executor has done nothing before it
                seconds = perf_counter() - start
            except BaseException as error:
                raise Failed("raised", _said_by(error)) from error
        self._results = results
        return seconds

    @contextmanager
    def _garbage_as_wanted(self) -> Iterator[None]:
        if self._disable_gc:
            gc.disable()
        try:
            yield
        finally:
            gc.enable()

    def _prove_order(self) -> None:
        stamped = list(enumerate(self._tasks))
        try:
            answers = list(self._executor.map(Stamped(self._workload.fn), stamped, **self._chunking))
        except BaseException as error:
            raise Failed("raised", f"with stamped tasks: {_said_by(error)}") from error
        if [number for number, _ in answers] != list(range(len(stamped))):
            raise Failed("wrong_result", "the results are not in the order of the tasks")

    def _judge(self, results: Sequence[Any]) -> None:
        try:
            right = self._workload.equal(results, self._expected)
        except Exception as error:
            raise Failed("wrong_result", f"comparing the results raised {_said_by(error)}") from error
        if not right:
            raise Failed("wrong_result", difference(results, self._expected))


def _loaded(plugin: Place) -> Any:
    try:
        return load(plugin)
    except Missing as error:
        raise Failed("not_opened", f"{error} is not installed in {sys.executable}") from error
    except (Unavailable, Broken) as error:
        raise Failed("not_opened", str(error)) from error


def _chunking(chunksize: int | None) -> dict[str, int]:
    return {} if chunksize is None else {"chunksize": chunksize}


def _cluster_of(executor: Any) -> Cluster | None:
    found = getattr(executor, "cluster", None)
    if found is None:
        return None
    try:
        return Cluster(str(found["address"]), [str(host) for host in found["hosts"]], int(found["workers"]))
    except (TypeError, KeyError, ValueError):
        raise Failed(
            "not_opened", f"its cluster is {found!r}; it is {{'address': ..., 'hosts': [...], 'workers': 3}}"
        ) from None


def _said_by(error: BaseException) -> str:
    """Say in a line what was raised; the traceback goes to standard error, whose tail the parent keeps."""
    traceback.print_exception(type(error), error, error.__traceback__)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _pickled(values: Sequence[Any]) -> list[bytes] | None:
    """Pickle each value; None where one cannot be, as threads never need it."""
    try:
        return [pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL) for value in values]
    except Exception:
        return None


def _uncompiled_modules() -> int:
    """Count the imported modules that have no compiled file, so that every start compiles them anew."""
    cached = [getattr(getattr(module, "__spec__", None), "cached", None) for module in list(sys.modules.values())]
    return sum(1 for path in cached if path and not os.path.exists(path))
