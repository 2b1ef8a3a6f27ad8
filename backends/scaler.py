"""Scaler: worker processes around a scheduler and an object store, on this machine.

They listen on this machine's loopback, and functions are sent with cloudpickle. The scheduler moves tasks from busy
workers to idle ones. The workers log to the standard output. Pick it for tasks of very different lengths.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scaler import Client, SchedulerClusterCombo

from execbench import Chunks


@contextmanager
def backend(max_workers: int, /) -> Iterator[Chunks]:
    """Start the scheduler, the store and `max_workers` processes; leaving stops them."""
    combo = SchedulerClusterCombo(max_workers, logging_paths=())
    try:
        with Client(combo.get_address()) as client:
            yield Chunks(client.submit, catch=True, ahead=3 * max_workers)
    finally:
        combo.shutdown()
