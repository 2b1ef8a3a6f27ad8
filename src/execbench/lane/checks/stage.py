"""Opens a backend, acts on its executor, maps again and leaves, one step for each command.

The kit sets a hard limit to each step, so that a step that hangs is known by its name.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
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

from execbench.lane import messages
from execbench.lane.checks import tasks
from execbench.lane.loading import line_of, load, where
from execbench.lane.messages import Answered, Entered, Observed, Place, Seen, Verdict

AT_REST_SECONDS = 1.0
"""For threads that end on their own, and files that they close, a moment after leaving."""

Outcome = tuple[str, str]
"""What came of a chaos probe: one of `chaos.OUTCOMES`, and a detail."""


class NotMet(Exception):
    """The contract is not kept: the message says what was seen instead."""


class NotApplicable(Exception):
    """The check does not apply to this backend: the message says why."""


class _LeftEarly(Exception):
    """What a program raises that leaves early."""


class Stage:
    """One backend in this process, and what the checks use of it."""

    def __init__(self) -> None:
        self._steps: dict[type, Callable[[Any], Any]] = {
            messages.Enter: self.enter,
            messages.Act: self.act,
            messages.Observe: self.observe,
            messages.MapAgain: self.map_again,
            messages.Leave: self.leave,
            messages.Look: self.look,
        }
        self.backend: Place
        self.options: dict[str, Any] = {}
        self.max_workers = 0
        self.folder = Path()
        self.printed: Path | None = None
        self.executor: Any = None
        self.error: BaseException | None = None
        """What was raised in the act, and takes the program out of the context."""
        self._manager: AbstractContextManager[Any]

    def obey(self, command: messages.KitCommand) -> Any:
        """Carry out one step, and return its answer."""
        return self._steps[type(command)](command)

    # What the checks use ------------------------------------------------------------------------------------------

    def map(self, fn: Callable[[Any], Any], inputs: Iterable[Any], chunksize: int = 1) -> list[Any]:
        """Map, and drain the results."""
        return list(self.executor.map(fn, inputs, chunksize=chunksize))

    def path(self, name: str) -> str:
        """Return the path of a file that only this check uses."""
        return os.fspath(self.folder / name)

    def new_folder(self) -> str:
        """Return a new folder."""
        return tempfile.mkdtemp(dir=self.folder)

    # The steps ----------------------------------------------------------------------------------------------------

    def enter(self, command: messages.Enter) -> Entered:
        """Import the backend and enter it."""
        self.backend, self.options, self.max_workers = command.backend, command.options, command.max_workers
        self.folder = Path(tempfile.mkdtemp(prefix="check-"))
        if command.redirect:
            self._redirect()
        plugin = load(self.backend)
        try:
            self._manager = plugin(self.max_workers, **self.options)
            if not isinstance(self._manager, AbstractContextManager):
                returned = f"it returned {_named(self._manager)}, which is not a context manager"
                return Entered(misfit=f"{line_of(plugin, self.backend)}{returned}")
            self.executor = self._manager.__enter__()
        except BaseException as error:
            return Entered(refusal=f"{where(error)}{said(error)}")
        if not callable(getattr(self.executor, "map", None)):
            line = line_of(plugin, self.backend)
            return Entered(misfit=f"{line}its executor, {_named(self.executor)}, has no map")
        return Entered()

    def act(self, command: messages.Act) -> Verdict:
        """Carry out a check of the contract."""
        self.folder = Path(tempfile.mkdtemp(prefix="check-"))
        try:
            _function(command.function)(self)
        except NotApplicable as reason:
            return Verdict(f"skip: {reason}")
        except NotMet as reason:
            return Verdict(f"fail: {reason}")
        except BaseException as error:
            return Verdict(f"fail: {said(error)}")
        return Verdict("pass")

    def observe(self, command: messages.Observe) -> Observed:
        """Carry out a chaos probe."""
        start = perf_counter()
        try:
            outcome, detail = _function(command.function)(self)
        except BaseException as error:
            outcome, detail = "error", said(error)
        return Observed(outcome, detail, perf_counter() - start)

    def map_again(self, _: messages.MapAgain) -> Answered:
        """Map on the same executor after whatever happened."""
        numbers = list(range(4 * self.max_workers))
        try:
            results = self.map(tasks.double, numbers)
        except BaseException as error:
            return Answered(error=said(error))
        return Answered() if results == [2 * number for number in numbers] else Answered(wrong=repr(results)[:80])

    def leave(self, command: messages.Leave) -> Answered:
        """Leave the context."""
        error = (self.error or _LeftEarly("the program leaves early")) if command.early else None
        self.executor = self.error = None
        trace = error.__traceback__ if error else None
        try:
            swallowed = self._manager.__exit__(type(error) if error else None, error, trace)
        except BaseException as raised:
            return Answered() if raised is error else Answered(error=f"leaving raised {said(raised)}")
        return Answered(error="leaving swallowed the exception of the program") if error and swallowed else Answered()

    def look(self, command: messages.Look) -> Seen:
        """Name the threads and the open files of this process."""
        del self._manager
        gc.collect()
        tasks.wait_for(
            lambda: (
                threading.active_count() <= (command.threads or 1)
                and len(_open_files()) <= (command.files or len(_open_files()))
            ),
            AT_REST_SECONDS,
        )
        return Seen([thread.name for thread in threading.enumerate()], _open_files())

    def _redirect(self) -> None:
        """Let everything that this process and its workers print go to a file."""
        self.printed = self.folder / "printed"
        with self.printed.open("wb") as file:
            for standard in (1, 2):
                os.dup2(file.fileno(), standard)


def said(error: BaseException) -> str:
    """Say in a line what was raised."""
    first = str(error).strip().partition("\n")[0][:200]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _function(place: str) -> Callable[[Stage], Any]:
    module, _, name = place.partition(":")
    function: Callable[[Stage], Any] = getattr(importlib.import_module(module), name)
    return function


def _named(thing: Any) -> str:
    return "None" if thing is None else f"an object of the class {type(thing).__name__}"


def _open_files() -> list[str]:
    """What this process has open, except sockets: libraries keep their connections in caches of their own."""
    found = []
    for folder in ("/proc/self/fd", "/dev/fd"):
        if os.path.isdir(folder):
            for number in sorted(os.listdir(folder), key=int):
                with contextlib.suppress(OSError):  # the one that listed the folder is closed by now
                    if not stat.S_ISSOCK(os.stat(int(number)).st_mode):
                        found.append(os.readlink(f"{folder}/{number}") if sys.platform == "linux" else number)
            break
    return found
