"""What a tree of processes uses, read from outside, and how to end it.

Some engines double-fork, rename their processes or leave their session, so a process belongs to a tree when any of
these is so: its parent does, it is in the root's session, or its environment carries the tree's mark.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

MARK = "EXECBENCH_LANE"
"""The environment variable that every process of a lane carries."""

_TRACKER_SECONDS = 3.0
_END_SECONDS = 10.0


@dataclass(frozen=True)
class Usage:
    """A reading of a tree: CPU seconds since its start, and the high-water marks of its memory in bytes, summed."""

    cpu_seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Used:
    """What was used while one round ran."""

    cpu_seconds: float
    """By the tree."""
    memory_bytes: int
    """Its high-water mark at the end."""
    foreign_cpu_seconds: float
    """By all other processes of the machine but this one."""
    wall_seconds: float


class ProcessTree:
    """All processes that descend from a root, or carry a mark that begins so."""

    def __init__(self, mark: str, root: int | None = None) -> None:
        self._mark = mark
        self._root = root
        self._belongs: dict[psutil.Process, bool] = {}

    def members(self) -> list[psutil.Process]:
        """Return the living processes of the tree."""
        alive: dict[psutil.Process, bool] = {}
        members: dict[int, psutil.Process] = {}
        for process in sorted(psutil.process_iter(), key=lambda process: process.pid):
            belongs = self._belongs.get(process)
            alive[process] = self._is_member(process, members) if belongs is None else belongs
            if alive[process]:
                members[process.pid] = process
        self._belongs = alive
        return [process for process in members.values() if _is_running(process)]

    def reading(self) -> Usage:
        """Add up what the members have used so far; children they have waited for are counted in them."""
        cpu, memory = 0.0, 0
        for process in self.members():
            with _vanishing():
                cpu += _cpu_seconds(process)
                memory += _high_water_mark(process)
        return Usage(cpu, memory)

    def end(self) -> int:
        """Kill every member and return how many there were; trackers of shared memory may first tidy up after them."""
        count = len(self.members())
        deadline = time.monotonic() + _END_SECONDS
        trackers_deadline = time.monotonic() + _TRACKER_SECONDS
        while (members := self.members()) and time.monotonic() < deadline:
            spare_trackers = time.monotonic() < trackers_deadline
            victims = [process for process in members if not (spare_trackers and _is_tracker(process))]
            for process in victims:
                with _vanishing():
                    process.kill()
            psutil.wait_procs(victims or members, timeout=0.05)
        return count

    def _is_member(self, process: psutil.Process, members: dict[int, psutil.Process]) -> bool:
        if process.pid == os.getpid():
            return False
        if process.pid == self._root:
            return True
        with _vanishing():
            if process.ppid() in members:
                return True
            if self._root is not None and hasattr(os, "getsid") and os.getsid(process.pid) == self._root:
                return True
            return process.environ().get(MARK, "").startswith(self._mark)
        return False


class Window:
    """From its making to its closing: what a tree used, and what everybody else did."""

    def __init__(self, tree: ProcessTree) -> None:
        self._tree = tree
        self._start = time.perf_counter()
        self._machine = _machine_cpu_seconds() - time.process_time()
        self._before = tree.reading()

    def close(self) -> Used:
        """Return what was used since."""
        after = self._tree.reading()
        cpu = max(0.0, after.cpu_seconds - self._before.cpu_seconds)
        machine = _machine_cpu_seconds() - time.process_time() - self._machine
        return Used(cpu, after.memory_bytes, machine - cpu, time.perf_counter() - self._start)


def foreign_share(windows: Sequence[Used]) -> float:
    """Return the share of the machine's CPU time that others used, over all windows: one alone is too coarse."""
    wall = sum(used.wall_seconds for used in windows)
    if not wall:
        return 0.0
    foreign = sum(used.foreign_cpu_seconds for used in windows)
    return max(0.0, foreign / wall / (psutil.cpu_count() or 1))


def _machine_cpu_seconds() -> float:
    """CPU seconds that the whole machine has spent on anything, time stolen by other machines included."""
    times = psutil.cpu_times()
    waiting = getattr(times, "iowait", 0.0) + getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - times.idle - waiting)


@contextmanager
def _vanishing() -> Iterator[None]:
    """Pass over a process that ended while it was looked at, or is not ours to see."""
    with suppress(psutil.Error, OSError):
        yield


def _is_running(process: psutil.Process) -> bool:
    with _vanishing():
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def is_tracker(command_line: list[str]) -> bool:
    """Tell a resource tracker, which outlives its processes to remove what they left in shared memory."""
    return any("resource_tracker" in argument for argument in command_line)


def _is_tracker(process: psutil.Process) -> bool:
    with _vanishing():
        return is_tracker(process.cmdline())
    return False


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    waited_for = float(getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0))
    if sys.platform == "linux":
        # The process's own clock, to the nanosecond, where /proc counts in ticks of 10 ms; the number is that of
        # clock_getcpuclockid(3).
        return time.clock_gettime((~process.pid << 3) | 2) + waited_for
    return times.user + times.system + waited_for


def _high_water_mark(process: psutil.Process) -> int:
    if sys.platform == "linux":
        with open(f"/proc/{process.pid}/status", encoding="utf-8", errors="replace") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0
    return int(process.memory_info().rss)
