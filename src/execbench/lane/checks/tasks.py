"""What workers do for the kit: each function takes one task. Standard library only, and importable by name.

Tasks tell the kit what they did by appending to files, which works across threads and processes,
and they wait for each other by files too, never longer than they are told.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

_POLL_SECONDS = 0.002
_MEGABYTE = 1_000_000

STATE: list[int] = []
"""What `leave_state` leaves in the process that it ran in."""


def same(task: Any) -> Any:
    """Return the task as it came."""
    return task


def double(task: int) -> int:
    """Return twice the task."""
    return 2 * task


def add(one: int, other: int) -> int:
    """Return a sum: a call of several arguments."""
    return one + other


def large(size: int) -> bytes:
    """Return bytes in a pattern that a missing piece would break."""
    pattern = bytes(range(251))
    return (pattern * (size // len(pattern) + 1))[:size]


# What was done ------------------------------------------------------------------------------------------------------


def note(task: tuple[str, int]) -> int:
    """Append the task's number to a file, in one write, so that every call counts."""
    path, number = task
    append(path, f"{number}\n")
    return number


def note_late(task: tuple[str, int]) -> int:
    """Do as `note`, a moment later: what returns before its work is done is then found out."""
    wait_for(lambda: False, 0.05)
    return note(task)


def read(path: str) -> str:
    """Return what stands in a file now."""
    return Path(path).read_text(encoding="utf-8")


def append(path: str, text: str) -> None:
    """Append to a file in one write, which the system keeps apart from others'."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


# At once ------------------------------------------------------------------------------------------------------------


def meet(task: tuple[str, int, int, float]) -> bool:
    """Come to a folder and wait there for the rest of the company; return whether they all came."""
    folder, number, company, seconds = task
    Path(folder, str(number)).touch()
    return wait_for(lambda: len(os.listdir(folder)) >= company, seconds)


def crowd(task: tuple[str, int, int, float]) -> int:
    """Stay in a folder until more are there than may be, or for a while; return the most that were seen."""
    folder, number, most, seconds = task
    own = Path(folder, str(number))
    own.touch()
    seen = [0]

    def too_many() -> bool:
        seen[0] = max(seen[0], len(os.listdir(folder)))
        return seen[0] > most

    wait_for(too_many, seconds)
    own.unlink()
    return seen[0]


def wait_for_file(path: str, seconds: float = 10.0) -> bool:
    """Wait until a file is there; return whether it is."""
    return wait_for(lambda: os.path.exists(path), seconds)


def wait_for(ready: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition, but not for ever; return whether it came true."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


# What raises --------------------------------------------------------------------------------------------------------


class Refusal(Exception):
    """An exception of a task's own kind."""


class Unpicklable(Exception):
    """An exception that cannot be pickled, as it holds a lock."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.lock = threading.Lock()


class OtherArguments(Exception):
    """An exception that can be pickled but not unpickled: its constructor takes other arguments than it keeps."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code


def refuse_the_third(task: int) -> int:
    """Raise on one task; its name is looked for in the traceback."""
    if task == 3:
        raise Refusal(f"{task} is one too many")
    return task


def refuse(task: int) -> NoReturn:
    """Raise on every task."""
    raise Refusal(f"no {task}")


def raise_unpicklable(task: int) -> NoReturn:
    """Raise what cannot be pickled."""
    raise Unpicklable("it holds a lock")


def raise_with_other_arguments(task: int) -> NoReturn:
    """Raise what cannot be unpickled."""
    raise OtherArguments(7, "out of paper")


def raise_keyboard_interrupt(task: int) -> NoReturn:
    """Raise what Ctrl-C raises."""
    raise KeyboardInterrupt("a task")


def raise_system_exit(task: int) -> NoReturn:
    """Raise what `sys.exit` raises."""
    raise SystemExit("a task")


def raise_stop_iteration(task: int) -> NoReturn:
    """Raise what ends a loop."""
    raise StopIteration("a task")


# What goes wrong ----------------------------------------------------------------------------------------------------


def exit_once(task: tuple[str, int]) -> int:
    """End the worker without a word, the first time that the third task is done."""
    if _first_time(task):
        os._exit(3)
    return task[1]


def die_once(task: tuple[str, int]) -> int:
    """Kill the worker, the first time that the third task is done."""
    if _first_time(task):
        os.kill(os.getpid(), signal.SIGKILL)
    return task[1]


def _first_time(task: tuple[str, int]) -> bool:
    path, number = task
    if number != 3:
        return False
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def fill_memory(task: int) -> None:
    """Take memory until there is none left, within a bound that is lowered for it where the system lets us."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 -- not on every system

        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 200 * _MEGABYTE, hard))
        try:
            _take(400)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    raise MemoryError("the bound was reached")


def _take(megabytes: int) -> None:
    hoard = [bytes(_MEGABYTE) for _ in range(megabytes)]
    hoard.clear()


def interrupt(task: tuple[int, int]) -> int:
    """Press Ctrl-C: the first task sends the signal to all processes of the program; all then work on for a while."""
    group, number = task
    if number == 0:
        os.killpg(group, signal.SIGINT)
    wait_for(lambda: False, 0.3)
    return number


# What is around a task ----------------------------------------------------------------------------------------------


def map_within(task: tuple[Any, dict[str, Any], list[int]]) -> list[int]:
    """Open the same backend within a task, and map on it."""
    from execbench.lane.loading import load  # noqa: PLC0415 -- workers of other checks need none of it

    place, options, numbers = task
    with load(place)(2, **options) as executor:
        return list(executor.map(double, numbers, chunksize=1))


def leave_state(task: int) -> int:
    """Leave something behind in the process."""
    STATE.append(task)
    return task


def find_state(task: int) -> bool:
    """Return whether an earlier task left something behind in this process."""
    return bool(STATE)


def print_much(size: int) -> int:
    """Print this many characters, in lines."""
    for _ in range(size // 100):
        sys.stdout.write("x" * 99 + "\n")
    sys.stdout.flush()
    return size


def unpicklable(task: int) -> Any:
    """Return what cannot be pickled."""
    return threading.Lock()


class Luggage:
    """A large argument that notes in a file whenever it is pickled."""

    def __init__(self, content: Any, notes: str) -> None:
        self.content = content
        self.notes = notes

    def __getstate__(self) -> dict[str, Any]:
        """Note that a copy is being made, and give what it is made from."""
        append(self.notes, "x")
        return self.__dict__


def weigh(task: tuple[Luggage, int]) -> tuple[int, int, bool]:
    """Return the task's number, the size of its luggage, and whether that is memory shared by several processes."""
    luggage, number = task
    content = luggage.content
    interface = getattr(content, "__array_interface__", None)
    return number, len(content), interface is not None and _is_mapped(interface["data"][0])


def _is_mapped(address: int) -> bool:
    """Return whether memory at an address belongs to a file or is shared, rather than this process's own."""
    with suppress(OSError), open("/proc/self/maps", encoding="utf-8") as mappings:
        for line in mappings:
            bounds, permissions, _, _, inode, *_ = line.split()
            start, _, end = bounds.partition("-")
            if int(start, 16) <= address < int(end, 16):
                return "s" in permissions or inode != "0"
    return False
