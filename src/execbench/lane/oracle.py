"""The oracle: a process that runs no backend, computes what a workload returns, and judges the results of every lane.

It has a process to itself so that no backend can read the answers, and so that what a function leaves behind in its
process, such as a cache, cannot pass from the plain loop to a lane.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from execbench.lane import messages
from execbench.lane.code import users_files
from execbench.lane.counting import most_memory
from execbench.lane.effects import Effects
from execbench.lane.judging import compare, judge, said_by
from execbench.lane.messages import Done, Expected, Judged, LaneFailure
from execbench.lane.pickling import are_distinct, digest, pickled, pickled_tasks, unpickled
from execbench.lane.preparing import loaded_workload, made_tasks, plain_loop
from execbench.protocol import Workload

REPEATED = 3
"""How many tasks are done twice."""


class Oracle:
    """Judges the lanes of one race. Each command calls the method of its name."""

    def __init__(self) -> None:
        self._workload: Workload
        self._numbers: list[int]
        """Those of the tasks, if they are a sample."""
        self._tasks: bytes | None = None
        """The tasks, pickled before the function saw them."""
        self._expected: list[Any] = []
        self._right = b""
        """The expected results, pickled."""
        self._expected_of: dict[str, list[Any]] = {}
        """The expected results of lanes that have other tasks, by the file of these."""

    def expect(self, command: messages.Expect) -> Expected:
        """Compute the expected results, and keep them."""
        self._workload, self._numbers = loaded_workload(command), command.sample
        tasks = made_tasks(self._workload, command)
        self._tasks = pickled_tasks(tasks)
        before = most_memory()
        with Effects() as effects:
            self._expected = plain_loop(self._workload, tasks, self._numbers)
        memory = most_memory() - before
        self._check_that_the_work_is_done()
        self._check_that_it_repeats()
        results = pickled(self._expected)
        self._right = results or b""
        return Expected(
            tasks=None if self._tasks is None else digest(self._tasks),
            task_bytes=None if self._tasks is None else len(self._tasks),
            result_bytes=None if results is None else len(self._right),
            distinct=are_distinct(self._expected),
            portable=results is not None and self._can_be_loaded(),
            files=users_files(),
            effects=effects.said,
            memory_bytes=max(0, memory - len(self._right)),
        )

    def compare(self, command: messages.Compare) -> Judged:
        """Judge the results in a file; where the lane has other tasks, by a plain loop over those."""
        content = _read(command.results)
        if command.tasks is not None:
            expected = self._expected_from(command.tasks)
            return judge(self._workload, _load(content, "results"), expected, self._numbers)
        if content == self._right:
            return Judged()
        return judge(self._workload, _load(content, "results"), self._expected, self._numbers)

    def recognise(self, command: messages.Recognise) -> Done:
        """Compare the tasks in a file with the oracle's, by value, as equal values may be pickled differently."""
        fresh = _load(self._tasks or b"", "tasks")
        compare(_load(_read(command.tasks), "tasks"), fresh)
        return Done()

    def _expected_from(self, tasks: str) -> list[Any]:
        """Return what a lane's own tasks give, computed once; those of lanes that are gone are dropped."""
        if tasks not in self._expected_of:
            self._expected_of = {path: kept for path, kept in self._expected_of.items() if os.path.exists(path)}
            self._expected_of[tasks] = plain_loop(self._workload, _load(_read(tasks), "tasks"))
        return self._expected_of[tasks]

    def _check_that_the_work_is_done(self) -> None:
        """Raise LaneFailure if a result is an iterator of Python's own, which works only when it is read, and once."""
        for index, result in enumerate(self._expected):
            kind = type(result)
            if isinstance(result, Iterator) and kind.__module__ in ("builtins", "itertools"):
                said = f"task {index} gave a {kind.__name__}, which does its work only when it is read, and only once"
                raise LaneFailure("wrong_result", f"{said}: return a list")

    def _check_that_it_repeats(self) -> None:
        """Raise LaneFailure if the function gives other results for the same tasks, before anything is raced."""
        fresh = list(islice(unpickled(self._tasks or b""), REPEATED))
        try:
            # In another order, as earlier calls may leave something behind.
            again = plain_loop(self._workload, fresh[::-1])[::-1]
            judge(self._workload, again, self._expected[: len(fresh)])
        except LaneFailure as failure:
            said = f"the function does not repeat its results, so they cannot be checked: {failure.reason}"
            raise LaneFailure("wrong_result", f"{said}: seed it, or race with --check order") from failure

    def _can_be_loaded(self) -> bool:
        try:
            return len(_load(self._right, "results")) == len(self._expected)
        except LaneFailure:
            return False


def save(values: Sequence[Any], command: messages.Deliver) -> Done:
    """Pickle values into a file for the oracle."""
    content = (pickled_tasks if command.what == "tasks" else pickled)(values)
    if content is None:
        raise LaneFailure("wrong_result", f"the {command.what} cannot be pickled, unlike those of a plain loop")
    with open(command.path, "wb") as file:
        file.write(content)
    return Done()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _load(content: bytes, what: str) -> list[Any]:
    try:
        return list(unpickled(content))
    except Exception as error:
        raise LaneFailure("wrong_result", f"the {what} cannot be unpickled: {said_by(error)}") from error
