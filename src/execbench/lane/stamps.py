"""Tasks that carry their number, to prove an executor's order where results cannot tell tasks apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Stamped:
    """`fn` for tasks that are pairs of a number and the task proper: the result keeps the number."""

    fn: Callable[[Any], Any]

    def __call__(self, task: tuple[int, Any]) -> tuple[int, Any]:
        """Return the task's number with its result."""
        number, proper = task
        return number, self.fn(proper)
