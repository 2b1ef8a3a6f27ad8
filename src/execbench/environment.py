"""The machine and the settings that a run was measured under."""

import os
import platform
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from execbench.version import __version__

if TYPE_CHECKING:
    from importlib.metadata import Distribution

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


_CGROUP = Path("/sys/fs/cgroup")


class Environment(msgspec.Struct, frozen=True):
    """What the artifact says about the machine and the software."""

    execbench: str
    usable_cpus: int
    python: str
    packages: dict[str, str]
    """The version of each installed distribution, by name."""
    cpus: int | None = None
    memory_bytes: int | None = None
    platform: str | None = None
    library_threads: dict[str, str] = {}
    """The number of threads that libraries get in each kind of lane, and the variables that the user set instead."""
    writes_bytecode: bool | None = None
    hash_seed: str | None = None
    """What the user set PYTHONHASHSEED to."""


@cache
def usable_cpus() -> int:
    """Return how many CPUs this process may use, as limited by affinity and cgroup quota."""
    import joblib  # noqa: PLC0415 -- it imports NumPy, which takes longer than all of `execbench --help`

    return int(joblib.cpu_count())


def available_memory() -> int:
    """Return how many bytes of memory are free for this process, as limited by the machine and its cgroup.

    Where the system does not tell, as a Linux without /proc, no limit is known.
    """
    import psutil  # noqa: PLC0415 -- reading an artifact does not need it

    free = sys.maxsize
    with suppress(OSError):
        free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError, KeyError):  # no Linux, no cgroup of version 2, or no limit
        limit, used = (int((_CGROUP / name).read_text()) for name in ("memory.max", "memory.current"))
        lines = (_CGROUP / "memory.stat").read_text().splitlines()
        cached = int(dict(line.split() for line in lines)["inactive_file"])  # given back when it is needed
        free = min(free, limit - used + cached)
    return free


def library_threads(*, baseline: bool) -> dict[str, str]:
    """Return the thread variables of a lane: one thread for each worker, all CPUs for the baseline, as without a pool.

    A variable that the user has set keeps its value in every lane.
    """
    threads = usable_cpus() if baseline else 1
    return {name: os.environ.get(name, str(threads)) for name in THREAD_VARIABLES}


@cache
def describe() -> Environment:
    """Describe this machine and its software for the artifact."""
    from importlib.metadata import distributions  # noqa: PLC0415 -- reading an artifact need not pay for it

    versions = dict(filter(None, map(_name_and_version, distributions())))
    set_by_user = {name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ}
    return Environment(
        execbench=__version__,
        usable_cpus=usable_cpus(),
        python=platform.python_version(),
        packages=dict(sorted(versions.items())),
        cpus=os.cpu_count(),
        memory_bytes=_memory(),
        platform=platform.platform(),
        library_threads={"baseline": str(usable_cpus()), "worker": "1", **set_by_user},
        writes_bytecode=not sys.dont_write_bytecode,
        hash_seed=os.environ.get("PYTHONHASHSEED"),
    )


def machine() -> dict[str, str | tuple[str, str]]:
    """Describe the machine in the words of pytest-benchmark, whose own function is beside all of pytest."""
    facts = ("node", "processor", "machine", "release", "system", "python_compiler", "python_implementation")
    described = {name: getattr(platform, name)() for name in (*facts, "python_version", "python_build")}
    return {**described, "python_implementation_version": platform.python_version()}


def cpu() -> dict[str, Any]:
    """Describe the CPU as `cpuinfo.get_cpu_info` does, but without the second that this keeps a CPU busy to time it."""
    from cpuinfo import cpuinfo  # noqa: PLC0415 -- slow, and not needed for reading

    cpuinfo.DataSource.can_cpuid = False
    described: dict[str, Any] = cpuinfo._get_cpu_info_internal()
    return described


def _memory() -> int | None:
    """Return the bytes of memory that the machine has; None where the system does not tell."""
    import psutil  # noqa: PLC0415 -- reading an artifact does not need it

    with suppress(OSError):
        return int(psutil.virtual_memory().total)
    return None


def _name_and_version(distribution: "Distribution") -> tuple[str, str] | None:
    """Read the two fields only: parsing the whole metadata of a hundred packages takes half a second."""
    head = (distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or "").partition("\n\n")[0]
    fields = dict(re.findall(r"^(Name|Version): (.+)$", head, re.MULTILINE))
    return (fields["Name"].lower(), fields["Version"]) if len(fields) == 2 else None
