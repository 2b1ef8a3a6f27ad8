"""What a workload gives each worker beside its tasks: an object that all tasks share, and a set-up."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

SharedBy = Literal["initializer", "map_shared", "function"]
"""How workers get the object; with `function`, it goes with each chunk of tasks."""

SetupBy = Literal["initializer", "first_task"]
"""What sets up each process that runs tasks."""

SETUPS = "setups"
"""The name of the file in a lane's folder that grows by a byte with each set-up."""

# By process id: a forked worker must not take its parent's set-up for its own; nor the lock, which a thread of the
# parent may hold during the fork, and which nobody would release in the child.
_ready: set[int] = set()
_locks: dict[int, threading.Lock] = {}


@dataclass(frozen=True)
class WithShared:
    """Calls `fn` with a task and the object that all tasks share."""

    fn: Callable[[Any, Any], Any]
    shared: Any

    def __call__(self, task: Any) -> Any:
        """Return what the function does."""
        return self.fn(task, self.shared)


@dataclass(frozen=True)
class Setup:
    """A call that each process needs once before its first task."""

    call: Callable[[], object]
    log: str | None = None
    """A file that grows by a byte with each call."""

    def once(self) -> None:
        """Make the call, unless this process has made it; its other threads wait until it is done."""
        process = os.getpid()
        if process in _ready:
            return
        with _locks.setdefault(process, threading.Lock()):
            if process not in _ready:
                self.call()
                self._count()
                _ready.add(process)

    def _count(self) -> None:
        if self.log is not None:
            with suppress(OSError):  # on another machine of a cluster there is no such folder
                descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
                os.write(descriptor, b".")
                os.close(descriptor)


@dataclass(frozen=True)
class AfterSetup:
    """Calls `fn` once the set-up is done in this process."""

    fn: Callable[[Any], Any]
    setup: Setup

    def __call__(self, task: Any) -> Any:
        """Return what the function does."""
        self.setup.once()
        return self.fn(task)
