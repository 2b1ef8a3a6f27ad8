"""Parsl: worker processes of its high-throughput executor, on this machine.

An interchange process on this machine's loopback hands calls to a pool of workers. Parsl's own configuration puts such
pools on clusters; this backend starts one here. Pick it for workflows that run on clusters by Parsl anyway.
"""

from __future__ import annotations

import shlex
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import parsl
from parsl.concurrent import ParslPoolExecutor
from parsl.config import Config
from parsl.executors import HighThroughputExecutor
from parsl.executors.high_throughput.executor import DEFAULT_INTERCHANGE_LAUNCH_CMD, DEFAULT_LAUNCH_CMD
from parsl.providers import LocalProvider

from execbench import Chunks

_HERE = "127.0.0.1"
_SCRIPTS = sysconfig.get_path("scripts")


@contextmanager
def backend(max_workers: int, /) -> Iterator[Chunks]:
    """Start the interchange and a pool of `max_workers` processes; leaving stops them, and removes their logs."""
    with tempfile.TemporaryDirectory(prefix="parsl-", ignore_cleanup_errors=True) as folder:
        executor = HighThroughputExecutor(
            address=_HERE,
            loopback_address=_HERE,
            max_workers_per_node=max_workers,
            cores_per_worker=1e-3,  # as many workers as asked for, whatever the CPUs
            encrypted=False,
            # Found where Parsl is installed, whatever the PATH is.
            interchange_launch_cmd=[f"{_SCRIPTS}/{command}" for command in DEFAULT_INTERCHANGE_LAUNCH_CMD],
            launch_cmd=f"{shlex.quote(_SCRIPTS)}/{DEFAULT_LAUNCH_CMD}",
            provider=LocalProvider(
                init_blocks=1, min_blocks=1, max_blocks=1, worker_init=f"export TMPDIR={shlex.quote(folder)}"
            ),
            worker_logdir_root=folder,
        )
        config = Config([executor], run_dir=folder, strategy="none", initialize_logging=False)
        with parsl.load(config) as kernel:
            while not executor.connected_managers():
                time.sleep(0.01)
            yield Chunks(ParslPoolExecutor(dfk=kernel).submit, ahead=3 * max_workers)
