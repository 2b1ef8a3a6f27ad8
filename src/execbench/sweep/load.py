"""A lane that stays open while its tasks change, and what it is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import msgspec

from execbench.environment import library_threads
from execbench.lane.messages import Open, Prepare
from execbench.plugins.registry import Plugin
from execbench.plugins.trial import BASELINE, Choice, ChunkSize, fair_chunksize
from execbench.records.record import Count
from execbench.settings import Settings
from execbench.supervisor.lane import LaneProcess, Nursery
from execbench.supervisor.process_tree import Used, Window

CEILING = Choice(Plugin("backend", "ceiling", "execbench.lane.ceiling", "backend"), {}, "ceiling")
"""The yardstick of efficiency."""

_EXIT_SECONDS = 5.0

Progress: TypeAlias = Callable[[str], object]


@dataclass(frozen=True)
class Grain:
    """A workload with the option that makes its tasks longer."""

    workload: Choice
    option: str

    @property
    def default(self) -> int:
        """The grain of the workload as it stands."""
        grain: int = self.workload.options[self.option]
        return grain

    def options(self, grain: int) -> dict[str, Any]:
        """Return the workload's options for tasks of a grain."""
        return {**self.workload.options, self.option: grain}


class Load(msgspec.Struct, frozen=True):
    """What one map is given: a number of tasks, and their grain."""

    size: Count
    grain: Count


@dataclass(frozen=True)
class SweepPlan:
    """What all places of a sweep have in common."""

    grain: Grain
    workers: int
    chunksize: ChunkSize
    settings: Settings


class SweptLane:
    """One launch of a backend's lane: opened once, then given one load after the other.

    All methods raise LaneFailure where the backend cannot do what they ask for.
    """

    def __init__(self, nursery: Nursery, backend: Choice, plan: SweepPlan) -> None:
        self._backend, self._plan = backend, plan
        threads = library_threads(baseline=backend.plugin.name == BASELINE)
        self._lane: LaneProcess = nursery.lane(environment=threads, round_timeout=plan.settings.round_timeout)
        self._patience = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lane.end(self._patience)

    def start(self, load: Load) -> None:
        """Let the lane import everything and make the tasks, without waiting for it."""
        grain = self._plan.grain
        place, options = grain.workload.plugin.place, grain.options(load.grain)
        self._lane.start_prepare(Prepare(place, options, load.size, self._chunk(load), self._backend.plugin.place))

    def settle(self) -> None:
        """Wait until the lane has what it was started with."""
        self._lane.greet()
        self._lane.finish_prepare()

    def open(self) -> tuple[float, float]:
        """Start the workers and map once; return the seconds of each."""
        command = Open(self._plan.workers, dict(self._backend.options), self._plan.settings.disable_gc)
        return self._lane.open(command).seconds, self._lane.first_call()

    def reload(self, load: Load) -> None:
        """Give other tasks, and map over them once, off the clock."""
        self.start(load)
        self._lane.finish_prepare()
        self._lane.round()

    def start_check(self) -> None:
        """Let the lane compare the last results with a plain loop's, without waiting for it."""
        self._lane.start_check()

    def finish_check(self) -> None:
        """Wait for the check."""
        self._lane.finish_check()

    def round(self) -> tuple[float, Used]:
        """Map over the tasks, on the clock; the results are checked afterwards.

        Returns:
            The seconds, and what the machine's CPUs did meanwhile.
        """
        window = Window(self._lane.tree)
        seconds = self._lane.round()
        used = window.close()
        self._lane.judge()
        return seconds, used

    def close(self) -> float:
        """Stop the workers, and return the seconds that took."""
        seconds = self._lane.close()
        self._lane.dismiss()
        self._patience = _EXIT_SECONDS
        return seconds

    def _chunk(self, load: Load) -> int | None:
        chunksize = self._plan.chunksize
        if chunksize == "library":
            return None
        return fair_chunksize(load.size, self._plan.workers) if chunksize == "fair" else chunksize
