"""Dask: worker processes of a local cluster, or those of an existing one on many machines.

Its workers live wherever the scheduler has them; started here, they are processes on this machine's loopback. Pick it
when work outgrows one machine; a task costs a millisecond or more, so chunks must be large.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any
from urllib.parse import urlsplit

import dask.config
from distributed import Client, LocalCluster

_PATIENCE_SECONDS = 10


class DaskExecutor:
    """Maps over chunks, each of which is one task to Dask; `cluster` is that which was there before."""

    def __init__(self, client: Client, workers: list[str], address: str | None = None) -> None:
        self._client = client
        self._workers = workers
        hosts = sorted({str(urlsplit(worker).hostname) for worker in workers})
        self.cluster = {"address": address, "hosts": hosts, "workers": len(workers)} if address else None

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> list[Any]:
        """Send all chunks and gather their results; an exception cancels what has not started."""
        futures = self._client.map(
            _run_chunk, [(fn, chunk) for chunk in _chunks(tasks, chunksize)], pure=False, workers=self._workers
        )
        try:
            return list(chain.from_iterable(self._client.gather(futures)))
        finally:
            self._client.cancel(futures, force=True)


@contextmanager
def backend(max_workers: int, /, *, address: str | None = None) -> Iterator[DaskExecutor]:
    """Use the cluster at `address`, or that of Dask's own configuration, or start one here.

    Raises:
        OSError: nothing answers at the address.
        ValueError: the cluster has too few workers, or workers with too many threads.
    """
    address = address or dask.config.get("scheduler-address", None)
    if address is not None:
        with Client(address, timeout=_PATIENCE_SECONDS, set_as_default=False) as client:
            yield DaskExecutor(client, _some_workers(client, max_workers), address)
        return
    with (
        LocalCluster(
            n_workers=max_workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # None would open port 8787
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield DaskExecutor(client, _some_workers(client, max_workers))


def _some_workers(client: Client, max_workers: int) -> list[str]:
    """Choose workers that together run `max_workers` tasks at once, and never more."""
    client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
    chosen: list[str] = []
    left = max_workers
    threads_of: dict[str, int] = client.nthreads()
    for worker, threads in sorted(threads_of.items(), key=lambda item: (item[1], item[0])):
        if threads <= left:
            chosen.append(worker)
            left -= threads
    if left:
        raise ValueError(
            f"this cluster cannot run just {max_workers} tasks at once: the threads of its workers are "
            f"{sorted(threads_of.values())}; start more workers, or ask for another max_workers"
        )
    return chosen


def _chunks(tasks: Iterable[Any], chunksize: int) -> Iterator[list[Any]]:
    iterator = iter(tasks)
    while chunk := list(islice(iterator, chunksize)):
        yield chunk


def _run_chunk(call: tuple[Callable[[Any], Any], list[Any]]) -> list[Any]:
    fn, chunk = call
    return [fn(task) for task in chunk]
