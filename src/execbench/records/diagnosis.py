"""What `execbench doctor` found out about a machine, as the artifact keeps it."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

State: TypeAlias = Literal["good", "warn", "unknown"]
"""Of what a check looks at: as it should be, or at the cost of precision, or not to be seen here."""


class Sign(msgspec.Struct, frozen=True):
    """What one check saw."""

    state: State
    seen: str
    costs: str = ""
    """What that costs, or what it means for a race."""
    remedy: str = ""
    """The command that changes it, or what else helps."""
    numbers: Mapping[str, int | float] = {}


class Diagnosis(msgspec.Struct, frozen=True):
    """What all checks saw, by the name of the check, which is a single word."""

    signs: Mapping[str, Sign]
