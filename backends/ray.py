"""Ray: worker processes around a shared store of objects, here or on an existing cluster of machines.

Its workers live on Ray's nodes; started here, on this machine's loopback. Pick it for large arguments that many
tasks share, or when work outgrows one machine; it takes seconds to start, and hundreds of megabytes. On a busy machine
its workers come last, as Ray runs them at a low priority.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Optional

# Must be set before it is imported, or it listens on all interfaces, and tells its makers of its use.
os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
from ray.exceptions import RayTaskError
from ray.util import placement_group, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

_PATIENCE_SECONDS = 10

_SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _SETTINGS
"""How each connection of HTTP/2 begins, and so of gRPC, which Ray speaks: a server, too, sends its settings first."""


class RayExecutor:
    """Maps over chunks, each of which is one task to Ray."""

    def __init__(self, cluster: dict[str, Any] | None = None, **options: Any) -> None:
        self.cluster = cluster
        self._run_chunk = ray.remote(num_cpus=1, **options)(_run_chunk)

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> list[Any]:
        """Send all chunks and get their results in order."""
        chunks = [self._run_chunk.remote(fn, chunk) for chunk in _chunks(tasks, chunksize)]
        try:
            return [result for chunk in chunks for result in ray.get(chunk)]
        except BaseException as error:
            _, waiting = ray.wait(chunks, num_returns=len(chunks), timeout=0)
            for chunk in waiting:  # or the next map would wait for all of them
                ray.cancel(chunk)
            if isinstance(error, RayTaskError):
                # It is of a class made up from Ray's own and the task's; its text is the worker's traceback.
                raise error.cause from error
            raise


@contextmanager
def backend(max_workers: int, /, *, address: Optional[str] = None) -> Iterator[RayExecutor]:
    """Use the cluster at `address`, or that of RAY_ADDRESS, or start one here.

    Raises:
        ConnectionError: nothing answers at the address.
        ValueError: the cluster has too few CPUs.
    """
    address = address or os.environ.get("RAY_ADDRESS")
    common: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        with tempfile.TemporaryDirectory(prefix="ray-", dir=_short_folder(), ignore_cleanup_errors=True) as folder:
            ray.init(address="local", num_cpus=max_workers, include_dashboard=False, _temp_dir=folder, **common)
            try:
                yield RayExecutor()
            finally:
                ray.shutdown()
        return
    _knock(address)
    ray.init(address=address, **common)
    try:
        # Bundles of a CPU each, so that never more than max_workers tasks run, however large the cluster.
        group = placement_group([{"CPU": 1}] * max_workers)
        if not group.wait(_PATIENCE_SECONDS):
            cpus = ray.cluster_resources().get("CPU", 0)
            raise ValueError(f"the cluster at {address} has {cpus:g} CPUs, and not {max_workers} to spare")
        hosts = sorted(node["NodeManagerAddress"] for node in ray.nodes() if node["Alive"])
        cluster = {"address": address, "hosts": hosts, "workers": max_workers}
        yield RayExecutor(cluster, scheduling_strategy=PlacementGroupSchedulingStrategy(group))
        remove_placement_group(group)
    finally:
        ray.shutdown()


def _short_folder() -> str | None:
    """Where Ray's files may be: the path of its socket has 107 characters at most, and Ray needs 79 of them."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= 28 else "/tmp"


def _knock(address: str) -> None:
    """Find out at once whether Ray is there, as it itself waits for long: its protocol begins with settings."""
    host, _, port = address.rpartition("://")[2].partition(":")
    if not port.isdecimal() or os.environ.get("RAY_USE_TLS") == "1":
        return
    try:
        with socket.create_connection((host, int(port)), timeout=_PATIENCE_SECONDS) as connection:
            connection.sendall(_GREETING)
            answer = connection.recv(len(_SETTINGS))
    except OSError as error:
        raise ConnectionError(f"no Ray cluster answers at {address}: {error}") from None
    if answer[3:4] != _SETTINGS[3:4]:
        raise ConnectionError(f"no Ray cluster answers at {address}, but another server")


def _chunks(tasks: Iterable[Any], chunksize: int) -> Iterator[list[Any]]:
    iterator = iter(tasks)
    while chunk := list(islice(iterator, chunksize)):
        yield chunk


def _run_chunk(fn: Callable[[Any], Any], chunk: list[Any]) -> list[Any]:
    return [fn(task) for task in chunk]
