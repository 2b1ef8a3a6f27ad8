"""Carries out the kit's commands in a lane: open a backend, run a check or probe, leave, and look at what is left.

Each command is a separate step, so that the parent can limit its time and name the step that hangs.
"""

from __future__ import annotations

import gc
import os
import stat
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from time import perf_counter
from typing import Any

from execbench.lane.checks import tasks
from execbench.lane.checks.catalogue import ACTS
from execbench.lane.checks.stage import NotApplicable, NotMet, Stage, said
from execbench.lane.kit_messages import Act, Enter, Finding, Leave, Look
from execbench.lane.loading import line_of, where
from execbench.lane.preparing import load

_REST_SECONDS = 1.0
"""How long threads may take to end, and to close their files, after leaving."""


class Commands:
    """What this process has open. Each command calls the method of its name."""

    def __init__(self) -> None:
        self._stage: Stage
        self._manager: AbstractContextManager[Any]
        self._first_look: tuple[list[str], list[str]] | None = None
        self._printed = os.path.join(tempfile.gettempdir(), "printed")
        with open(self._printed, "wb") as file:  # receives what this process and its workers print
            for standard in (1, 2):
                os.dup2(file.fileno(), standard)

    def enter(self, command: Enter) -> Finding:
        """Import a backend and open it."""
        place = command.backend
        self._stage = Stage(place, command.options, command.max_workers, self._printed)
        plugin = load(place)
        try:
            self._manager = plugin(command.max_workers, **command.options)
            if not isinstance(self._manager, AbstractContextManager):
                returned = f"it returned {_named(self._manager)}, which is not a context manager"
                return Finding("misfit", f"{line_of(plugin, place)}{returned}")
            executor = self._stage.executor = self._manager.__enter__()
        except BaseException as error:
            return Finding("refused", f"it could not be opened: {where(error)}{said(error)}")
        if not callable(getattr(executor, "map", None)):
            return Finding("misfit", f"{line_of(plugin, place)}its executor, {_named(executor)}, has no map")
        return Finding("right")

    def act(self, command: Act) -> Finding:
        """Run a check or a probe."""
        self._stage.folder = tempfile.mkdtemp()
        start = perf_counter()
        try:
            outcome, detail = ACTS[command.name](self._stage) or ("pass", "")
        except NotApplicable as reason:
            outcome, detail = "skip", str(reason)
        except NotMet as reason:
            outcome, detail = "fail", str(reason)
        except BaseException as error:
            outcome, detail = "error", said(error)
        return Finding(outcome, detail, perf_counter() - start)

    def leave(self, _: Leave) -> Finding:
        """Leave the context, by an exception if the check gave one."""
        error = self._stage.error
        leaving = (type(error), error, error.__traceback__) if error else (None, None, None)
        self._stage.executor = self._stage.error = None
        try:
            swallowed = self._manager.__exit__(*leaving)
        except BaseException as raised:
            return Finding("right") if raised is error else Finding("error", f"leaving raised {said(raised)}")
        if error and swallowed:
            return Finding("error", "leaving swallowed the exception of the program")
        return Finding("right")

    def look(self, _: Look) -> Finding:
        """Find threads and open files that were not there at the first look: what is left once is the library's."""
        del self._manager
        gc.collect()
        if self._first_look is None:
            tasks.wait_for(lambda: threading.active_count() == 1, _REST_SECONDS)
            self._first_look = _threads(), _open_files()
            return Finding("right")
        tasks.wait_for(lambda: not self._left(), _REST_SECONDS)
        left = self._left()
        return Finding("error", left) if left else Finding("right")

    def _left(self) -> str:
        threads, files = self._first_look or ([], [])
        return growth("thread", threads, _threads()) or growth("descriptor", files, _open_files())


def growth(kind: str, before: Sequence[str], after: Sequence[str]) -> str:
    """Describe what each use of a backend adds; an empty text if nothing."""
    more, added = len(after) - len(before), list((Counter(after) - Counter(before)).elements())
    return f"each time it is used, {more} more {kind} stays: {listed(added)}" if more > 0 else ""


def listed(names: Sequence[str]) -> str:
    """Name the first three."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _named(thing: Any) -> str:
    return "None" if thing is None else f"an object of the class {type(thing).__name__}"


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def _open_files() -> list[str]:
    """Return what this process has open, except sockets: libraries cache their connections."""
    found = []
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
    for number in sorted(os.listdir(folder), key=int):
        with suppress(OSError):  # the one that listed the folder is closed by now
            if not stat.S_ISSOCK(os.stat(int(number)).st_mode):
                found.append(os.readlink(f"{folder}/{number}") if sys.platform == "linux" else number)
    return found
