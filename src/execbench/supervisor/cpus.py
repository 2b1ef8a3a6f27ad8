"""What makes the CPUs themselves slower: a quota of the control group, and the frequency of their clock."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

_ROOT = Path("/sys/fs/cgroup")


def throttled_seconds(root: Path = _ROOT, membership: Path = Path("/proc/self/cgroup")) -> float | None:
    """Return for how long quotas have stopped this process's control group so far; None where there is none to read.

    The time of each CPU counts, and so does that of the groups around this one.
    """
    totals = [seconds for file in _stat_files(root, membership) if (seconds := _throttled(file)) is not None]
    return sum(totals) if totals else None


def megahertz() -> float | None:
    """Return the frequency of the CPU that runs fastest now; None where it cannot be read."""
    with suppress(OSError, NotImplementedError, AttributeError):
        return max((cpu.current for cpu in psutil.cpu_freq(percpu=True)), default=0.0) or None
    return None


@cache
def _stat_files(root: Path, membership: Path) -> tuple[Path, ...]:
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    return tuple(file for line in lines for file in _of_hierarchy(root, line))


def _of_hierarchy(root: Path, line: str) -> Iterator[Path]:
    """Yield `cpu.stat` of a group and of those around it, in the hierarchy of version 2, or that of the CPU."""
    _, controllers, path = line.split(":", 2)
    if controllers and "cpu" not in controllers.split(","):
        return
    top = root / "cpu" if controllers else root  # a link, where it is mounted with others as `cpu,cpuacct`
    group = top / path.lstrip("/")
    for folder in (group, *group.parents):
        if folder.is_relative_to(top) and (folder / "cpu.stat").exists():
            yield folder / "cpu.stat"


def _throttled(file: Path) -> float | None:
    """Return the seconds in a `cpu.stat`: microseconds in version 2, nanoseconds in version 1."""
    try:
        fields = dict(line.split() for line in file.read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return None
    if "throttled_usec" in fields:
        return int(fields["throttled_usec"]) / 1e6
    return int(fields["throttled_time"]) / 1e9 if "throttled_time" in fields else None
