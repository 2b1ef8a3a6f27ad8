"""Processes of lanes that hide: they have lost their parent, left their session, and cleared their environment.

Linux gives the orphans of all descendants to a process that asks for it, so while a run has lanes it sees them. Other
systems, and the guard of a run that was killed by SIGKILL, cannot tell them from the processes of other programs.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import ClassVar

_SET, _GET = 36, 37  # PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER
_END_SECONDS = 10.0


class Orphans:
    """The orphans of the lanes of a run: children of this process that it has not started."""

    _started: ClassVar[set[int]] = set()
    """The lanes and guards of this process."""

    def __init__(self, adopts: bool) -> None:
        self._adopts = adopts and sys.platform == "linux" and not _is_subreaper() and _set_subreaper(True)
        self._lanes: set[int] = set()
        self._before: set[int] = set()
        """Those that were there when the number of lanes last changed: nobody knows whose they are."""
        self._lock = RLock()

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Let nobody look for orphans until a new child is known as one that was started."""
        with self._lock:
            yield

    def guard_started(self, pid: int) -> None:
        """Take note of a child that is no orphan."""
        self._started.add(pid)

    def lane_started(self, pid: int) -> None:
        """Take note of a lane."""
        with self._lock:
            self._started.add(pid)
            self._lanes.add(pid)
            self._before = self._all()

    def lane_ended(self, pid: int) -> None:
        """Forget a lane; without one, there is nobody whom an orphan could belong to."""
        with self._lock:
            self._started.discard(pid)
            self._lanes.discard(pid)
            if not self._lanes:
                self._end()
            self._before = self._all()

    def of_only_lane(self) -> set[int]:
        """Return those that have appeared while one lane alone is open, so that they are its own."""
        with self._lock:
            found = self._all()
            return found - self._before if len(self._lanes) == 1 else set()

    def close(self, guard: int) -> None:
        """End all orphans, and adopt no more."""
        with self._lock:
            self._started.discard(guard)
            self._end()
            if self._adopts:
                _set_subreaper(False)
                self._adopts = False

    def _end(self) -> None:
        """Kill them, and those that become orphans by that."""
        deadline = time.monotonic() + _END_SECONDS
        while (found := self._all()) and time.monotonic() < deadline:
            for pid in found:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)

    def _all(self) -> set[int]:
        """Return the living ones, and take leave of the dead. Whatever else we start stays in our session."""
        if not self._adopts:
            return set()
        found: set[int] = set()
        for pid in _children() - self._started:
            with suppress(OSError):
                if os.getsid(pid) != os.getsid(0) and os.waitpid(pid, os.WNOHANG) == (0, 0):
                    found.add(pid)
        return found


def _children() -> set[int]:
    found: set[int] = set()
    for thread in Path("/proc/self/task").glob("*"):  # nothing, where there is no /proc
        with suppress(OSError):
            found.update(map(int, (thread / "children").read_text(encoding="ascii").split()))
    return found


def _is_subreaper() -> bool:
    flag = ctypes.c_int()
    return ctypes.CDLL(None).prctl(_GET, ctypes.byref(flag), 0, 0, 0) == 0 and bool(flag.value)


def _set_subreaper(wanted: bool) -> bool:
    return bool(ctypes.CDLL(None).prctl(_SET, int(wanted), 0, 0, 0) == 0)
