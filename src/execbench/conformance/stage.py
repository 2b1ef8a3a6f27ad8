"""Inside the lane: opens a backend, acts on its executor, maps again and leaves, one step for each request.

The kit sets a hard limit to each step, so that what hangs is known by its name.
"""

from __future__ import annotations

import contextlib
import gc
import os
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from time import perf_counter
from typing import Any

from execbench.conformance import tasks
from execbench.lane.loading import line_of, load, where

Answer = dict[str, Any]

AT_REST_SECONDS = 1.0
"""For threads that end on their own, and files that they close, a moment after leaving."""

Outcome = tuple[str, str]
"""What came of a chaos probe: one of the closed set, and a detail."""


class NotMet(Exception):
    """The contract is not kept: the message says what was seen instead."""


class NotApplicable(Exception):
    """The check does not apply to this backend: the message says why."""


class _Left(Exception):
    """What a program raises that leaves early."""


class Stage:
    """One backend in this process, and what the checks use of it."""

    def __init__(self) -> None:
        self.place: dict[str, Any] = {}
        self.options: dict[str, Any] = {}
        self.max_workers = 0
        self.folder = Path()
        self.printed: Path | None = None
        self.executor: Any = None
        self.error: BaseException | None = None
        """What was raised in the act, and takes the program out of the context."""
        self._manager: AbstractContextManager[Any]

    def map(self, fn: Callable[[Any], Any], inputs: Iterable[Any], chunksize: int = 1) -> list[Any]:
        """Map, and drain the results."""
        return list(self.executor.map(fn, inputs, chunksize=chunksize))

    def path(self, name: str) -> str:
        """Return the path of a file that only this check uses."""
        return os.fspath(self.folder / name)

    def room(self) -> str:
        """Return a new folder."""
        return tempfile.mkdtemp(dir=self.folder)

    # The steps --------------------------------------------------------------------------------------------------

    def open(
        self, backend: dict[str, Any], options: dict[str, Any], max_workers: int, redirect: bool = False
    ) -> Answer:
        """Import the backend and enter it; `misfit` is a backend that is none, `refusal` what its entering raised."""
        self.place, self.options, self.max_workers = backend, options, max_workers
        self.folder = Path(tempfile.mkdtemp(prefix="check-"))
        if redirect:
            self._redirect()
        plugin = load(backend)
        try:
            self._manager = plugin(max_workers, **options)
            if not isinstance(self._manager, AbstractContextManager):
                return {"misfit": f"{line_of(plugin, backend)}it returned {_named(self._manager)}, no context manager"}
            self.executor = self._manager.__enter__()
        except BaseException as error:
            return {"refusal": f"{where(error)}{said(error)}"}
        if not callable(getattr(self.executor, "map", None)):
            return {"misfit": f"{line_of(plugin, backend)}its executor, {_named(self.executor)}, has no map"}
        return {}

    def check(self, check: str) -> Answer:
        """Carry out a check of the contract and answer with its verdict."""
        from execbench.conformance.catalogue import CONTRACT  # noqa: PLC0415 -- its modules import this one

        try:
            CONTRACT[check].act(self)
        except NotApplicable as reason:
            return {"verdict": f"skip: {reason}"}
        except NotMet as reason:
            return {"verdict": f"fail: {reason}"}
        except BaseException as error:
            return {"verdict": f"fail: {said(error)}"}
        return {"verdict": "pass"}

    def observe(self, probe: str) -> Answer:
        """Carry out a chaos probe and answer with what came of it."""
        from execbench.conformance.catalogue import CHAOS  # noqa: PLC0415 -- its modules import this one

        start = perf_counter()
        try:
            outcome, detail = CHAOS[probe].act(self)
        except BaseException as error:
            outcome, detail = "error", said(error)
        return {"outcome": outcome, "detail": detail, "seconds": perf_counter() - start}

    def again(self) -> Answer:
        """Map on the same executor after whatever happened; `wrong` is what it gave, `error` what it raised."""
        numbers = list(range(4 * self.max_workers))
        try:
            results = self.map(tasks.double, numbers)
        except BaseException as error:
            return {"error": said(error)}
        return {} if results == [2 * number for number in numbers] else {"wrong": repr(results)[:80]}

    def leave(self, early: bool = False) -> Answer:
        """Leave the context, by an exception if `early`; `error` says what is wrong with that."""
        error = (self.error or _Left("the program leaves early")) if early else None
        self.executor = self.error = None
        trace = error.__traceback__ if error else None
        try:
            swallowed = self._manager.__exit__(type(error) if error else None, error, trace)
        except BaseException as raised:
            return {} if raised is error else {"error": f"leaving raised {said(raised)}"}
        return {"error": "leaving swallowed the exception of the program"} if error and swallowed else {}

    def look(self, thread: int | None = None, descriptor: int | None = None) -> Answer:
        """Tell which threads and file descriptors this process has, once there are no more than given, or soon."""
        del self._manager
        gc.collect()
        tasks.wait_for(
            lambda: (
                threading.active_count() <= (1 if thread is None else thread)
                and len(_descriptors()) <= (descriptor or len(_descriptors()))
            ),
            AT_REST_SECONDS,
        )
        return {
            "pid": os.getpid(),
            "thread": [thread.name for thread in threading.enumerate()],
            "descriptor": _descriptors(),
        }

    def _redirect(self) -> None:
        """Let everything that this process and its workers print go to a file."""
        self.printed = self.folder / "printed"
        with self.printed.open("wb") as file:
            for standard in (1, 2):
                os.dup2(file.fileno(), standard)


_STAGE = Stage()


def step(step_name: str, **arguments: Any) -> Answer:
    """Carry out one step: what a lane calls for the kit."""
    answer: Answer = getattr(_STAGE, step_name)(**arguments)
    return answer


def said(error: BaseException) -> str:
    """Say in a line what was raised."""
    first = str(error).strip().partition("\n")[0][:200]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _named(thing: Any) -> str:
    return "None" if thing is None else f"an object of the class {type(thing).__name__}"


def _descriptors() -> list[str]:
    """What this process has open; but not sockets, as libraries keep their connections in caches of their own."""
    found = []
    for folder in ("/proc/self/fd", "/dev/fd"):
        if os.path.isdir(folder):
            for number in sorted(os.listdir(folder), key=int):
                with contextlib.suppress(OSError):  # the one that listed the folder is closed by now
                    if not stat.S_ISSOCK(os.stat(int(number)).st_mode):
                        found.append(os.readlink(f"{folder}/{number}") if sys.platform == "linux" else number)
            break
    return found
