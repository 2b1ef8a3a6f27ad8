"""mpi4py.futures: worker processes that are started by MPI, on this machine or on a cluster's hosts.

Its workers are MPI processes that talk by MPI's own transport. Pick it where MPI is at home, as on a supercomputer; it
also starts from plain Python. A worker that dies takes the whole program with it, and MPI listens on all interfaces.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager

# Must be set before it is imported: between polls it would sleep for milliseconds.
os.environ.setdefault("MPI4PY_FUTURES_BACKOFF", "0")
# MPI looks for its mpiexec in PATH, where that of a virtual environment is only if it is activated. It comes first, as
# another MPI's would not do.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])

from mpi4py.futures import MPIPoolExecutor


@contextmanager
def backend(max_workers: int, /) -> Iterator[MPIPoolExecutor]:
    """Start the workers now rather than with the first task."""
    with MPIPoolExecutor(max_workers) as executor:
        executor.bootup()
        yield executor
