"""Outside: which processes and which shared memory are left when an executor was left, and when its lane has ended."""

import os
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from execbench.supervisor.process_tree import ProcessTree, is_tracker

_SHARED = Path("/dev/shm")
_FORK_SERVER = "multiprocessing.forkserver"
_NUMBER = re.compile(r"(?<![0-9a-zA-Z])\d{2,9}(?![0-9a-zA-Z])")
"""What may be the number of a process in a name: it stands by itself."""

_POLL_SECONDS = 0.02


def processes_beside(tree: ProcessTree, lane: int, patience: float) -> list[str]:
    """Name the processes of a lane's tree but itself, and what the standard library keeps as long as the program."""

    def left() -> list[str]:
        others = [(process, line) for process, line in _command_lines(tree) if process.pid != lane]
        return [line for process, line in others if not is_tracker(process) and _FORK_SERVER not in line]

    return _after(patience, left)


def processes_after(tree: ProcessTree, lane: int, patience: float) -> list[str]:
    """Name the processes that are left once the lane was told to end; the lane, too, if something holds it."""

    def left() -> list[str]:
        return [
            "the program itself, which a thread or an exit handler keeps from ending" if process.pid == lane else line
            for process, line in _command_lines(tree)
        ]

    return _after(patience, left)


def shared_memory() -> set[str]:
    """Return what is in shared memory now, by name; nothing where the system does not show it."""
    try:
        return set(os.listdir(_SHARED))
    except OSError:
        return set()


def shared_memory_since(before: set[str], patience: float) -> list[str]:
    """Name what has come into shared memory since, and that nobody on this machine uses any more."""
    return _after(patience, lambda: _unused(shared_memory() - before))


def _after(patience: float, left: Callable[[], list[str]]) -> list[str]:
    """Give what is left, once that is nothing, or patience ends."""
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


def _unused(names: Iterable[str]) -> list[str]:
    """Leave out what belongs to other programs: it bears the number of a living process, or one has mapped it."""
    candidates = sorted(name for name in names if not any(map(_alive, _NUMBER.findall(name))))
    return [name for name in candidates if not _in_use(name)] if candidates else []


def _alive(number: str) -> bool:
    return psutil.pid_exists(int(number))


def _in_use(name: str) -> bool:
    path = os.fspath(_SHARED / name)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{path}\n" in (process / "maps").read_text(encoding="utf-8", errors="replace"):
                return True
            if any(os.readlink(link) == path for link in (process / "fd").iterdir()):
                return True
    return False
