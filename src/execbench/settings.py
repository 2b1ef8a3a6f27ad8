"""The settings of a race, with their defaults."""

import math
import random
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from execbench.errors import BadInput

Check: TypeAlias = Literal["results", "order", "none"]
"""What is checked of a round: its results, only their order, or nothing."""

PRECISION = 0.1
"""Where the user gives none."""


@dataclass(frozen=True)
class Settings:
    """Times are in seconds; the names are those of the command line's options."""

    launches: int = 5
    """Minimum launches per trial."""
    max_time: float = 1.0
    """Time budget per trial, over all its launches: opening, closing, and every round, timed or not."""
    min_rounds: int = 5
    """Minimum rounds per trial, over all its launches, whatever time they take."""
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
    """Of the order of lanes within each heat."""
    disable_gc: bool = False
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
        if self.check not in get_args(Check):
            raise BadInput(f"check={self.check!r}: give one of {', '.join(get_args(Check))}")
