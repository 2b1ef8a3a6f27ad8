"""The backend that is being checked, and what checks and probes use: the executor, files, and ways to end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from execbench.lane.messages import Options, Place

Outcome = tuple[str, str]
"""What a chaos probe saw: one of `chaos.OUTCOMES`, and a detail."""


class NotMet(Exception):
    """The backend breaks the contract: the message says what happened instead."""


class NotApplicable(Exception):
    """The check does not apply to this backend: the message says why."""


@dataclass
class Stage:
    """One backend in this process."""

    backend: Place
    options: Options
    max_workers: int
    printed: str
    """The file that receives what this process and its workers print."""
    executor: Any = None
    error: BaseException | None = None
    """The exception by which the program leaves the context, if it does."""
    folder: str = ""
    """It is new for each check."""

    @property
    def serial(self) -> bool:
        """Whether the executor declares that it runs one task at a time."""
        return bool(getattr(self.executor, "serial", False))

    def map(self, fn: Callable[[Any], Any], inputs: Iterable[Any], chunksize: int = 1) -> list[Any]:
        """Map, and drain the results."""
        return list(self.executor.map(fn, inputs, chunksize=chunksize))

    def path(self, name: str) -> str:
        """Return the path of a file in the check's folder."""
        return os.path.join(self.folder, name)


def require(met: bool, otherwise: str) -> None:
    """Raise NotMet with this message unless a condition is met."""
    if not met:
        raise NotMet(otherwise)


def raised_by(call: Callable[[], Any], otherwise: str) -> BaseException:
    """Return what a call raises; raise NotMet with this message if it returns."""
    try:
        result = call()
    except BaseException as error:
        return error
    raise NotMet(f"{otherwise}: {result!r:.80}")


def said(error: BaseException) -> str:
    """Describe an exception in one line."""
    first = str(error).strip().partition("\n")[0][:200]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
