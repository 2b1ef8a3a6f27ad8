"""The limits of this process's control groups, of version 1 or 2: those of every group above it apply, too."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from execbench.doctor.files import Files, Unseen

_MOUNT = "/sys/fs/cgroup"


def cpu_quota(files: Files) -> float | None:
    """Return how many CPUs the quota allows; None without a quota.

    Raises:
        Unseen: there are no control groups to be seen.
    """
    quotas = []
    for folder in _folders(files, "cpu"):
        whole = (files.text_or_none(f"{folder}/cpu.max") or "").split()
        parts = whole or [files.text_or_none(f"{folder}/cpu.cfs_{part}_us") or "" for part in ("quota", "period")]
        if len(parts) == 2 and all(part.isdecimal() for part in parts):  # otherwise `max`, or -1
            quotas.append(int(parts[0]) / int(parts[1]))
    return min(quotas, default=None)


def memory_limit(files: Files) -> int | None:
    """Return how many bytes the group may have; None without a limit."""
    names = ("memory.max", "memory.limit_in_bytes")
    texts = [files.text_or_none(f"{folder}/{name}") or "" for folder in _folders(files, "memory") for name in names]
    return min((int(text) for text in texts if text.isdecimal()), default=None)


def _folders(files: Files, controller: str) -> Iterator[str]:
    """Yield the folder of this process's group and those of the groups above it, up to the mount.

    In a container, the path that the system tells may be that on the host: then only the mount itself is there.
    """
    mount, group = _group(files, controller)
    inner = PurePosixPath(group.lstrip("/"))
    for below in (inner, *inner.parents):
        yield str(PurePosixPath(mount) / below)


def _group(files: Files, controller: str) -> tuple[str, str]:
    """Return where the groups of a controller are mounted, and the path of this process's below it."""
    groups = [line.split(":", 2) for line in files.text("/proc/self/cgroup").splitlines()]
    for _, controllers, path in groups:
        if controller in controllers.split(","):
            return f"{_MOUNT}/{controller}", path
    for _, controllers, path in groups:
        if not controllers:
            return _MOUNT, path
    raise Unseen("this process is in no control group")
