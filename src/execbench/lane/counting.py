"""What the system counts of the lane's own process, its ended threads and the children that it has waited for."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_FIELDS = {
    "minor_faults": "ru_minflt",
    "major_faults": "ru_majflt",
    "voluntary_switches": "ru_nvcsw",
    "involuntary_switches": "ru_nivcsw",
}


@dataclass
class Counted:
    """What the system counted of the lane's process during a round, its ended threads and children included."""

    minor_faults: int
    major_faults: int
    voluntary_switches: int
    involuntary_switches: int
    user_microseconds: int
    system_microseconds: int


def reading() -> Any:
    """Look at the counts, as fast as can be: the figures come later."""
    if resource is None:
        return None
    return resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)


def counted(before: Any, after: Any) -> Counted | None:
    """Return what was counted between two readings; None where the system does not tell."""
    if before is None:
        return None

    def grown(field: str) -> Any:
        return sum(getattr(new, field) - getattr(old, field) for old, new in zip(before, after))

    return Counted(
        **{name: grown(field) for name, field in _FIELDS.items()},
        user_microseconds=round(1e6 * grown("ru_utime")),
        system_microseconds=round(1e6 * grown("ru_stime")),
    )


def most_memory() -> int:
    """Return the most memory that this process has had, in bytes; 0 where the system does not say.

    What `getrusage` tells on Linux may be that of the parent, from which a process is forked.
    """
    with suppress(OSError, ValueError), open("/proc/self/status", "rb") as file:
        return 1024 * next(int(line.split()[1]) for line in file if line.startswith(b"VmHWM:"))
    if resource is None:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def forget_most_memory() -> int:
    """Let `most_memory` begin anew, where the system can, and return what the process has now."""
    with suppress(OSError), open("/proc/self/clear_refs", "wb") as file:
        file.write(b"5")
    return most_memory()


def queued_seconds() -> float:
    """Return how long this thread was ready so far, but had no CPU; 0 where the system does not say."""
    try:
        with open("/proc/thread-self/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
