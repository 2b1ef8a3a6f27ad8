"""What should not matter varies from launch to launch, so that the interval between launches counts it.

All lanes of a launch get the same, so that they can be paired.

T. Mytkowicz and others, "Producing wrong data without doing anything obviously wrong" (ASPLOS 2009): the size of the
environment can matter more than the compiler's optimisation. C. Curtsinger and E. Berger, "Stabilizer" (ASPLOS 2013):
where the layout is drawn anew, luck with it becomes noise, which statistics can deal with.
"""

import os
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

from execbench.lane.layout import BLOCK_BYTES, Layout
from execbench.settings import Settings

LayoutKind: TypeAlias = Literal["fixed", "full", "holes"]

HOLE_BYTES = (4_000_000, 12_000_000)
"""The smallest and the largest hole: smaller ones are filled by the imports, larger ones cost memory."""

FILLED_BYTES = 32_000_000
"""More than the holes that imports leave, which depend on what had bytecode."""

MAX_PADDING = 4096
"""Bytes in the environment: a page, after which addresses repeat."""


@dataclass(frozen=True)
class LaunchLayout:
    """What all lanes of one launch have in common."""

    launch: int
    kind: LayoutKind
    hash_seed: int
    padding: int = 0
    """By how many bytes the environment is larger."""
    lane: Layout = field(default_factory=Layout)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of its lanes."""
        padding = {"EXECBENCH_PADDING": "x" * self.padding} if self.padding else {}
        return {"PYTHONHASHSEED": str(self.hash_seed), **padding}


def layout_of(settings: Settings, race: str, launch: int) -> LaunchLayout:
    """Draw the layout of a launch: always the same one for the same seed, race and number of the launch."""
    seed = hash_seed(settings)
    if settings.layout == "fixed":
        return LaunchLayout(launch, "fixed", seed)
    draw = Random(f"{settings.seed}/{race}/layout {launch}")
    padding, cpu = draw.randrange(1, MAX_PADDING), draw.randrange(1 << 16)
    if not _has_holes(settings, race, launch):
        return LaunchLayout(launch, "full", seed, padding, Layout(cpu, filled=FILLED_BYTES))
    holes = (draw.randrange(*HOLE_BYTES, BLOCK_BYTES) for _ in range(2))
    return LaunchLayout(launch, "holes", seed, padding, Layout(cpu, *holes))


def hash_seed(settings: Settings) -> int:
    """Return the hash seed of all lanes of a run: the user's own, or one drawn from the run's seed.

    One for all launches, as a function that goes through a set would otherwise give other results in each.
    """
    given = os.environ.get("PYTHONHASHSEED", "")
    return int(given) if given.isdecimal() else Random(f"{settings.seed}/hash seed").randrange(2**32)


def _has_holes(settings: Settings, race: str, launch: int) -> bool:
    """Return whether a launch has holes: of each two, one has, as five flips of a coin are alike too often."""
    pair, place = divmod(launch, 2)
    return Random(f"{settings.seed}/{race}/holes {pair}").randrange(2) == place
