"""One launch of a trial: prepare, open, first call, check, rounds, close. Rounds are timed here and nowhere else."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from time import monotonic_ns, perf_counter
from typing import Any, get_args

from execbench.lane import counting, messages
from execbench.lane.arguments import SentOnce
from execbench.lane.code import uncompiled_modules, users_files
from execbench.lane.coroutines import import_asyncio, is_coroutine_function, map_for_coroutines
from execbench.lane.judging import judge, said_by
from execbench.lane.loading import BACKEND_USAGE
from execbench.lane.messages import (
    Cluster,
    Done,
    Judged,
    LaneFailure,
    Opened,
    Prepared,
    Round,
    Tasks,
    Timed,
    TracedRound,
)
from execbench.lane.modes import NEEDED, WAYS, Mode
from execbench.lane.pickling import are_distinct, digest, pickled_tasks
from execbench.lane.preparing import loaded, loaded_workload, made_tasks, plain_loop, said_with_line
from execbench.lane.reference import reference_kernel
from execbench.lane.wire import name_of
from execbench.lane.wrappers import AwaitedStamped, AwaitedTraced, Stamped, Traced, pickling_seconds
from execbench.protocol import Executor, Workload

_GIL_AT_START = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether the lock is on before any extension module is imported that is not Python's own."""


