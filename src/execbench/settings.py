"""The settings of a race, with their defaults."""

import math
import random
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeGuard, get_args

from execbench.errors import BadInput

Layout: TypeAlias = Literal["varied", "fixed"]
"""Whether what should not matter, such as the state of the heap, is drawn anew for each launch."""

Check: TypeAlias = Literal["results", "order", "none"]
"""What is checked of a round: its results, only their order, or nothing."""

Calls: TypeAlias = int | Literal["once", "many"]
"""How many calls a pool is opened for; `many` is a pool that lives on."""

MAX_CALLS = 10**9
_GIVE_CALLS = f"give once, many, or a whole number from 1 to {MAX_CALLS:,}"

PRECISION = 0.1
"""Where the user gives none."""


@dataclass(frozen=True)
class Settings:
    """Times are in seconds; the names are those of the command line's options."""

    launches: int = 5
    """Minimum launches per trial that may be the fastest."""
    max_time: float = 1.0
    """Time budget per trial, over all its launches: opening, closing, and every round, timed or not."""
    min_rounds: int = 5
    """Minimum rounds per trial that may be the fastest, over all its launches, whatever time they take."""
    precision: float | None = None
    """Half the width of a speedup's interval, relative to the speedup, below which a trial needs no more launches.

    None is `PRECISION` for the trials that may be the fastest; the others are settled once they certainly are not.
    """
    confidence: float = 0.95
    """Of the interval that is compared with `precision`."""
    round_timeout: float = 60.0
    check: Check = "results"
    tolerance: float | None = None
    """How much floats may differ, relative to the larger one; None leaves it to each workload."""
    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(2**32))
    """Of the order of lanes within each heat, and of the layouts."""
    layout: Layout = "varied"
    disable_gc: bool = False
    calls: Calls = "many"
    """Whose winner the verdict names first."""
    trace: bool = False
    """Run one more round in the first launch, which notes when and where each task ran."""

    @property
    def enough(self) -> float:
        """The precision with which a trial is known well enough."""
        return PRECISION if self.precision is None else self.precision

    def __post_init__(self) -> None:
        """Refuse what no race can be run with; BadInput names it."""
        for name in ("launches", "min_rounds", "max_time", "precision", "round_timeout"):
            value, least = getattr(self, name), 0 if name == "max_time" else 1e-9
            if (name, value) == ("precision", None):
                continue
            if not (isinstance(value, (int, float)) and least <= value < math.inf):
                raise BadInput(f"{name}={value!r}: give a number above 0")
        for name, allowed in (("check", get_args(Check)), ("layout", get_args(Layout))):
            if getattr(self, name) not in allowed:
                raise BadInput(f"{name}={getattr(self, name)!r}: give one of {', '.join(allowed)}")
        if not _is_calls(self.calls):
            raise BadInput(f"calls={self.calls!r}: {_GIVE_CALLS}")


def parse_calls(text: str) -> Calls:
    """Read what `--calls` takes; BadInput for anything else."""
    value = int(text) if text.isdecimal() and len(text) < 20 else text
    if not _is_calls(value):
        raise BadInput(f"--calls {text[:80]}: {_GIVE_CALLS}")
    return value


def _is_calls(value: object) -> TypeGuard[Calls]:
    is_number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_CALLS
    return is_number or value in ("once", "many")
