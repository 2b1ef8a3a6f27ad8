"""One launch of a trial: prepare, open, first call, check, rounds, close. Rounds are timed here and nowhere else."""

from __future__ import annotations

import gc
import os
import pickle
import reprlib
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from time import monotonic_ns, perf_counter
from typing import Any, get_args

from execbench.lane import messages
from execbench.lane.loading import BACKEND_USAGE, Broken, Missing, load
from execbench.lane.messages import Checked, Cluster, Done, LaneFailure, Opened, Place, Timed, TracedRound
from execbench.lane.reference import reference_kernel
from execbench.lane.wrappers import Stamped, Traced, pickling_seconds
from execbench.protocol import Executor, Unavailable, Workload


class Session:
    """Runs one launch of one trial. Each command calls the method of its name."""

    def __init__(self) -> None:
        self._workload: Workload
        self._backend: Callable[..., AbstractContextManager[Executor]]
        self._tasks: list[Any] = []
        self._manager: AbstractContextManager[Executor]
        self._executor: Executor
        self._results: Sequence[Any] = []
        self._expected: Sequence[Any] = []
        self._chunking: dict[str, int] = {}
        self._disable_gc = False

    def obey(self, command: messages.Command) -> Any:
        """Run a command and return its answer; a failed trial is an answer too, never a traceback in the pipe."""
        try:
            owner = self._kit if isinstance(command, get_args(messages.KitCommand)) else self
            method = getattr(owner, messages.name_of(command))
            return method() if isinstance(command, messages.Step) else method(command)
        except LaneFailure as failure:
            return failure

    def describe(self, command: messages.Describe) -> messages.Described:
        """Describe a plugin."""
        from execbench.lane.inspect_plugin import describe  # noqa: PLC0415 -- a lane that races need not pay for it

        return describe(command.plugin, command.options)

    def prepare(self, command: messages.Prepare) -> Done:
        """Import both plugins and make the tasks, as a program would before it starts a pool."""
        name, size = command.workload.name, command.size
        self._workload, self._backend = _loaded(command.workload), _loaded(command.backend)
        self._chunking = {} if command.chunksize is None else {"chunksize": command.chunksize}
        try:
            self._tasks = list(self._workload.tasks(size, **command.workload_options))
        except Exception as error:
            raise LaneFailure("not_opened", f"{name} could not make its tasks: {_said_by(error)}") from error
        if len(self._tasks) != size:
            made = f"{name}.tasks({size}) made {len(self._tasks)} tasks"
            raise LaneFailure("not_opened", f"{made}; the size is the number of tasks")
        return Done()

    def open(self, command: messages.Open) -> Opened:
        """Start the workers, on the clock."""
        self._disable_gc = command.disable_gc
        gc.collect()
        start = perf_counter()
        try:
            self._manager = self._backend(command.max_workers, **command.options)
            self._executor = self._manager.__enter__()
        except BaseException as error:
            raise LaneFailure("not_opened", _said_by(error)) from error
        seconds = perf_counter() - start
        if not callable(getattr(self._executor, "map", None)):
            raise LaneFailure("not_opened", f"{type(self._executor).__name__} has no map: {BACKEND_USAGE}")
        return Opened(seconds, _cluster_of(self._executor))

    def round(self) -> Timed:
        """Map over all tasks, on the clock; the next command judges the results."""
        fn, tasks, chunking, mapping = self._workload.fn, self._tasks, self._chunking, self._executor.map
        with self._garbage_as_wanted():
            try:
                start = perf_counter()
                results = mapping(fn, tasks, **chunking)
                if type(results) is not list:
                    results = list(results)  # draining is part of the work: a lazy executor has done none before it
                seconds = perf_counter() - start
            except BaseException as error:
                raise LaneFailure("raised", _said_by(error)) from error
        self._results = results
        return Timed(seconds)

    def first_call(self) -> Timed:
        """Do the same while nothing is warm; `check` judges the results, as there are no expected ones yet."""
        return self.round()

    def check(self) -> Checked:
        """Compute the expected results in a plain loop and judge the first call.

        The loop runs only now, so that forked workers inherit none of its caches. If results cannot tell tasks apart,
        stamped tasks prove their order.
        """
        fn, tasks = self._workload.fn, self._tasks
        try:
            self._expected = [fn(task) for task in tasks]
        except BaseException as error:
            raise LaneFailure("raised", f"in a plain loop: {_said_by(error)}") from error
        self.judge()
        pickled = _pickled(self._expected)
        if pickled is None or len(set(pickled)) < len(tasks):
            self._prove_order()
        tasks_pickled = _pickled(tasks)
        return Checked(
            task_bytes=None if tasks_pickled is None else sum(map(len, tasks_pickled)),
            result_bytes=None if pickled is None else sum(map(len, pickled)),
            uncompiled=_uncompiled_modules(),
        )

    def judge(self) -> Done:
        """Compare the last round's results with the expected ones: in its own command, to keep its CPU time apart."""
        results, self._results = self._results, []
        try:
            right = self._workload.equal(results, self._expected)
        except Exception as error:
            raise LaneFailure("wrong_result", f"comparing the results raised {_said_by(error)}") from error
        if not right:
            raise LaneFailure("wrong_result", _difference(results, self._expected))
        return Done()

    def run_reference(self) -> Timed:
        """Run the reference kernel, on the clock."""
        return Timed(reference_kernel())

    def trace(self) -> TracedRound:
        """Map over all tasks, recording when and where each one runs; the next command judges the results."""
        traced = Traced(self._workload.fn)
        with self._garbage_as_wanted():
            begin = monotonic_ns()
            try:
                answers = list(self._executor.map(traced, self._tasks, **self._chunking))
            except BaseException as error:
                raise LaneFailure("raised", f"in the traced round: {_said_by(error)}") from error
            seconds = (monotonic_ns() - begin) / 1e9
        try:
            self._results = [result for _, result in answers]
            spans = [
                ((start - begin) / 1e9, (end - begin) / 1e9, pid, thread) for (start, end, pid, thread, _), _ in answers
            ]
        except (TypeError, ValueError) as error:
            raise LaneFailure("wrong_result", f"the traced round did not return what the tasks did: {error}") from error
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
            raise LaneFailure("not_closed", _said_by(error)) from error
        return Timed(perf_counter() - start)

    @cached_property
    def _kit(self) -> Any:
        """The commands of the conformance kit."""
        from execbench.lane.checks.commands import Commands  # noqa: PLC0415 -- a lane that races need not pay for it

        return Commands()

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
            raise LaneFailure("raised", f"with stamped tasks: {_said_by(error)}") from error
        if [number for number, _ in answers] != list(range(len(stamped))):
            raise LaneFailure("wrong_result", "the results are not in the order of the tasks")


