"""What the machine does while we watch: in a moment of rest, and while the doctor's race runs."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import psutil

from execbench.doctor.files import Files, Unseen
from execbench.supervisor.cpus import throttled_seconds
from execbench.supervisor.process_tree import processes

REST_SECONDS = 1.0


@dataclass(frozen=True)
class Counters:
    """What the machine has counted since it was started; None where it does not."""

    cpu_seconds: float | None
    """Of all CPUs, idle or not."""
    busy_seconds: float | None
    stolen_seconds: float | None
    """What the host gave to other guests."""
    throttled_seconds: float | None
    """For how long the CPU quota stopped us."""
    swapped_pages: int | None

    @classmethod
    def now(cls, files: Files) -> Self:
        """Read them all."""
        throttled = throttled_seconds(files.path("/sys/fs/cgroup"), files.path("/proc/self/cgroup"))
        swapped = None
        with suppress(Unseen):
            pages = files.fields("/proc/vmstat")
            swapped = pages.get("pswpin", 0) + pages.get("pswpout", 0)
        return cls(*_cpu_times(), throttled, swapped)

    def since(self, before: Self) -> Self:
        """Return what was counted after an earlier reading."""
        pairs = zip(vars(self).values(), vars(before).values(), strict=True)
        return type(self)(*(None if None in pair else max(0, pair[0] - pair[1]) for pair in pairs))


@dataclass(frozen=True)
class Rest:
    """A moment in which we did nothing, and others did what they do."""

    busy_cpus: float | None
    """How many CPUs others kept busy."""
    programs: Mapping[str, float]
    """How many each program did, the largest first, as far as they can be seen from here."""


def watch_rest(files: Files, seconds: float = REST_SECONDS) -> Rest:
    """Do nothing for a moment, and see what others do."""
    start, before, programs = time.perf_counter(), Counters.now(files), _seconds_by_process()
    time.sleep(seconds)
    after, wall = _seconds_by_process(), time.perf_counter() - start
    busy = Counters.now(files).since(before).busy_seconds
    used: dict[str, float] = {}
    for process, (name, spent) in after.items():
        if process in programs:
            used[name] = used.get(name, 0.0) + (spent - programs[process][1]) / wall
    ordered = sorted(used.items(), key=lambda entry: entry[1], reverse=True)
    return Rest(None if busy is None else busy / wall, dict(ordered))


def _cpu_times() -> tuple[float | None, float | None, float | None]:
    """Return the seconds of all CPUs, what was busy of them, and what was stolen."""
    try:
        times = psutil.cpu_times()
    except (OSError, RuntimeError, psutil.Error):
        return None, None, None
    whole = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)  # `user` holds them, too
    stolen = getattr(times, "steal", None)
    return whole, whole - times.idle - getattr(times, "iowait", 0.0) - (stolen or 0.0), stolen


def _seconds_by_process() -> dict[psutil.Process, tuple[str, float]]:
    """Return the name and the CPU seconds of every process that can be seen, but for this one."""
    seconds = {}
    for process in processes():
        with suppress(psutil.Error, OSError):
            times = process.cpu_times()
            if process.pid != os.getpid():
                seconds[process] = process.name(), times.user + times.system
    return seconds
