"""The machine and the settings that a run was measured under."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Any

import psutil

from execbench.version import __version__

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


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


def describe() -> dict[str, Any]:
    """Return what the artifact says of the machine and the software."""
    return {
        "execbench": __version__,
        "usable_cpus": usable_cpus(),
        "cpus": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": _packages(),
        "library_threads": _thread_policy(os.environ),
        "writes_bytecode": not sys.dont_write_bytecode,
    }


def _packages() -> dict[str, str]:
    """The versions of all installed distributions, by name."""
    found = {(entry.metadata["Name"] or "").lower(): entry.version for entry in metadata.distributions()}
    return {name: found[name] for name in sorted(found) if name}


def _thread_policy(variables: Mapping[str, str]) -> dict[str, str]:
    """What each kind of lane is given, and what the user has set instead."""
    fixed = {name: variables[name] for name in THREAD_VARIABLES if name in variables}
    return {"baseline": str(usable_cpus()), "worker": "1", **fixed}