def _loaded(plugin: Place) -> Any:
    try:
        return load(plugin)
    except Missing as error:
        raise LaneFailure("not_opened", f"{error} is not installed in {sys.executable}") from error
    except (Unavailable, Broken) as error:
        raise LaneFailure("not_opened", str(error)) from error


def _cluster_of(executor: Any) -> Cluster | None:
    cluster = getattr(executor, "cluster", None)
    if cluster is None:
        return None
    try:
        return Cluster(str(cluster["address"]), [str(host) for host in cluster["hosts"]], int(cluster["workers"]))
    except (TypeError, KeyError, ValueError):
        wanted = "{'address': ..., 'hosts': [...], 'workers': 3}"
        raise LaneFailure("not_opened", f"its cluster is {cluster!r}; it must be like {wanted}") from None


def _difference(results: Sequence[Any], expected: Sequence[Any]) -> str:
    """Describe the first difference between two result lists."""
    if len(results) != len(expected):
        return f"{len(results)} results for {len(expected)} tasks"
    for index, (result, wanted) in enumerate(zip(results, expected)):
        if type(result) is not type(wanted) or _differ(result, wanted):
            return f"task {index} gave {reprlib.repr(result)} instead of {reprlib.repr(wanted)}"
    return "the results differ from those of a plain loop"


def _differ(result: Any, wanted: Any) -> bool:
    try:
        return bool(result != wanted)
    except ValueError:  # the comparison of arrays is an array
        return not bool((result == wanted).all())


def _said_by(error: BaseException) -> str:
    """Describe an exception in one line; its traceback goes to standard error, whose tail the parent keeps."""
    traceback.print_exception(type(error), error, error.__traceback__)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _pickled(values: Sequence[Any]) -> list[bytes] | None:
    """Pickle each value; None if one cannot be pickled, as threads never need it."""
    try:
        return [pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL) for value in values]
    except Exception:
        return None


def _uncompiled_modules() -> int:
    """Count the imported modules without a bytecode file, which every start has to compile again."""
    cached = [getattr(getattr(module, "__spec__", None), "cached", None) for module in list(sys.modules.values())]
    return sum(1 for path in cached if path and not os.path.exists(path))
