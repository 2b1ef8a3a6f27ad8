"""`mpi4py.futures`: worker processes started by MPI, on this machine or on a cluster's hosts.

Its workers are MPI processes that communicate over MPI's own transport. Pick it where MPI is established, such as on a
supercomputer; it also starts from plain Python. A worker that dies takes the whole program with it, and MPI listens on
all interfaces.
"""

from __future__ import annotations

import os
import re
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Must be set before the import, or it would sleep for milliseconds between polls.
os.environ.setdefault("MPI4PY_FUTURES_BACKOFF", "0")
# MPI looks for its mpiexec on PATH, which contains a virtual environment's scripts only if it is activated. They come
# first, as the mpiexec of another MPI would not work.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])

from mpi4py.futures import MPIPoolExecutor

from execbench import Recipe


@contextmanager
def backend(
    max_workers: int, /, *, initializer: Callable[..., object] | None = None, initargs: tuple[Any, ...] = ()
) -> Iterator[MPIPoolExecutor]:
    """Start the workers now rather than with the first task."""
    with MPIPoolExecutor(max_workers, initializer, initargs) as executor:
        executor.bootup()
        _unlink_shared_memory(executor)
        yield executor


def _unlink_shared_memory(executor: MPIPoolExecutor) -> None:
    """Remove MPICH's files from /dev/shm: all processes have mapped them by now, and they stay if one is killed."""
    maps = Path("/proc/self/maps")
    if maps.exists():
        for mapped in (maps.read_text(), executor.submit(Path.read_text, maps).result()):
            for file in set(re.findall(r"/dev/shm/mpich_shm_\w+", mapped)):
                Path(file).unlink(missing_ok=True)


def recipe(max_workers: int, chunksize: int, /) -> Recipe:
    """Let it poll without a pause, as above; the program finds MPI's mpiexec on PATH."""
    return Recipe(
        imports=["from mpi4py.futures import MPIPoolExecutor"],
        opening=f"MPIPoolExecutor(max_workers={max_workers}, backoff=0)",
        results=f"list(executor.map(fn, tasks, chunksize={chunksize}))",
        takes_initializer=True,
    )
