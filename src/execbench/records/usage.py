"""What a round of a trial used, besides its time: the figures that tell why it took that long."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

Mean: TypeAlias = Annotated[float, Meta(ge=0, le=1e18)]


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Means over the timed rounds, each over the whole process tree."""

    minor_faults: Mean
    """Page faults for which no disk was read."""
    major_faults: Mean
    """Page faults that waited for a disk: swapped memory, or a file that is mapped and not cached."""
    voluntary_switches: Mean
    """How often a thread gave its CPU away, as it had to wait."""
    involuntary_switches: Mean
    """How often a thread lost its CPU to another."""
    user_seconds: Mean
    """CPU time in programs and libraries."""
    system_seconds: Mean
    """CPU time in the operating system."""
    bytes_read: Mean | None
    """By calls such as read: from files, cached ones too, and pipes. None where the system does not tell."""
    bytes_written: Mean | None
    live_threads: Mean = 0.0
    """How many threads lived at the end of a round, those of libraries included."""
    throttled_seconds: Mean | None = None
    """For how long a CPU quota kept CPUs from it. None where there is no quota to read."""
    megahertz: Mean | None = None
    """The frequency of the fastest CPU. None where it cannot be read."""


@dataclass(frozen=True)
class Figure:
    """A field of `Usage`, as reports and comparisons show it."""

    name: str
    title: str
    unit: Literal["", "s", "B"]
    least: float
    """Less than this says nothing: it is what any round uses, or below what the system can tell."""
    moves: float | None = None
    """By how much it must grow or shrink to be mentioned in a comparison; None if it never is."""


FIGURES = (
    Figure("minor_faults", "page faults", "", 100, moves=0.1),
    Figure("major_faults", "major faults", "", 1, moves=0.1),
    Figure("voluntary_switches", "voluntary switches", "", 10, moves=1.0),
    Figure("involuntary_switches", "involuntary switches", "", 10),  # they tell what else the machine did
    Figure("user_seconds", "user CPU", "s", 0.001),  # most of the CPU seconds, which are compared already
    Figure("system_seconds", "system CPU", "s", 0.001, moves=0.1),
    Figure("live_threads", "live threads", "", 2, moves=0.1),
    Figure("throttled_seconds", "throttled", "s", 0.001, moves=0.1),
    Figure("megahertz", "CPU MHz", "", 1, moves=0.1),
    Figure("bytes_read", "read", "B", 10_000, moves=0.1),
    Figure("bytes_written", "written", "B", 10_000, moves=0.1),
)
"""All of them, in the order of their columns."""
