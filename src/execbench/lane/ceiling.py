"""What the machine itself can do: as many independent processes as workers, each with its share, and no pool at all.

A backend for lanes, and no plugin: each process is given its share of the tasks once, before any clock runs, and from
then on only told to begin. What a round takes beyond the work is one word to each process, and its results.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any


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
    """Maps over the same tasks again and again."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections
        self._given: object = None

    def map(self, fn: Callable[[Any], Any], tasks: Sequence[Any], /, *, chunksize: int = 1) -> list[Any]:
        """Let every process run its share; new tasks are handed out first, which the warm-up round is for."""
        del chunksize  # there is nothing to chunk
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


def _work(connection: Connection) -> None:
    """In a process of its own: take a share, then run it whenever told to."""
    fn: Callable[[Any], Any] = str
    share: Sequence[Any] = ()
    while (message := connection.recv()) != "end":
        if message == "run":
            connection.send([fn(task) for task in share])
        else:
            fn, share = message
            connection.send("ready")
