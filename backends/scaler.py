"""Scaler: worker processes around a scheduler and an object store, on this machine.

They listen on this machine's loopback, and functions are sent with cloudpickle. The scheduler moves tasks from busy
workers to idle ones. The store keeps all arguments until it is left, and the workers log to the standard output. Pick
it for tasks of very different lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from scaler import Client, SchedulerClusterCombo

from execbench import Chunks, Future


@contextmanager
def backend(max_workers: int, /) -> Iterator[Chunks]:
    """Start the scheduler, the store and `max_workers` processes; leaving stops them."""
    combo = SchedulerClusterCombo(max_workers, logging_paths=())
    try:
        with Client(combo.get_address()) as client:
            yield Chunks(_Calls(client).submit, catch=True, ahead=3 * max_workers)
    finally:
        combo.shutdown()


class _Calls:
    """Numbers the calls, as Scaler sends equal arguments once, and gives all tasks of a worker the same object."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._numbers = count()

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future:
        future: Future = self._client.submit(_call, (next(self._numbers), fn, args))
        return future


def _call(numbered: tuple[int, Callable[..., Any], tuple[Any, ...]]) -> Any:
    _, fn, args = numbered
    return fn(*args)
