"""Measure what a tree of processes uses, from outside, and end it.

Some engines double-fork, rename their processes, or leave their session, so a process belongs to a tree if its parent
does, if it is in the root's session, or if its environment carries the tree's mark.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

import psutil

from execbench.lane.counting import Counted
from execbench.supervisor.counters import Counts, counts_of, used
from execbench.supervisor.cpus import megahertz, throttled_seconds

MARK = "EXECBENCH_LANE"
"""The environment variable that every process of a lane carries."""

_TRACKER_SECONDS = 3.0
_END_SECONDS = 10.0

_vanishing = suppress(psutil.Error, OSError)
"""Skips a process that ended while it was being examined, or that we may not examine."""


@dataclass(frozen=True)
class Usage:
    """What a tree has used since its start: CPU seconds, summed over its processes."""

    cpu_seconds: float
    counts: Mapping[int, Counts]
    """What the system counts of each process, by its id."""
    threads: int
    """How many threads live, as far as the system tells."""


@dataclass(frozen=True)
class Used:
    """What was used while one round ran."""

    cpu_seconds: float
    """Used by the tree."""
    foreign_cpu_seconds: float
    """Used by all other processes on the machine, except this one."""
    wall_seconds: float
    counts: Counts
    """What the system counted of the tree; empty where it does not tell."""
    throttled_seconds: float | None
    """For how long a quota kept CPUs from the tree, and from what shares its control group."""
    megahertz: float | None
    """The frequency of the fastest CPU at the end of the round."""
    threads: int
    """How many threads of the tree lived at the end of the round."""


class ProcessTree:
    """All processes that descend from a root, or whose mark starts with the given one.

    Args:
        mark: What the mark of its processes starts with.
        root: The process from which they descend.
        adopted: Returns the process ids of those that belong to it, although nothing of that is left to see.
    """

    def __init__(self, mark: str, root: int | None = None, adopted: Callable[[], Collection[int]] = frozenset) -> None:
        self._mark = mark
        self._root = root
        self._adopted = adopted
        self._belongs: dict[psutil.Process, bool] = {}

    def members(self) -> list[psutil.Process]:
        """Return the living processes of the tree."""
        alive: dict[psutil.Process, bool] = {}
        members: dict[int, psutil.Process] = {}
        adopted = self._adopted()
        for process in sorted(processes(), key=lambda process: process.pid):
            belongs = self._belongs.get(process)
            if belongs is None:
                belongs = process.pid in adopted or self._is_member(process, members)
            alive[process] = belongs
            if alive[process]:
                members[process.pid] = process
        self._belongs = alive
        return [process for process in members.values() if _is_running(process)]

    def reading(self) -> Usage:
        """Add up what the members have used so far, including children that they have waited for."""
        cpu, counts, threads = 0.0, {}, 0
        for process in self.members():
            with _vanishing:
                cpu += _cpu_seconds(process)
                if sys.platform == "linux":
                    threads += len(os.listdir(f"/proc/{process.pid}/task"))
                    counts[process.pid] = counts_of(process.pid, tells_itself=process.pid == self._root)
        return Usage(cpu, counts, threads)

    def end(self) -> int:
        """Kill every member and return how many there were; trackers of shared memory get time to clean up first."""
        count = len(self.members())
        deadline = time.monotonic() + _END_SECONDS
        trackers_deadline = time.monotonic() + _TRACKER_SECONDS
        while (members := self.members()) and time.monotonic() < deadline:
            spare_trackers = time.monotonic() < trackers_deadline
            victims = [process for process in members if not (spare_trackers and is_tracker(process))]
            for process in victims:
                with _vanishing:
                    process.kill()
            psutil.wait_procs(victims or members, timeout=0.05)
        return count

    def _is_member(self, process: psutil.Process, members: dict[int, psutil.Process]) -> bool:
        if process.pid == os.getpid():
            return False
        if process.pid == self._root:
            return True
        with _vanishing:
            if process.ppid() in members:
                return True
            if self._root is not None and hasattr(os, "getsid") and os.getsid(process.pid) == self._root:
                return True
            return process.environ().get(MARK, "").startswith(self._mark)
        return False


def processes() -> list[psutil.Process]:
    """Return all processes of the machine that can be seen: none on a Linux without /proc."""
    with suppress(FileNotFoundError, IndexError):  # psutil raises the second one where /proc is empty
        return list(psutil.process_iter())
    return []


class Window:
    """Measures what a tree, and everything else on the machine, uses between creating and closing the window."""

    def __init__(self, tree: ProcessTree) -> None:
        self._tree = tree
        self._start = time.perf_counter()
        self._throttled = throttled_seconds()
        self._machine = _machine_cpu_seconds() - time.process_time()
        self._before = tree.reading()

    def close(self, told: Counted | None = None) -> Used:
        """Return what was used since the window was created; the tree's root tells what it counted itself."""
        clock = megahertz()
        after = self._tree.reading()
        cpu = max(0.0, after.cpu_seconds - self._before.cpu_seconds)
        machine = _machine_cpu_seconds() - time.process_time() - self._machine
        own = Counter(asdict(told)) if told and cpu else Counter()  # without the other processes, they would mislead
        counts = used(self._before.counts, after.counts, own)
        throttled = throttled_seconds()
        if throttled is not None:
            throttled -= self._throttled or 0.0
        return Used(cpu, machine - cpu, time.perf_counter() - self._start, counts, throttled, clock, after.threads)


def foreign_share(windows: Sequence[Used]) -> float:
    """Return the share of the machine's CPU time that others used, over all windows, as a single one is too coarse."""
    wall = sum(used.wall_seconds for used in windows)
    if not wall:
        return 0.0
    foreign = sum(used.foreign_cpu_seconds for used in windows)
    return max(0.0, foreign / wall / (psutil.cpu_count() or 1))


def _machine_cpu_seconds() -> float:
    """Return the CPU seconds that the whole machine has spent on anything, including time stolen by other machines.

    They are 0 where the system does not tell.
    """
    try:
        times = psutil.cpu_times()
    except OSError:
        return 0.0
    waiting = getattr(times, "iowait", 0.0) + getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - times.idle - waiting)


def _is_running(process: psutil.Process) -> bool:
    with _vanishing:
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def is_tracker(process: psutil.Process) -> bool:
    """Return whether a process is a resource tracker, which outlives others to remove their shared memory."""
    with _vanishing:
        return any("resource_tracker" in argument for argument in process.cmdline())
    return False


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    waited_for = float(getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0))
    if sys.platform == "linux":
        # The process's own clock, whose id is what clock_getcpuclockid(3) returns, counts nanoseconds; /proc counts
        # ticks of 10 ms.
        return time.clock_gettime((~process.pid << 3) | 2) + waited_for
    return times.user + times.system + waited_for
