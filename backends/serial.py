"""The plain loop: the baseline that every other backend is measured against.

One task after the other in the process that asked. Pick it whenever the others do not beat it: nothing starts,
nothing is copied, nothing hangs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any


class _Loop:
    serial = True

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> list[Any]:
        """Call `fn` on each task; chunks mean nothing here."""
        return [fn(task) for task in tasks]


@contextmanager
def backend(max_workers: int, /) -> Iterator[_Loop]:
    """Start nothing; the number of workers is accepted as from any backend."""
    yield _Loop()
