"""A lane that stays open while its tasks change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Self

from execbench.environment import library_threads
from execbench.lane.process import LaneProcess, Nursery
from execbench.registry import Plugin
from execbench.settings import Settings
from execbench.trial import BASELINE, Choice, ChunkSize, fair_chunksize
from execbench.usage import Used, Window

CEILING = Choice(Plugin("backend", "ceiling", "execbench.sweep.ceiling", "backend"), {}, "ceiling")
"""The yardstick of efficiency."""

_EXIT_SECONDS = 5.0

Progress = Callable[[str], object]


@dataclass(frozen=True)
class Grain:
    """A workload with the option that makes its tasks longer."""

    workload: Choice
    option: str

    @property
    def default(self) -> int:
        """The grain that a user gets who names none."""
        grain: int = self.workload.options[self.option]
        return grain

    def options(self, grain: int) -> dict[str, Any]:
        """Return the workload's options for tasks of a grain."""
        return {**self.workload.options, self.option: grain}


@dataclass(frozen=True)
class Load:
    """What one map is given: so many tasks of a grain."""

    size: int
    grain: int


@dataclass(frozen=True)
class Setting:
    """What all places of a sweep have in common."""

    grain: Grain
    workers: int
    chunksize: ChunkSize
    settings: Settings


class SweptLane:
    """One life of a backend's lane: opened once, then given one load after the other."""

    def __init__(self, nursery: Nursery, backend: Choice, setting: Setting) -> None:
        self._backend, self._grain, self._workers = backend, setting.grain, setting.workers
        self._chunksize, self._settings = setting.chunksize, setting.settings
        threads = library_threads(setting.workers, baseline=backend.plugin.name == BASELINE)
        self._lane: LaneProcess = nursery.lane(environment=threads)
        self._patience = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lane.end(self._patience)

    def start(self, load: Load) -> None:
        """Let the lane import everything and make the tasks, without waiting for it."""
        self._lane.send(
            "prepare",
            workload=asdict(self._grain.workload.plugin),
            workload_options=self._grain.options(load.grain),
            size=load.size,
            backend=asdict(self._backend.plugin),
        )

    def settle(self) -> None:
        """Wait until the lane has what it was started with."""
        self._lane.greet()
        self._lane.receive("prepare", limit=self._settings.round_timeout)

    def open(self, load: Load) -> tuple[float, float]:
        """Start the workers and map once; return the seconds of either.

        Raises:
            LaneFailure: the backend cannot do it.
        """
        settings = self._settings
        opened = self._lane.ask(
            "open",
            limit=settings.open_timeout,
            beyond="not_opened",
            max_workers=self._workers,
            options=dict(self._backend.options),
            chunksize=self._chunk(load),
            disable_gc=settings.disable_gc,
        )
        return opened["seconds"], self._lane.ask("first_call", limit=settings.round_timeout)["seconds"]

    def reload(self, load: Load) -> None:
        """Give other tasks, and map over them once, which no clock counts."""
        limit = self._settings.round_timeout
        options = self._grain.options(load.grain)
        self._lane.ask("reload", limit=limit, options=options, size=load.size, chunksize=self._chunk(load))
        self._lane.ask("round", limit=limit)

    def start_check(self) -> None:
        """Let the lane hold the last results against a plain loop's, without waiting for it."""
        self._lane.send("check")

    def finish_check(self) -> None:
        """Wait for the check."""
        self._lane.receive("check", limit=3 * self._settings.round_timeout)

    def round(self) -> tuple[float, Used]:
        """Map over the tasks, on the clock; the results are checked afterwards.

        Returns:
            The seconds, and what the machine's CPUs did meanwhile.
        """
        window = Window(self._lane.tree)
        seconds: float = self._lane.ask("round", limit=self._settings.round_timeout)["seconds"]
        used = window.close()
        self._lane.ask("judge", limit=self._settings.round_timeout)
        return seconds, used

    def close(self) -> float:
        """Stop the workers, and return the seconds that took."""
        seconds: float = self._lane.ask("close", limit=self._settings.close_timeout, beyond="not_closed")["seconds"]
        self._lane.dismiss()
        self._patience = _EXIT_SECONDS
        return seconds

    def _chunk(self, load: Load) -> int | None:
        if self._chunksize == "library":
            return None
        return fair_chunksize(load.size, self._workers) if self._chunksize == "fair" else self._chunksize
