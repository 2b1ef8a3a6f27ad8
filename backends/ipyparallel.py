"""ipyparallel: engines of IPython, which notebooks can also talk to one by one.

A controller on this machine's loopback hands calls to engines, each of which is an IPython kernel. Functions are sent
with cloudpickle. Pick it for interactive work on the same engines; a task costs milliseconds.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ipyparallel import Cluster

from execbench import Chunks


@contextmanager
def backend(max_workers: int, /) -> Iterator[Chunks]:
    """Start a controller and `max_workers` engines; leaving stops them."""
    with tempfile.TemporaryDirectory(prefix="ipyparallel-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(
            n=max_workers,
            profile_dir=folder,
            controller_ip="127.0.0.1",
            controller_args=["--nodb", "--HeartMonitor.period=200"],  # milliseconds, after which engines are noticed
            log_level=logging.CRITICAL,
            delay=0.0,
        )
        with cluster as client:
            client.wait_for_engines(max_workers, interactive=False)
            client[:].use_cloudpickle()
            view = client.load_balanced_view()
            yield Chunks(view.apply_async, catch=True, ahead=3 * max_workers)
