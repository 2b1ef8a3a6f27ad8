"""Checks of the software that every race uses: threads of libraries, and bytecode."""

import os
import shlex
import subprocess
import sys
from importlib.util import cache_from_source

from execbench.doctor.files import Unseen
from execbench.doctor.machine import Machine
from execbench.environment import THREAD_VARIABLES, library_threads, usable_cpus
from execbench.records.diagnosis import Sign
from execbench.records.doubts import UNCOMPILED_MODULES

_MULTIPLY = """\
import numpy, psutil
square = numpy.ones((256, 256))
square @ square
print(psutil.Process().num_threads())
"""
_PATIENCE = 20.0


def blas(machine: Machine) -> Sign:
    """How many threads NumPy's linear algebra has in a worker, whose variables ask for one."""
    found, cpus = _threads_of_numpy(library_threads(baseline=False)), usable_cpus()
    numbers = {"threads_per_worker": found, "usable_cpus": cpus}
    if found == 1:
        return Sign("good", "NumPy multiplies with 1 thread in each worker, as execbench asks it to", numbers=numbers)
    by_user = [name for name in THREAD_VARIABLES if name in os.environ]
    settings = ", ".join(f"{name}={os.environ[name]}" for name in by_user)
    return Sign(
        "warn",
        f"NumPy multiplies with {found} threads in each worker{f' ({settings})' if settings else ''}",
        f"{cpus} workers have {found * cpus} threads on {cpus} CPUs, which wait for each other",
        f"unset {' '.join(by_user)}" if by_user else "build NumPy with a library that obeys OMP_NUM_THREADS",
        numbers,
    )


def bytecode(machine: Machine) -> Sign:
    """Whether the installed modules are compiled, or will be once they are imported."""
    folder = machine.packages
    modules = list(folder.rglob("*.py"))
    missing = sum(not os.path.exists(cache_from_source(os.fspath(module))) for module in modules)
    numbers = {"modules": len(modules), "uncompiled": missing}
    if missing <= UNCOMPILED_MODULES:
        return Sign("good", f"the {len(modules):,} installed modules are compiled", numbers=numbers)
    stays = sys.dont_write_bytecode or not os.access(folder, os.W_OK)
    why = " and Python is told to write none (PYTHONDONTWRITEBYTECODE)" if sys.dont_write_bytecode else ""
    return Sign(
        "warn",
        f"{missing:,} of {len(modules):,} installed modules have no bytecode{why}",
        ("every start compiles" if stays else "the first start compiles")
        + " what it imports: it takes longer, and leaves another heap, in which the same code may be faster or slower",
        f"{shlex.quote(sys.executable)} -m compileall -q {shlex.quote(os.fspath(folder))}",
        numbers,
    )


def _threads_of_numpy(variables: dict[str, str]) -> int:
    command = [sys.executable, "-c", _MULTIPLY]
    try:
        told = subprocess.run(
            command,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=True,
            timeout=_PATIENCE,
        )
        return int(told.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Unseen("NumPy could not be asked how many threads it has") from error
