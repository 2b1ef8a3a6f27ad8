"""The machine's own ceiling: one independent process per worker, each with its share of the tasks, and no pool.

This backend is not a plugin. Each process gets its share of the tasks once, before any clock runs; after that, a round
costs no more than the work, one short message to each process, and the results.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from execbench.lane.coroutines import in_turn


@contextmanager
def backend(max_workers: int, /) -> Iterator[Ceiling]:
    """Start the processes; leaving ends them."""
    pairs = [multiprocessing.Pipe() for _ in range(max_workers)]
    processes = [multiprocessing.Process(target=_work, args=(theirs,), daemon=True) for _, theirs in pairs]
    for process in processes:
        process.start()
    try:
        yield Ceiling([ours for ours, _ in pairs])
    finally:
        for ours, _ in pairs:
            ours.send("end")
        for process in processes:
            process.join()


class Ceiling:
    """Maps over the same tasks repeatedly."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections
        self._given: object = None

    def map(self, fn: Callable[[Any], Any], tasks: Sequence[Any], /, *, chunksize: int = 1) -> list[Any]:
        """Let every process run its share. New tasks are handed out first: run a warm-up round after changing them."""
        del chunksize  # each process has all of its tasks already
        count = len(self._connections)
        if self._given is not tasks:
            for number, connection in enumerate(self._connections):
                connection.send((fn, tasks[number::count]))
            for connection in self._connections:
                connection.recv()
            self._given = tasks
        for connection in self._connections:
            connection.send("run")
        results: list[Any] = [None] * len(tasks)
        for number, connection in enumerate(self._connections):
            results[number::count] = connection.recv()
        return results

    map_coroutines = map  # noqa: A003 -- the method above: each process awaits its share in a loop


def _work(connection: Connection) -> None:
    """Run in each process: take a share of the tasks, then run it on request."""
    fn: Callable[[Any], Any] = str
    share: Sequence[Any] = ()
    while (message := connection.recv()) != "end":
        if message == "run":
            connection.send(in_turn(fn, share))
        else:
            fn, share = message
            connection.send("ready")
