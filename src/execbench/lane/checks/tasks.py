"""What workers do for the kit: each function takes one task. Standard library only, and importable by name.

Tasks append to files to tell the kit what they did, and use files to wait for each other, which works across threads
and processes.
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
"""What `leave_state` leaves in the process that it runs in."""


def same(task: Any) -> Any:
    """Return the task unchanged."""
    return task


def double(task: int) -> int:
    """Return twice the task."""
    return 2 * task


async def double_later(task: tuple[int, float]) -> int:
    """Return twice the number after some seconds."""
    import asyncio  # noqa: PLC0415 -- most tasks do without

    number, seconds = task
    await asyncio.sleep(seconds)
    return double(number)


def large(size: int) -> bytes:
    """Return bytes in a pattern that a missing piece would break."""
    pattern = bytes(range(251))
    return (pattern * (size // len(pattern) + 1))[:size]


# What was done ------------------------------------------------------------------------------------------------------


def note(task: tuple[str, int]) -> int:
    """Append the task's number to a file."""
    path, number = task
    append(path, f"{number}\n")
    return number


def note_late(task: tuple[str, int]) -> int:
    """Do the same a moment later, to catch an executor that returns before its work is done."""
    time.sleep(0.05)
    return note(task)


def append(path: str, text: str) -> None:
    """Append to a file in a single write, so that concurrent writes do not mix."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


# At the same time ---------------------------------------------------------------------------------------------------


def meet(task: tuple[str, int, int, float]) -> bool:
    """Enter a folder and wait for the others; return whether they all came."""
    folder, number, company, seconds = task
    Path(folder, str(number)).touch()
    return wait_for(lambda: len(os.listdir(folder)) >= company, seconds)


def crowd(task: tuple[str, int, int, float]) -> int:
    """Stay in a folder for a while, or until it holds more than `most`; return the most that were there at once."""
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


async def crowd_later(task: tuple[str, int, int, float]) -> int:
    """Do the same in a coroutine, which others can join while it sleeps."""
    import asyncio  # noqa: PLC0415 -- most tasks do without

    folder, number, most, seconds = task
    own, deadline, seen = Path(folder, str(number)), time.monotonic() + seconds, 0
    own.touch()
    while seen <= most and time.monotonic() < deadline:
        seen = max(seen, len(os.listdir(folder)))
        await asyncio.sleep(_POLL_SECONDS)
    own.unlink()
    return seen


def wait_for_file(path: str, seconds: float = 10.0) -> bool:
    """Wait until a file exists; return whether it does."""
    return wait_for(lambda: os.path.exists(path), seconds)


def wait_for(ready: Callable[[], bool], seconds: float) -> bool:
    """Wait at most `seconds` for a condition; return whether it came true."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


# What raises --------------------------------------------------------------------------------------------------------


class Refusal(Exception):
    """An exception class that only tasks define."""


class Unpicklable(Exception):
    """An exception that cannot be pickled, because it holds a lock."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.lock = threading.Lock()


class OtherArguments(Exception):
    """An exception that can be pickled but not unpickled: its constructor takes other arguments than it keeps."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code


def refuse_the_third(task: int) -> int:
    """Raise on one task; the traceback must contain this function's name."""
    if task == 3:
        raise Refusal(f"{task} is one too many")
    return task


async def refuse_the_third_later(task: int) -> int:
    """Do the same in a coroutine."""
    return refuse_the_third(task)


def raise_exception(task: tuple[type[BaseException], tuple[Any, ...]]) -> NoReturn:
    """Raise an exception of this class, made from these arguments."""
    kind, arguments = task
    raise kind(*arguments)


# What goes wrong ----------------------------------------------------------------------------------------------------


def end_once(task: tuple[str, int, bool]) -> int:
    """End the worker, by SIGKILL or by exiting, the first time that task 3 runs."""
    path, number, killed = task
    if number == 3:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL))
            if killed:
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(3)
    return number


def kill_program(task: tuple[int, int]) -> int:
    """Kill the program that maps, while the other workers are busy; all tasks go on for a moment."""
    program, number = task
    wait_for(lambda: False, 0.1 if number else 0.05)
    if number == 0:
        os.kill(program, signal.SIGKILL)
    return number


def fill_memory(task: int) -> None:
    """Run out of memory, under a lower limit where the system has one."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 -- not on every system

        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 200 * _MEGABYTE, hard))
        try:
            hoard = [bytes(_MEGABYTE) for _ in range(400)]
            hoard.clear()
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    raise MemoryError("the bound was reached")


def interrupt(task: tuple[int, int]) -> int:
    """Press Ctrl-C: the first task sends the signal to all processes of the program; all tasks go on for a while."""
    group, number = task
    if number == 0:
        os.killpg(group, signal.SIGINT)
    wait_for(lambda: False, 0.3)
    return number


# What surrounds a task ----------------------------------------------------------------------------------------------


def map_within(task: tuple[Any, dict[str, Any], list[int]]) -> list[int]:
    """Open the same backend within a task, and map on it."""
    from execbench.lane.preparing import load  # noqa: PLC0415 -- workers of other checks do not need it

    place, options, numbers = task
    with load(place)(2, **options) as executor:
        return list(executor.map(double, numbers, chunksize=1))


def leave_state(task: int) -> int:
    """Change a variable of this module."""
    STATE.append(task)
    return task


def find_state(task: int) -> bool:
    """Return whether an earlier task changed the variable in this process."""
    return bool(STATE)


def print_much(size: int) -> int:
    """Print this many characters, in lines."""
    for _ in range(size // 100):
        sys.stdout.write("x" * 99 + "\n")
    sys.stdout.flush()
    return size


def unpicklable(task: int) -> Any:
    """Return an object that cannot be pickled."""
    return threading.Lock()


class Luggage:
    """A large argument that appends to a file whenever it is pickled."""

    def __init__(self, content: Any, notes: str) -> None:
        self.content = content
        self.notes = notes

    def __getstate__(self) -> dict[str, Any]:
        """Note that a copy is being made."""
        append(self.notes, "x")
        return self.__dict__


def weigh(task: tuple[Luggage, int]) -> tuple[int, int, bool]:
    """Return the task's number, the size of its luggage, and whether several processes share that memory."""
    luggage, number = task
    content = luggage.content
    interface = getattr(content, "__array_interface__", None)
    return number, len(content), interface is not None and _is_mapped(interface["data"][0])


def _is_mapped(address: int) -> bool:
    """Return whether memory at an address is shared or belongs to a file."""
    with suppress(OSError), open("/proc/self/maps", encoding="utf-8") as mappings:
        for line in mappings:
            bounds, permissions, _, _, inode, *_ = line.split()
            start, _, end = bounds.partition("-")
            if int(start, 16) <= address < int(end, 16):
                return "s" in permissions or inode != "0"
    return False
