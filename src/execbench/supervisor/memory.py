"""How much memory a tree of processes occupies: a page that several of them share counts once.

The high-water marks of processes, summed, count a page that four forked processes share four times. The proportional
share that Linux tells (`Pss`) divides each page by all processes that have it, and therefore counts too little where a
sibling lane has the same library, or a process from which lanes are forked has the same objects.
"""

import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from execbench.supervisor.process_tree import ProcessTree

_REST = 4
"""How many times as long as a sample took to wait before the next: the kernel walks the tables of all pages for it."""


class OccupiedMemory:
    """The largest of several samples of what a tree occupies."""

    def __init__(self) -> None:
        self.bytes = 0
        self.is_told = True
        """Whether the system tells it; otherwise it is the sum of the high-water marks."""
        self._next = 0.0

    def sample(self, tree: ProcessTree) -> None:
        """Look at the living processes of a tree, unless that was done just now."""
        begin = time.monotonic()
        if begin < self._next:
            return
        members = tree.members()
        occupied = occupied_bytes(members) if self.is_told else None
        if occupied is None and self.is_told:
            self.bytes, self.is_told = 0, False
        self.bytes = max(self.bytes, high_water_marks(members) if occupied is None else occupied)
        end = time.monotonic()
        self._next = end + _REST * (end - begin)


def occupied_bytes(members: Sequence[psutil.Process]) -> int | None:
    """Return the size of all pages that processes have, each page once; None where the system does not tell.

    That is what each has alone and what they share. Of the latter, two figures are known that are never too large: the
    sum of their proportional shares, and the most that one of them shares. The first is too small where processes
    outside have the same pages, the second where no process has all of them; the larger is taken.
    """
    alone, most_shared, proportional = 0, 0, 0
    for process in members:
        try:
            sizes = _sizes(process.pid)
        except (FileNotFoundError, ProcessLookupError):
            if not Path("/proc/self/smaps_rollup").exists():
                return None
            continue  # it has ended
        except OSError:
            return None
        own = sizes["Private_Clean"] + sizes["Private_Dirty"]
        alone += own
        proportional += sizes["Pss"] - own
        most_shared = max(most_shared, sizes["Shared_Clean"] + sizes["Shared_Dirty"])
    return 1024 * (alone + max(most_shared, proportional))


def high_water_marks(members: Sequence[psutil.Process]) -> int:
    """Return the most memory that each process has had, summed, with shared pages in each."""
    total = 0
    for process in members:
        with suppress(psutil.Error, OSError):  # it has ended
            total += _high_water_mark(process)
    return total


def _sizes(pid: int) -> dict[str, int]:
    """Return what a process has of each kind of page, in kB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8", errors="replace")
    return {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", rollup, re.MULTILINE)}


def _high_water_mark(process: psutil.Process) -> int:
    if sys.platform == "linux":
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8", errors="replace")
        peak = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
        return int(peak[1]) * 1024 if peak else 0
    return int(process.memory_info().rss)
