"""Dask: worker processes of a local cluster, or of an existing cluster on many machines.

Its workers run wherever the scheduler has them; if started here, they are processes on this machine's loopback. Pick it
when work outgrows one machine, or is scheduled by Dask anyway. A task costs a millisecond or more, so chunks must be
large. The workers of an existing cluster must be able to import your modules.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import Any, Optional
from urllib.parse import urlsplit

import dask.config
from distributed import Client, LocalCluster, Security, as_completed
from distributed.comm import connect

from execbench import Chunks, Recipe

_CONNECT_SECONDS = 8
_WORKER_SECONDS = 4


@contextmanager
def backend(max_workers: int, /, *, address: Optional[str] = None) -> Iterator[_Chunks]:
    """Use the cluster at `address` or in Dask's own configuration, or start one here and close it on leaving.

    Args:
        max_workers: the number of processes; on an existing cluster, the maximum number of chunks in progress.
        address: the scheduler of an existing cluster, such as `tcp://127.0.0.1:8786`.

    Raises:
        ConnectionError: nothing answers at the address.
        ValueError: the workers of the cluster have too few threads.
    """
    address = address or dask.config.get("scheduler-address", None)
    if address is not None:
        with _connected(address) as client:
            _require(max_workers, client, address)
            yield _Chunks(client, max_workers, address)
        return
    with started(max_workers) as client:
        yield _Chunks(client, max_workers)


@contextmanager
def started(max_workers: int) -> Iterator[Client]:
    """Start a cluster on this machine and a client of it; leaving closes both."""
    with (
        tempfile.TemporaryDirectory(prefix="dask-", ignore_cleanup_errors=True) as folder,
        dask.config.set({"temporary-directory": folder}),
        LocalCluster(
            n_workers=max_workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # None would open port 8787
            silence_logs=logging.CRITICAL,  # at lower levels, every task that raises is logged
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def _connected(address: str) -> Client:
    try:
        asyncio.run(asyncio.wait_for(_knock(address), _CONNECT_SECONDS))
        return Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except Exception as error:  # whatever Dask raises when another kind of server answers
        raise ConnectionError(f"no Dask scheduler answers at {address}: {error!r}") from None


async def _knock(address: str) -> None:
    """Shake hands, as a client would wait forever for a server that accepts connections and never replies."""
    comm = await connect(address, timeout=_CONNECT_SECONDS, **Security().get_connection_args("client"))
    await comm.close()


def _require(threads: int, client: Client, address: str) -> None:
    with suppress(TimeoutError):
        client.wait_for_workers(1, timeout=_WORKER_SECONDS)
    there = sum(client.nthreads().values())
    if there < threads:
        raise ValueError(f"the workers of the cluster at {address} have {there} threads, but max_workers is {threads}")


class _Chunks:
    """An executor over a client. Each chunk is one Dask task, which Dask runs again if its worker dies."""

    def __init__(self, client: Client, max_workers: int, address: str | None = None) -> None:
        self._client = client
        threads = client.nthreads()
        self._max_workers = max_workers
        self._most = max_workers if sum(threads.values()) > max_workers else None
        hosts = sorted({str(urlsplit(worker).hostname) for worker in threads})
        self._scattered: tuple[Any, Any] | None = None
        """The object that was scattered last, and its future."""
        self.cluster = {"address": address, "hosts": hosts, "workers": len(threads)} if address else None

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> list[Any]:
        return self._mapped(partial(Chunks.run, fn), tasks, chunksize)

    def imap(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int) -> Iterator[Any]:
        """Keep a few chunks for each worker under way."""
        return Chunks(self.submit, ahead=3 * self._max_workers).imap(fn, tasks, chunksize=chunksize)

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> _Call:
        return _Call(self._client.submit(fn, *args, pure=False))

    def map_shared(
        self, fn: Callable[[Any, Any], Any], tasks: Iterable[Any], shared: Any, /, *, chunksize: int
    ) -> list[Any]:
        """Scatter the object to all workers first."""
        if self._scattered is None or self._scattered[0] is not shared:
            (future,) = self._client.scatter([shared], broadcast=True, hash=False)
            self._scattered = shared, future
        return self._mapped(partial(_work_shared, fn), tasks, chunksize, shared=self._scattered[1])

    def _mapped(self, work: Callable[..., Any], tasks: Iterable[Any], chunksize: int, **shared: Any) -> list[Any]:
        """Send all chunks, or as many at a time as may be in progress, and gather their results."""
        chunks = Chunks.split(tasks, chunksize)
        if self._most is None:
            futures = self._client.map(
                work, list(chunks), pure=False, **shared
            )  # pure: equal chunks would run only once
        else:
            futures = self._one_for_one(work, chunks, self._most, shared)
        try:
            answers: list[list[Any]] = self._client.gather(futures)
        except BaseException:
            self._client.cancel(futures)
            raise
        return [result for answer in answers for result in answer]

    def _one_for_one(
        self, work: Callable[..., Any], chunks: Iterator[list[Any]], most: int, shared: dict[str, Any]
    ) -> list[Any]:
        """Send `most` chunks, then one for each that finishes, until one raises; none may still run in the next map."""
        sent = (self._client.submit(work, chunk, pure=False, **shared) for chunk in chunks)
        futures = list(islice(sent, most))
        completed = as_completed(futures, loop=self._client.loop)
        failed = False
        for future in completed:
            failed = failed or future.status != "finished"
            for following in islice(sent, 0 if failed else 1):
                futures.append(following)
                completed.add(following)
        return futures


class _Call:
    """A future of Dask that cannot be cancelled, as Dask may still make a call that it was told to cancel."""

    def __init__(self, future: Any) -> None:
        self._future = future

    def result(self, timeout: Optional[float] = None) -> Any:
        # Dask fetches the result of a call that is done, which takes time that a timeout of 0 would not leave.
        return self._future.result(None if self._future.done() else timeout)

    def cancel(self) -> bool:
        return False

    def add_done_callback(self, fn: Callable[[Any], object], /) -> None:
        self._future.add_done_callback(lambda _: fn(self))


def _work_shared(fn: Callable[[Any, Any], Any], chunk: list[Any], shared: Any) -> list[Any]:
    return [fn(task, shared) for task in chunk]


def opening(max_workers: int) -> str:
    """Write how a program starts Dask on this machine."""
    return f'Client(n_workers={max_workers}, threads_per_worker=1, dashboard_address="127.0.0.1:0")'


_CHUNKS = """
def chunks(tasks):
    return [tasks[start : start + {chunksize}] for start in range(0, len(tasks), {chunksize})]


def run_chunk(chunk{shared}):
    return [fn(task{shared}) for task in chunk]
"""


def recipe(max_workers: int, chunksize: int, /, *, address: Optional[str]) -> Recipe:
    """Write a client, whose tasks are chunks."""
    return _recipe(max_workers, chunksize, address)


def recipe_for_shared(max_workers: int, chunksize: int, /, *, address: Optional[str]) -> Recipe:
    """Scatter the object to all workers; in a list, as the items of a collection would be scattered one by one."""
    scattered = "shared=executor.scatter([shared], broadcast=True)[0]"
    return _recipe(max_workers, chunksize, address, ", shared", f", {scattered}")


def _recipe(max_workers: int, chunksize: int, address: Optional[str], parameter: str = "", value: str = "") -> Recipe:
    address = address or dask.config.get("scheduler-address", None)
    sent = f"executor.map(run_chunk, chunks(tasks){value}, pure=False)"
    return Recipe(
        imports=["from distributed import Client", "from itertools import chain"],
        opening=opening(max_workers) if address is None else f'Client("{address}")',
        definitions=_CHUNKS.format(chunksize=chunksize, shared=parameter),
        results=f"list(chain.from_iterable(executor.gather({sent})))",
        workers_get_fn="by value",
    )
