"""Trials: one workload at one size on one backend with max_workers and chunksize, under one interpreter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, TypeAlias

from execbench.lane.arguments import SentOnce
from execbench.lane.layout import Layout
from execbench.lane.messages import Expect, Prepare
from execbench.lane.modes import Mode
from execbench.plugins.baseline import BASELINE
from execbench.plugins.registry import Plugin, as_reference
from execbench.supervisor.python import Python

ChunkSize: TypeAlias = int | Literal["fair", "library"]


@dataclass(frozen=True)
class Choice:
    """A plugin with the options that a user chose."""

    plugin: Plugin
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """The value of every option."""
    title: str = ""
    """The name with its non-default options, as a user would write it."""
    library: str | None = None
    """The library that a backend uses; None for the standard library."""
    takes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    """For each option, what it allows and its default, as text."""

    def allows(self, option: str) -> list[str]:
        """Return the values that an option allows; none if there is no such option."""
        return str(self.takes.get(option, {}).get("allows", "")).split("|")

    def leaves_open(self, option: str) -> bool:
        """Return whether there is such an option, and it has its default."""
        return option in self.takes and str(self.options[option]) == self.takes[option]["default"]

    def with_option(self, option: str, value: str) -> Self:
        """Return the same plugin with another value of an option."""
        options = {**self.options, option: value}
        other = replace(self, options=options)
        changed = {name: each for name, each in options.items() if not other.leaves_open(name)}
        return replace(other, title=as_reference(self.plugin.name, changed))

    @property
    def recorded_options(self) -> dict[str, Any]:
        """What records keep: the options, and for a function where its tasks come from."""
        source = self.plugin.tasks
        if source is None:
            return dict(self.options)
        return {**self.options, "tasks": source.text, **({"star": True} if source.star else {})}


@dataclass(frozen=True)
class Trial:
    """The unit of measurement."""

    workload: Choice
    backend: Choice
    size: int
    default_size: int
    max_workers: int = 1
    chunksize: ChunkSize = "fair"
    python: Python = field(default_factory=Python)
    control_of: str | None = field(default=None, compare=False)
    """The winner that the race added it for; None for a trial that was asked for."""
    sample: tuple[int, ...] = field(default=(), compare=False)
    """The numbers of the tasks that are run; all of them if empty."""
    sent_once: SentOnce | None = None
    """What is sent to each worker once, rather than with each chunk."""
    mode: Mode = "map"
    """How the tasks are handed over."""

    @property
    def id(self) -> str:
        """The name: `cube/process_pool[start_method=spawn]/w2`, then any other size, chunk size, mode and Python."""
        parts = [self.workload.title, self.backend.title, f"w{self.max_workers}"]
        if self.size != self.default_size:
            parts.append(f"n{self.size}")
        if self.chunksize != "fair" and not self.is_baseline:
            parts.append(f"c{self.chunksize}")
        if self.sent_once is not None:
            parts.append("shared")
        if self.mode != "map":
            parts.append(self.mode)
        if self.python.name is not None:
            parts.append(f"py{self.python.name}")
        return "/".join(parts)

    @property
    def is_baseline(self) -> bool:
        """Whether this is the serial loop that the others are measured against."""
        return self.backend.plugin.name == BASELINE

    @property
    def race(self) -> tuple[str, int]:
        """The workload, with any mode, and the size: trials that share them run in the same race."""
        return self.workload.title + ("" if self.mode == "map" else f"/{self.mode}"), self.size

    @property
    def used_chunksize(self) -> int | None:
        """The number that is passed to `map`; None leaves the argument out."""
        if self.chunksize == "library":
            return None
        return fair_chunksize(self.size, self.max_workers) if self.chunksize == "fair" else self.chunksize

    def prepare(self, tolerance: float | None, layout: Layout) -> Prepare:
        """Return the command that lets a lane import both plugins and make the tasks."""
        workload, backend, options = self.workload.plugin.place, self.backend.plugin.place, dict(self.workload.options)
        return Prepare(
            workload,
            options,
            self.size,
            self.used_chunksize,
            backend,
            tolerance,
            layout,
            list(self.sample),
            self.sent_once,
            self.mode,
        )

    def expect(self, tolerance: float | None) -> Expect:
        """Return the command that makes a lane the oracle of this trial's race."""
        place, options = self.workload.plugin.place, dict(self.workload.options)
        return Expect(place, options, self.size, tolerance, list(self.sample))

    def small(self, tasks: int) -> Self:
        """Return the same trial with at most this many tasks, to check it without measuring."""
        return replace(self, size=min(self.size, tasks))


def fair_chunksize(size: int, max_workers: int) -> int:
    """Return the chunk size that gives each worker about four chunks: enough to even out, few enough to be cheap."""
    return max(1, -(-size // (4 * max_workers)))


def by_race(trials: Iterable[Trial]) -> list[list[Trial]]:
    """Group trials by race, in the order of each race's first trial."""
    races: dict[tuple[str, int], list[Trial]] = {}
    for trial in trials:
        races.setdefault(trial.race, []).append(trial)
    return list(races.values())
