"""The life of a lane: prepare, open, first call, check, rounds, close. The one clock is here."""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import platform
import reprlib
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from time import monotonic_ns, perf_counter
from typing import Any

from execbench.lane.loading import A_BACKEND_IS, Broken, load
from execbench.lane.reference import reference_kernel
from execbench.lane.stamps import Stamped
from execbench.lane.tracing import Traced, pickling_seconds
from execbench.protocol import Executor, Unavailable, Workload
from execbench.version import __version__

Answer = dict[str, Any]


class Failed(Exception):
    """The trial has failed: its status and the reason in words."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class Life:
    """One launch of one trial, a command at a time."""

    def __init__(self) -> None:
        self._commands: dict[str, Callable[..., Answer]] = {
            "greet": self.greet,
            "describe": self.describe,
            "prepare": self.prepare,
            "reload": self.reload,
            "open": self.open,
            "first_call": self.first_call,
            "check": self.check,
            "round": self.round,
            "judge": self.judge,
            "reference": self.reference,
            "trace": self.trace,
            "close": self.close,
            "probe": self.probe,
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

    def obey(self, request: dict[str, Any]) -> Answer:
        """Carry out one command; a failure is an answer, never a traceback in the pipe."""
        command = request.pop("command")
        try:
            return self._commands[command](**request)
        except Failed as failure:
            return {"failed": failure.status, "reason": failure.reason}

    def greet(self) -> Answer:
        """Say who this is: the parent refuses another version than its own."""
        return {"execbench": __version__, "python": platform.python_version(), "pid": os.getpid()}

    def describe(self, plugin: dict[str, Any], options: dict[str, str]) -> Answer:
        """Say what a plugin is and takes; see `execbench.lane.describing`."""
        from execbench.lane.inspection import describe  # noqa: PLC0415 -- a lane that races need not pay for it

        return describe(plugin, options)

    def prepare(
        self,
        workload: dict[str, Any],
        workload_options: dict[str, Any],
        size: int,
        backend: dict[str, Any],
    ) -> Answer:
        """Import both plugins and make the tasks, as a program would before it starts a pool."""
        try:
            self._workload = load(workload)
            self._backend = load(backend)
        except (Unavailable, Broken) as error:
            raise Failed("not_opened", str(error)) from error
        self._name = workload["name"]
        self._tasks = _tasks_of(self._name, self._workload, size, workload_options)
        return {}

    def reload(self, options: dict[str, Any], size: int, chunksize: int | None) -> Answer:
        """Make other tasks of the same workload for the open executor; they are to be checked anew."""
        self._chunking = {} if chunksize is None else {"chunksize": chunksize}
        self._tasks = _tasks_of(self._name, self._workload, size, options)
        return {}

    def open(self, max_workers: int, options: dict[str, Any], chunksize: int | None, disable_gc: bool) -> Answer:
        """Start the workers, on the clock; `chunksize` None leaves that argument of `map` out."""
        self._chunking = {} if chunksize is None else {"chunksize": chunksize}
        self._disable_gc = disable_gc
        gc.collect()
        start = perf_counter()
        try:
            self._manager = self._backend(max_workers, **options)
            self._executor = self._manager.__enter__()
        except BaseException as error:
            raise Failed("not_opened", _said_by(error)) from error
        seconds = perf_counter() - start
        if not callable(getattr(self._executor, "map", None)):
            raise Failed("not_opened", f"{type(self._executor).__name__} has no map: {A_BACKEND_IS}")
        return {"seconds": seconds, "cluster": getattr(self._executor, "cluster", None)}

    def first_call(self) -> Answer:
        """Map over all tasks, on the clock, while nothing is warm; the check follows when the oracle is there."""
        return {"seconds": self._timed_round()}

    def check(self) -> Answer:
        """Make the oracle by a plain loop, only now, so that forked workers inherit none of its caches, and judge."""
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
        return {
            "task_bytes": None if tasks_pickled is None else sum(map(len, tasks_pickled)),
            "result_bytes": None if pickled is None else sum(map(len, pickled)),
            "uncompiled": _uncompiled_modules(),
        }

    def round(self) -> Answer:
        """Map over all tasks, on the clock; to be judged by the next command."""
        return {"seconds": self._timed_round()}

    def judge(self) -> Answer:
        """Hold the last round's results against the oracle: a command of its own, as its CPU time is no round's."""
        self._judge(self._results)
        self._results = []
        return {}

    def reference(self) -> Answer:
        """Run the reference kernel, on the clock."""
        return {"seconds": reference_kernel()}

    def trace(self) -> Answer:
        """Map with every task's time and place noted; its results are to be judged by the next command."""
        traced = Traced(self._workload.fn)
        with self._garbage_as_wanted():
            begin = monotonic_ns()
            try:
                answers = list(self._executor.map(traced, self._tasks, **self._chunking))
            except BaseException as error:
                raise Failed("raised", f"in the traced round: {_said_by(error)}") from error
            wall = monotonic_ns() - begin
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
        return {"wall": wall / 1e9, "spans": spans, "serialise": serialise, "shared": shared}

    def close(self) -> Answer:
        """Stop the workers, on the clock."""
        start = perf_counter()
        try:
            self._manager.__exit__(None, None, None)
        except BaseException as error:
            raise Failed("not_closed", _said_by(error)) from error
        return {"seconds": perf_counter() - start}

    def probe(self, function: str, **arguments: Any) -> Answer:
        """Call `module:function` and answer what it returns: how the conformance kit comes into the lane's process."""
        module, _, name = function.partition(":")
        answer: Answer = getattr(importlib.import_module(module), name)(**arguments)
        return answer

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
            raise Failed("wrong_result", _difference(results, self._expected))


def _tasks_of(name: str, workload: Workload, size: int, options: dict[str, Any]) -> list[Any]:
    try:
        tasks = list(workload.tasks(size, **options))
    except Exception as error:
        raise Failed("not_opened", f"{name} could not make its tasks: {_said_by(error)}") from error
    if len(tasks) != size:
        raise Failed("not_opened", f"{name}.tasks({size}) made {len(tasks)} tasks; the size is the number of tasks")
    return tasks


def _said_by(error: BaseException) -> str:
    """Say in a line what was raised; the traceback goes to standard error, whose tail the parent keeps."""
    traceback.print_exception(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _difference(results: Sequence[Any], expected: Sequence[Any]) -> str:
    """Say where two result lists part."""
    if len(results) != len(expected):
        return f"{len(results)} results for {len(expected)} tasks"
    for index, (result, wanted) in enumerate(zip(results, expected, strict=True)):
        if type(result) is not type(wanted) or _differ(result, wanted):
            return f"task {index} gave {reprlib.repr(result)} instead of {reprlib.repr(wanted)}"
    return "the results differ from those of a plain loop"


def _differ(result: Any, wanted: Any) -> bool:
    try:
        return bool(result != wanted)
    except ValueError:  # arrays have no single truth
        return not bool((result == wanted).all())


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
