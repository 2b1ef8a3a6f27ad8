"""executorlib: worker processes that live on this machine, or on the nodes of a Slurm or Flux allocation.

Its workers are fresh processes that are reached by ZeroMQ, on this machine's loopback by default, and functions are
sent with cloudpickle. Pick it for a program that is to move from a workstation to a cluster unchanged.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from executorlib import FluxJobExecutor, SingleNodeExecutor, SlurmJobExecutor

from execbench import Chunks, Unavailable

_EXECUTORS = {"local": SingleNodeExecutor, "slurm": SlurmJobExecutor, "flux": FluxJobExecutor}
_PROGRAMS = {"slurm": "srun", "flux": "flux"}


@contextmanager
def backend(max_workers: int, /, *, scheduler: Literal["local", "slurm", "flux"] = "local") -> Iterator[Chunks]:
    """Start workers that stay; leaving stops them.

    Args:
        max_workers: the number of processes.
        scheduler: what starts them: this program, or the `srun` or Flux of the allocation that it runs in.

    Raises:
        Unavailable: the scheduler's program is not here.
    """
    program = _PROGRAMS.get(scheduler)
    if program is not None and shutil.which(program) is None:
        raise Unavailable(f"there is no {program} here: run it in an allocation of {scheduler}")
    executor = _EXECUTORS[scheduler](
        max_workers=max_workers,
        block_allocation=True,  # otherwise each call would start a process
        disable_dependencies=True,
        hostname_localhost=scheduler == "local",
    )
    with executor:
        yield Chunks(executor.submit, catch=True, ahead=3 * max_workers)
