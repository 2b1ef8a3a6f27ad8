"""The machine and the settings that a run was measured under."""

import os
import platform
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata

import msgspec

from execbench.version import __version__

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class Environment(msgspec.Struct, frozen=True):
    """What the artifact says of the machine and the software."""

    execbench: str
    usable_cpus: int
    python: str
    packages: dict[str, str]
    """The version of each installed distribution, by name."""
    cpus: int | None = None
    memory_bytes: int | None = None
    platform: str | None = None
    library_threads: dict[str, str] = {}
    """How many threads libraries are given in each kind of lane, and what the user has set instead."""
    writes_bytecode: bool | None = None


@cache
def usable_cpus() -> int:
    """Return how many CPUs this process may use: affinity and cgroup quota counted."""
    import joblib  # noqa: PLC0415 -- it imports NumPy, which takes longer than all of `execbench --help`

    return int(joblib.cpu_count())


def library_threads(max_workers: int, *, baseline: bool) -> dict[str, str]:
    """Return the thread settings of a lane: one for each worker, all CPUs for the baseline, as without a pool.

    A variable that the user has set stays as it is, for every lane.
    """
    share = usable_cpus() if baseline else max(1, usable_cpus() // max(max_workers, usable_cpus()))
    return {name: os.environ.get(name, str(share)) for name in THREAD_VARIABLES}


def describe() -> Environment:
    """Return what the artifact says of this machine and this software."""
    import psutil  # noqa: PLC0415 -- reading an artifact does without

    return Environment(
        execbench=__version__,
        usable_cpus=usable_cpus(),
        python=platform.python_version(),
        packages=_packages(),
        cpus=os.cpu_count(),
        memory_bytes=psutil.virtual_memory().total,
        platform=platform.platform(),
        library_threads=_thread_policy(os.environ),
        writes_bytecode=not sys.dont_write_bytecode,
    )


def _packages() -> dict[str, str]:
    found = {(entry.metadata["Name"] or "").lower(): entry.version for entry in metadata.distributions()}
    return {name: found[name] for name in sorted(found) if name}


def _thread_policy(variables: Mapping[str, str]) -> dict[str, str]:
    fixed = {name: variables[name] for name in THREAD_VARIABLES if name in variables}
    return {"baseline": str(usable_cpus()), "worker": "1", **fixed}
