"""What it takes to send tasks to another process, and their results back."""

from __future__ import annotations

import pickle
from time import perf_counter
from typing import Any

_SMALL_BYTES = 1000
"""Below this, most of what one pickle takes is to begin it, and pools pickle many tasks at once."""


class Traffic:
    """Measures how long tasks and results take to pickle and unpickle: large ones one by one, small ones together."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        """Of each task with its result, once `finish` has been called."""
        self._small: list[tuple[Any, Any]] = []
        self._places: list[int] = []

    def note(self, task: Any, result: Any, size: int) -> None:
        """Take a task with its result, which together weigh `size` bytes; what pickle raises if they cannot be sent."""
        pair = (task, result)
        self.seconds.append(_seconds(pair))
        if size < _SMALL_BYTES:
            self._places.append(len(self.seconds) - 1)
            self._small.append(pair)

    def finish(self) -> list[float]:
        """Measure the small ones, and return the seconds of all."""
        if self._small:
            each = _seconds(self._small) / len(self._small)
            for place in self._places:
                self.seconds[place] = each
        return self.seconds


def _seconds(values: Any) -> float:
    start = perf_counter()
    pickle.loads(pickle.dumps(values, protocol=pickle.HIGHEST_PROTOCOL))
    return perf_counter() - start
