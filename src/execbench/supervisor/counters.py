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
"""By the names of the fields of `execbench.lane.messages.Counted`, and `bytes_read` and `bytes_written`."""

_STAT = {
    "minor_faults": (7, 8),
    "major_faults": (9, 10),
    "user_microseconds": (11, 13),
    "system_microseconds": (12, 14),
}
"""The places in `/proc/PID/stat`, behind the name: of the process, and of the children that it has waited for."""

_SWITCHES = re.compile(r"^(voluntary|nonvoluntary)_ctxt_switches:\s+(\d+)$", re.MULTILINE)
_SWITCH_NAMES = {"voluntary": "voluntary_switches", "nonvoluntary": "involuntary_switches"}
_BYTES = re.compile(r"^([rw])char: (\d+)$", re.MULTILINE)
_BYTE_NAMES = {"r": "bytes_read", "w": "bytes_written"}

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
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    counts = Counter({name: sum(int(fields[place]) for place in places) for name, places in _STAT.items()})
    for name in ("user_microseconds", "system_microseconds"):
        counts[name] *= 1_000_000 // os.sysconf("SC_CLK_TCK")
    return counts


def _switches(pid: int) -> Counts:
    counts: Counts = Counter()
    for thread in os.listdir(f"/proc/{pid}/task"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            status = Path(f"/proc/{pid}/task/{thread}/status").read_text(encoding="utf-8", errors="replace")
            counts.update({_SWITCH_NAMES[kind]: int(count) for kind, count in _SWITCHES.findall(status)})
    return counts


def _bytes(pid: int) -> Counts:
    """Return the bytes that went through calls such as read and write: files, cached ones too, and pipes."""
    if not TELLS_BYTES:
        return Counter()
    text = Path(f"/proc/{pid}/io").read_text(encoding="utf-8")
    return Counter({_BYTE_NAMES[letter]: int(count) for letter, count in _BYTES.findall(text)})
