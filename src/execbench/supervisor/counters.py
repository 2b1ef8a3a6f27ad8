"""What Linux counts of a process: page faults, context switches, CPU time, bytes read and written.

The counts of a process include its threads that have ended and the children that it has waited for, with one exception:
the context switches that others may see are those of the threads that live. A lane tells its own, which include all.
"""

import os
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

Counts: TypeAlias = Counter[str]
"""By the names of the fields of `execbench.lane.counting.Counted`, and `bytes_read` and `bytes_written`."""

_STAT = {
    "minor_faults": (7, 8),
    "major_faults": (9, 10),
    "user_microseconds": (11, 13),
    "system_microseconds": (12, 14),
}
"""The places in `/proc/PID/stat`, after the name: of the process, and of the children that it has waited for."""

_SWITCHES = re.compile(rb"\nvoluntary_ctxt_switches:\s+(\d+)\nnonvoluntary_ctxt_switches:\s+(\d+)")
_BYTES = re.compile(rb"rchar: (\d+)\nwchar: (\d+)")
_MICROSECONDS_A_TICK = 1_000_000 // os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0

TELLS_BYTES = Path("/proc/self/io").exists()
"""Whether this kernel counts bytes."""


def counts_of(pid: int, *, tells_itself: bool) -> Counts:
    """Return what is counted of a process so far; OSError if it has ended, or may not be looked at.

    Args:
        pid: Its process id.
        tells_itself: It tells all but its bytes, more exactly than can be seen from here.
    """
    counts = _bytes(pid)
    if not tells_itself:
        counts.update(_from_stat(pid))
        counts.update(_switches(pid))
    return counts


def used(before: Mapping[int, Counts], after: Mapping[int, Counts], told: Counts) -> Counts:
    """Return what was counted between two looks at a tree, by process id, with what a process told of itself.

    What a process had counted before it ended is then in the counts of the one that waited for it.
    """
    total = +told
    for pid, counts in after.items():
        total += counts - before.get(pid, Counter())  # without what fell, as it does where a thread has ended
    for pid in before.keys() - after.keys():
        total -= before[pid]
    return total


def _from_stat(pid: int) -> Counts:
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    counts = Counter({name: int(fields[own]) + int(fields[waited_for]) for name, (own, waited_for) in _STAT.items()})
    counts["user_microseconds"] *= _MICROSECONDS_A_TICK
    counts["system_microseconds"] *= _MICROSECONDS_A_TICK
    return counts


def _switches(pid: int) -> Counts:
    voluntary = involuntary = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            if found := _SWITCHES.search(_read(f"/proc/{pid}/task/{thread}/status")):
                voluntary += int(found[1])
                involuntary += int(found[2])
    return Counter(voluntary_switches=voluntary, involuntary_switches=involuntary)


def _bytes(pid: int) -> Counts:
    """Return the bytes that went through calls such as read and write: files, cached ones too, and pipes."""
    found = _BYTES.search(_read(f"/proc/{pid}/io")) if TELLS_BYTES else None
    return Counter(bytes_read=int(found[1]), bytes_written=int(found[2])) if found else Counter()


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read()
