"""Ray: worker processes around a shared object store, here or on an existing cluster of machines.

Its workers run on Ray's nodes; if started here, on this machine's loopback. Pick it for large arguments that many
tasks share, or when work outgrows one machine. It takes seconds and hundreds of megabytes to start. On a busy machine
its workers get little CPU time, as Ray runs them at low priority.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Optional

# Must be set before the import, or it listens on all interfaces and reports usage statistics.
os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
from ray.exceptions import RayTaskError
from ray.util import placement_group, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from execbench import Chunks, Recipe

_PATIENCE_SECONDS = 10
_QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}

_SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _SETTINGS
"""How a client opens an HTTP/2 connection, which Ray's gRPC uses; the server replies with its own settings first."""


class RayExecutor:
    """Maps over chunks, each of which is one Ray task."""

    def __init__(self, max_workers: int, cluster: dict[str, Any] | None = None, **options: Any) -> None:
        self._max_workers = max_workers
        self.cluster = cluster
        self._run_chunk = ray.remote(num_cpus=1, **options)(Chunks.run)
        self._call = ray.remote(num_cpus=1, **options)(_call)
        self._put: tuple[Any, Any] | None = None
        """The object that was put into the store last, and its reference."""

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> list[Any]:
        """Send all chunks and get their results in order."""
        return self._mapped(fn, tasks, chunksize)

    def imap(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> Iterator[Any]:
        """Keep a few chunks for each worker under way."""
        return Chunks(self.submit, ahead=3 * self._max_workers).imap(fn, tasks, chunksize=chunksize)

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> _Call:
        """Send a single call."""
        return _Call(self._call.remote(fn, *args))

    def map_shared(
        self, fn: Callable[[Any, Any], Any], tasks: Iterable[Any], shared: Any, /, *, chunksize: int
    ) -> list[Any]:
        """Put the object into the store, from which each worker takes it once."""
        if self._put is None or self._put[0] is not shared:
            self._put = shared, ray.put(shared)
        # Ray would replace the reference by the object for each chunk, unless it is in something.
        return self._mapped(_WithShared(fn, [self._put[1]]), tasks, chunksize)

    def _mapped(self, fn: Callable[[Any], Any], tasks: Iterable[Any], chunksize: int) -> list[Any]:
        chunks = [self._run_chunk.remote(fn, chunk) for chunk in Chunks.split(tasks, chunksize)]
        try:
            return [result for chunk in chunks for result in ray.get(chunk)]
        except BaseException as error:
            _, waiting = ray.wait(chunks, num_returns=len(chunks), timeout=0)
            for chunk in waiting:  # otherwise the next map would wait for all of them
                ray.cancel(chunk)
            if isinstance(error, RayTaskError):
                # Its class combines Ray's own with the task's, and its text is the worker's traceback.
                raise error.cause from error
            raise


class _Call:
    """The reference of a call's result, as a future."""

    def __init__(self, reference: Any) -> None:
        self._reference = reference

    def result(self, timeout: Optional[float] = None) -> Any:
        try:
            return ray.get(self._reference, timeout=timeout)
        except RayTaskError as error:
            raise error.cause from error

    def cancel(self) -> bool:
        ready, _ = ray.wait([self._reference], timeout=0)
        if ready:
            return False
        ray.cancel(self._reference)
        return True

    def add_done_callback(self, fn: Callable[[Any], object], /) -> None:
        self._reference.future().add_done_callback(lambda _: fn(self))


@contextmanager
def backend(max_workers: int, /, *, address: Optional[str] = None) -> Iterator[RayExecutor]:
    """Use the cluster at `address` or at RAY_ADDRESS, or start one here.

    Raises:
        ConnectionError: nothing answers at the address.
        ValueError: the cluster has too few CPUs.
    """
    address = address or os.environ.get("RAY_ADDRESS")
    if address is None:
        with started(max_workers):
            yield RayExecutor(max_workers)
        return
    _knock(address)
    ray.init(address=address, **_QUIET)
    try:
        # Bundles of one CPU each, so that at most max_workers tasks run at once, however large the cluster is.
        group = placement_group([{"CPU": 1}] * max_workers)
        if not group.wait(_PATIENCE_SECONDS):
            cpus = ray.cluster_resources().get("CPU", 0)
            raise ValueError(f"the cluster at {address} has {cpus:g} CPUs, but not {max_workers} to spare")
        hosts = sorted(node["NodeManagerAddress"] for node in ray.nodes() if node["Alive"])
        cluster = {"address": address, "hosts": hosts, "workers": max_workers}
        yield RayExecutor(max_workers, cluster, scheduling_strategy=PlacementGroupSchedulingStrategy(group))
        remove_placement_group(group)
    finally:
        ray.shutdown()


@contextmanager
def started(max_workers: int) -> Iterator[None]:
    """Start Ray on this machine; leaving shuts it down."""
    with tempfile.TemporaryDirectory(prefix="ray-", dir=_short_folder(), ignore_cleanup_errors=True) as folder:
        ray.init(address="local", num_cpus=max_workers, include_dashboard=False, _temp_dir=folder, **_QUIET)
        try:
            yield
        finally:
            ray.shutdown()


def _short_folder() -> str | None:
    """Return a folder for Ray's files: a socket's path has at most 107 characters, and Ray uses 79 of them."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= 28 else "/tmp"


def _knock(address: str) -> None:
    """Check quickly whether a Ray server is there, as Ray itself waits for long: it must send HTTP/2 settings."""
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


def _call(fn: Callable[..., Any], *args: Any) -> Any:
    return fn(*args)


@dataclass(frozen=True)
class _WithShared:
    """`fn` with the object that its worker has taken from the store."""

    fn: Callable[[Any, Any], Any]
    references: list[Any]

    def __call__(self, task: Any) -> Any:
        (reference,) = self.references
        if reference not in _taken:
            _taken.clear()
            _taken[reference] = ray.get(reference)
        return self.fn(task, _taken[reference])


_taken: dict[Any, Any] = {}
"""What this worker has taken from the store last, by its reference."""


def opening(max_workers: int) -> str:
    """Write how a program starts Ray on this machine."""
    return f'ray.init(address="local", num_cpus={max_workers}, include_dashboard=False)'


_CHUNKS = """
def chunks(tasks):
    return [tasks[start : start + {chunksize}] for start in range(0, len(tasks), {chunksize})]


@ray.remote
def run_chunk(chunk{shared}):
    return [fn(task{shared}) for task in chunk]
"""

_RUNNING = """

def run_chunks(chunks, shared):
    reference = ray.put(shared)
    return ray.get([run_chunk.remote(chunk, reference) for chunk in chunks])
"""


def recipe(max_workers: int, chunksize: int, /, *, address: Optional[str]) -> Recipe:
    """Write a remote function, whose tasks are chunks."""
    definitions = _CHUNKS.format(chunksize=chunksize, shared="")
    return _recipe(max_workers, address, definitions, "ray.get([run_chunk.remote(chunk) for chunk in chunks(tasks)])")


def recipe_for_shared(max_workers: int, chunksize: int, /, *, address: Optional[str]) -> Recipe:
    """Put the object into the store; each chunk gets it from there."""
    definitions = _CHUNKS.format(chunksize=chunksize, shared=", shared") + _RUNNING
    return _recipe(max_workers, address, definitions, "run_chunks(chunks(tasks), shared)")


def _recipe(max_workers: int, address: Optional[str], definitions: str, results: str) -> Recipe:
    address = address or os.environ.get("RAY_ADDRESS")
    return Recipe(
        imports=["import ray", "from itertools import chain"],
        opening=opening(max_workers) if address is None else f'ray.init(address="{address}")',
        definitions=definitions,
        results=f"list(chain.from_iterable({results}))",
        workers_get_fn="by value",
    )
