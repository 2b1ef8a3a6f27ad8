"""Runs on one machine take turns, as two at once would disturb each other.

The lock is the operating system's, on a file that all users share: it ends with the process that holds it, however
that ends, so that none is ever stale.
"""

import os
import re
import shlex
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from execbench.supervisor.process_tree import MARK

LOCK_FOLDER = "EXECBENCH_LOCK_FOLDER"
"""The environment variable that names another place for the lock."""

_POLL_SECONDS = 0.5
"""What waits must not keep a CPU from what is measured."""

_COMMAND_LENGTH = 100


@dataclass(frozen=True)
class Turn:
    """Whether a run has the machine to itself, as far as locks can tell."""

    other_runs: int = 0
    """How many it did not wait for."""
    error: int | None = None
    """The number of the error that no lock could be made for."""


@contextmanager
def turn(say: Callable[[str], object], *, wait: bool = True) -> Iterator[Turn]:
    """Wait for other runs on this machine, unless told otherwise, and let others wait until the end of the block.

    A run that is started by the tasks of another one is a part of that one, and waits for nobody.

    Args:
        say: what is told, once, that the run waits, or why it does not.
        wait: whether to race at once if another run has the machine.
    """
    if MARK in os.environ:
        yield Turn()
        return
    lock = None
    try:
        lock = _lock()
        taken = _take(lock, say, wait=wait)
    except OSError as error:
        where = lock.lock_file if lock else folder()
        say(f"other runs cannot be made to wait for this one, as {where} cannot be locked: {error.strerror}")
        taken = Turn(error=error.errno or 0)
    try:
        yield taken
    finally:
        if lock:
            lock.release()


def folder() -> Path:
    """Return the folder of the lock: the same for all users, whatever their folders for temporary files are."""
    if given := os.environ.get(LOCK_FOLDER):
        return Path(given)
    shared = Path("/tmp") if os.name == "posix" else Path(os.environ.get("PUBLIC", tempfile.gettempdir()))
    return shared / "execbench"


def _take(lock: FileLock, say: Callable[[str], object], *, wait: bool) -> Turn:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        holder = _holder(Path(lock.lock_file))
        if not wait:
            say(f"racing at the same time as {holder}")
            return Turn(other_runs=1)
        say(f"waiting for {holder} to end; --no-wait races at once")
        lock.acquire(poll_interval=_POLL_SECONDS)
    return Turn()


def _lock() -> FileLock:
    """Return the lock, in a folder that everybody may write to: a file that is a user's alone would keep others out."""
    place = folder()
    try:
        place.mkdir(mode=0o777)
    except FileExistsError:
        if not stat.S_ISDIR(place.lstat().st_mode):  # nor a link, which may lead anywhere
            raise NotADirectoryError(20, "Not a folder", str(place)) from None
    else:
        place.chmod(0o777)  # whatever the user's mask is
    return FileLock(place / "machine.lock", mode=0o666, fallback_to_soft=False, on_acquired=_sign)


def _sign(descriptor: int) -> None:
    """Let others see who holds the lock."""
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())


def _holder(path: Path) -> str:
    """Name the run that holds the lock; anybody may have written the file, so it is believed to hold a number only."""
    with suppress(OSError, psutil.Error):
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            number = os.read(descriptor, 20)
        finally:
            os.close(descriptor)
        if re.fullmatch(rb"[1-9]\d*", number):
            command = shlex.join(psutil.Process(int(number)).cmdline())
            return f"another run (process {int(number)}: {command[:_COMMAND_LENGTH]})"
    return "another run"
