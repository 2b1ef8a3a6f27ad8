"""What a sweep measures and how: a workload with an option that makes its tasks longer, on several backends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from execbench.environment import usable_cpus
from execbench.lane.messages import Prepare
from execbench.plugins.registry import Plugin
from execbench.plugins.trial import Choice, ChunkSize, Trial
from execbench.records.record import Count
from execbench.settings import Settings

CEILING = Choice(Plugin("backend", "ceiling", "execbench.lane.ceiling", "backend"), {}, "ceiling")
"""The yardstick of efficiency."""

Progress: TypeAlias = Callable[[str], object]


class Load(msgspec.Struct, frozen=True):
    """What one map is given: a number of tasks, and their grain."""

    size: Count
    grain: Count


@dataclass(frozen=True)
class SweepPlan:
    """What is swept, with which settings, and what was left out, with the reasons."""

    workload: Choice
    option: str
    """The grain: the workload's option that makes its tasks longer."""
    load: Load
    """The default; break-even varies one half of it at a time."""
    backends: Sequence[Choice]
    serial: Choice
    left_out: Sequence[str] = ()
    max_workers: int = field(default_factory=usable_cpus)
    chunksize: ChunkSize = 1
    settings: Settings = field(default_factory=Settings)

    def prepare(self, backend: Choice, load: Load) -> Prepare:
        """Return the command that gives a load to a backend's lane."""
        trial = Trial(self.workload, backend, load.size, load.size, self.max_workers, self.chunksize)
        options = {**self.workload.options, self.option: load.grain}
        return Prepare(self.workload.plugin.place, options, load.size, trial.used_chunksize, backend.plugin.place)
