"""Find from outside the processes and shared memory that are left after an executor was left, or its lane ended."""

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from execbench.supervisor.process_tree import ProcessTree, is_tracker

_SHARED = Path("/dev/shm")
_FORK_SERVER = "multiprocessing.forkserver"
_NUMBER = re.compile(r"(?<![0-9a-zA-Z])\d{2,9}(?![0-9a-zA-Z])")
"""What may be a process id in a name: a number that stands by itself."""

_POLL_SECONDS = 0.02


def processes_beside(tree: ProcessTree, lane: int, patience: float) -> list[str]:
    """Name a lane's processes except itself and those that the standard library keeps until the program ends."""

    def left() -> list[str]:
        others = [(process, line) for process, line in _command_lines(tree) if process.pid != lane]
        return [line for process, line in others if not is_tracker(process) and _FORK_SERVER not in line]

    return _after(patience, left)


def processes_after(tree: ProcessTree, lane: int, patience: float) -> list[str]:
    """Name the processes that are left after the lane was told to end, including the lane if something holds it."""
    held = "the program itself, which a thread or an exit handler keeps from ending"
    return _after(patience, lambda: [held if process.pid == lane else line for process, line in _command_lines(tree)])


def shared_memory() -> set[str]:
    """Return the names of what is in shared memory now; nothing where the system does not show it."""
    return set(os.listdir(_SHARED)) if _SHARED.is_dir() else set()


def shared_memory_since(before: set[str], patience: float) -> list[str]:
    """Name what has been added to shared memory since, and is not used by any process on this machine."""
    return _after(patience, lambda: [name for name in sorted(shared_memory() - before) if not _in_use(name)])


def _after(patience: float, left: Callable[[], list[str]]) -> list[str]:
    """Return what is left as soon as that is nothing, or when patience ends."""
    deadline = time.monotonic() + patience
    while (found := left()) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return found


def _command_lines(tree: ProcessTree) -> list[tuple[psutil.Process, str]]:
    found = []
    for process in tree.members():
        with suppress(psutil.Error):
            found.append((process, " ".join(process.cmdline())[:120] or process.name()))
    return found


def _in_use(name: str) -> bool:
    """Return whether a name contains the id of a living process, or a process has it open or mapped."""
    if any(psutil.pid_exists(int(number)) for number in _NUMBER.findall(name)):
        return True
    path = os.fspath(_SHARED / name)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{path}\n" in (process / "maps").read_text(encoding="utf-8", errors="replace"):
                return True
            if any(os.readlink(link) == path for link in (process / "fd").iterdir()):
                return True
    return False
