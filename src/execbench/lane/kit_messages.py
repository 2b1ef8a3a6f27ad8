"""The messages of the conformance kit, beside `messages`: lanes that race need not pay for them.

`checks.commands.Commands` has a method for each command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from execbench.lane.messages import Options, Place


@dataclass
class Enter:
    """Open a backend to be checked: `Finding`."""

    backend: Place
    options: Options
    max_workers: int


@dataclass
class Act:
    """Run the check or chaos probe of this name: `Finding`."""

    name: str


@dataclass
class Leave:
    """Leave the context: `Finding`."""


@dataclass
class Look:
    """Find threads and open files that were not there at the first look: `Finding`."""


@dataclass
class Finding:
    """What a step of the conformance kit found."""

    outcome: str
    """Of a check `pass`, `fail` or `skip`, of a probe one of `chaos.OUTCOMES`, and `right` if another step worked.
    `misfit` if it is not a backend, `refused` if it could not be opened, `error` for any other exception."""
    detail: str = ""
    seconds: float = 0.0


KitCommand = Union[Enter, Act, Leave, Look]