class Session:
    """Runs one launch of one trial. Each command calls the method of its name."""

    def __init__(self) -> None:
        self._workload: Workload
        self._awaits = False
        """The workload's function is a coroutine function."""
        self._backend: Callable[..., AbstractContextManager[Executor]]
        self._tasks: list[Any] = []
        self._manager: AbstractContextManager[Executor]
        self._executor: Executor
        self._results: Sequence[Any] = []
        self._expected: Sequence[Any] | None = None
        self._chunking: dict[str, int] = {}
        self._mode: Mode = "map"
        self._max_workers = 1
        self._disable_gc = False
        self._comes_by_value = False
        self._fn: Callable[[Any], Any]
        """What workers call with each of `_inputs`: the workload's function and tasks, or what stands for them."""
        self._inputs: Sequence[Any] = []
        self._sharing: Any = None
        """A `sharing.Sharing` if workers get something once."""
        self._is_open = False

    def obey(self, command: Any) -> Any:
        """Run a command and return its answer; a failed trial is an answer too, never a traceback in the pipe."""
        try:
            method = getattr(self._servant(command), name_of(command))
            return method() if isinstance(command, messages.Step) else method(command)
        except LaneFailure as failure:
            return failure

    def describe(self, command: messages.Describe) -> messages.Described:
        """Describe a plugin."""
        from execbench.lane.inspect_plugin import describe  # noqa: PLC0415 -- a lane that races need not pay for it

        return describe(command.plugin, command.options)

    def prepare(self, command: messages.Prepare) -> Prepared:
        """Import both plugins and make the tasks, as a program would before it starts a pool."""
        command.layout.before_imports()
        self._workload, self._backend = loaded_workload(command), loaded(command.backend)
        self._awaits = is_coroutine_function(self._workload.fn)
        if self._awaits:
            import_asyncio()
        self._chunking = {} if command.chunksize is None else {"chunksize": command.chunksize}
        self._mode = command.mode
        command.layout.before_tasks()
        self._tasks = made_tasks(self._workload, command)
        self._comes_by_value = command.workload.pickle is not None
        self._expected = None
        self._fn, self._inputs, self._sharing = self._workload.fn, self._tasks, None
        per_worker = (command.sent_once, self._workload.shared, self._workload.setup)
        if any(each is not None for each in per_worker) and not self._is_open:
            self._share(command.sent_once)
        return Prepared(uncompiled_modules(), users_files())

    def open(self, command: messages.Open) -> Opened:
        """Start the workers, on the clock."""
        self._disable_gc, self._max_workers = command.disable_gc, command.max_workers
        gc.collect()
        sharing = {} if self._sharing is None else self._sharing.options()
        start = perf_counter()
        try:
            self._manager = self._backend(command.max_workers, **command.options, **sharing)
            self._executor = self._manager.__enter__()
        except BaseException as error:
            raise LaneFailure("not_opened", said_by(error)) from error
        seconds = perf_counter() - start
        for method, usage in (("map", BACKEND_USAGE), NEEDED[self._mode]):
            if not callable(getattr(self._executor, method, None)):
                raise LaneFailure("not_opened", f"{type(self._executor).__name__} has no {method}: {usage}")
        self._is_open, cluster = True, _cluster_of(self._executor)
        if self._sharing is None:
            return Opened(seconds, cluster)
        self._fn = self._sharing.function(self._executor)
        return Opened(seconds, cluster, self._sharing.shared_by(self._executor), self._sharing.setup_by)

    def round(self) -> Round:
        """Map over all tasks, on the clock; the next command judges the results."""
        fn, tasks, chunking, way = self._fn, self._inputs, self._chunking, self._way()
        mapping = way.map
        with self._garbage_as_wanted():
            before = counting.reading()
            try:
                start = perf_counter()
                results = mapping(fn, tasks, **chunking)
                if type(results) is not list:
                    results = list(results)  # draining is part of the work: a lazy executor has done none before it
                seconds = perf_counter() - start
            except BaseException as error:
                raise LaneFailure("raised", self._advice_on(error) or said_with_line(error)) from error
            after = counting.reading()
        self._results = results
        return Round(seconds, counting.counted(before, after), way.noted())

    def first_call(self) -> Round:
        """Do the same while nothing is warm."""
        return self.round()

    def digest_tasks(self) -> Tasks:
        """Return a digest of the tasks as they are now, which the oracle's can be compared with."""
        content = pickled_tasks(self._tasks)
        return Tasks(None if content is None else digest(content))

    def deliver(self, command: messages.Deliver) -> Done:
        """Save the last round's results, or the tasks, for the oracle; what that takes is not the round's."""
        from execbench.lane.oracle import save  # noqa: PLC0415 -- only once the clock has stopped

        if command.what == "tasks":
            return save(self._tasks, command)
        results, self._results = self._results, []
        return save(results, command)

    def judge(self) -> Judged:
        """Compare the last round's results here, where there is no oracle, or they cannot be pickled.

        The plain loop runs only after the first call, so that forked workers inherit none of its caches. If results
        cannot tell tasks apart, numbered tasks prove their order.
        """
        results, self._results = self._results, []
        if self._expected is not None:
            return judge(self._workload, results, self._expected)
        self._expected = plain_loop(self._workload, self._tasks)
        judged = judge(self._workload, results, self._expected)
        if not are_distinct(self._expected):
            self.prove_order()
        return judged

    def prove_order(self) -> Done:
        """Map over numbered tasks, as equal results cannot show their order."""
        fn = (AwaitedStamped if self._awaits else Stamped)(self._fn)
        stamped = list(enumerate(self._inputs))
        try:
            answers = list(self._way().map(fn, stamped, **self._chunking))
        except BaseException as error:
            raise LaneFailure("raised", f"with numbered tasks: {said_by(error)}") from error
        try:
            numbers = [number for number, _ in answers]
        except (TypeError, ValueError) as error:
            raise LaneFailure("wrong_result", f"numbered tasks did not return what they should: {error}") from error
        if numbers != list(range(len(stamped))):
            raise LaneFailure("wrong_result", "the results are not in the order of the tasks")
        return Done()

    def run_reference(self) -> Timed:
        """Run the reference kernel, on the clock."""
        return Timed(reference_kernel())

    def trace(self) -> TracedRound:
        """Map over all tasks, recording when and where each one runs; the next command judges the results."""
        traced = (AwaitedTraced if self._awaits else Traced)(self._fn)
        with self._garbage_as_wanted():
            begin = monotonic_ns()
            try:
                answers = list(self._way().map(traced, self._inputs, **self._chunking))
            except BaseException as error:
                raise LaneFailure("raised", f"in the traced round: {said_by(error)}") from error
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
        serialise = 0.0 if shared else sum(pickling_seconds(each, chunksize) for each in (self._inputs, self._results))
        return TracedRound(seconds, spans, serialise, shared)

    def gil(self) -> Any:
        """Look at the global interpreter lock, here and in the workers."""
        from execbench.lane.gil import look_everywhere  # noqa: PLC0415 -- once per trial, when all rounds are over

        return look_everywhere(self._executor.map, len(self._tasks), wanted=_GIL_AT_START, **self._chunking)

    def close(self) -> Timed:
        """Stop the workers, on the clock."""
        start = perf_counter()
        try:
            self._manager.__exit__(None, None, None)
        except BaseException as error:
            raise LaneFailure("not_closed", said_by(error)) from error
        return Timed(perf_counter() - start)

    def _way(self) -> Any:
        """How the executor is given the tasks: by the map that suits the function, in the mode that was asked for."""
        if self._sharing is not None:
            mapping = self._sharing.map_of(self._executor)
        else:
            mapping = map_for_coroutines(self._executor) if self._awaits else self._executor.map
        return WAYS[self._mode](self._executor, mapping, self._max_workers)

    def _servant(self, command: Any) -> Any:
        """Return the object that carries out a command."""
        if isinstance(command, get_args(messages.OracleCommand)):
            return self._oracle
        room = type(command).__module__
        if room == messages.__name__:
            return self
        return self._kit if room.endswith("kit_messages") else self._adviser

    def _share(self, what: SentOnce | None) -> None:
        from execbench.lane.sharing import Sharing  # noqa: PLC0415 -- few lanes need it

        self._sharing = Sharing(self._workload, self._tasks, self._backend, what)
        self._inputs = self._sharing.tasks

    @cached_property
    def _adviser(self) -> Any:
        """The commands of advice."""
        from execbench.lane.advising import Adviser  # noqa: PLC0415 -- a lane that races need not pay for it

        return Adviser()

    @cached_property
    def _oracle(self) -> Any:
        """The commands of an oracle."""
        from execbench.lane.oracle import Oracle  # noqa: PLC0415 -- other lanes need not pay for it

        return Oracle()

    @cached_property
    def _kit(self) -> Any:
        """The commands of the conformance kit."""
        from execbench.lane.checks.commands import Commands  # noqa: PLC0415 -- a lane that races need not pay for it

        return Commands()

    def _advice_on(self, error: BaseException) -> str | None:
        if not self._comes_by_value:
            return None
        from execbench.lane.by_value import advice_on  # noqa: PLC0415 -- few lanes need it

        return advice_on(error, self._workload.fn)

    @contextmanager
    def _garbage_as_wanted(self) -> Iterator[None]:
        if self._disable_gc:
            gc.disable()
        try:
            yield
        finally:
            gc.enable()


def _cluster_of(executor: Any) -> Cluster | None:
    cluster = getattr(executor, "cluster", None)
    if cluster is None:
        return None
    try:
        return Cluster(str(cluster["address"]), [str(host) for host in cluster["hosts"]], int(cluster["workers"]))
    except (TypeError, KeyError, ValueError):
        wanted = "{'address': ..., 'hosts': [...], 'workers': 3}"
        raise LaneFailure("not_opened", f"its cluster is {cluster!r}; it must be like {wanted}") from None
