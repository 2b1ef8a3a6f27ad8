"""Trials: one workload at one size on one backend with max_workers and chunksize, under one interpreter."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, TypeAlias

from execbench.plugins.registry import Plugin

BASELINE = "serial"
"""The one backend with a special part: the plain loop that every other is measured against."""

ChunkSize: TypeAlias = int | Literal["fair", "library"]


@dataclass(frozen=True)
class Choice:
    """A plugin with the options that a user chose."""

    plugin: Plugin
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Every option with its value."""
    title: str = ""
    """The name with the options that are not the default, as a user would write it."""


@dataclass(frozen=True)
class Python:
    """An interpreter: the path of its program, and the name that tells it from others of the same run."""

    path: str = sys.executable
    name: str | None = None


@dataclass(frozen=True)
class Trial:
    """What is measured as one."""

    workload: Choice
    backend: Choice
    size: int
    default_size: int
    max_workers: int
    chunksize: ChunkSize = "fair"
    python: Python = field(default_factory=Python)

    @property
    def id(self) -> str:
        """Name the trial as its command line would: `cube/process_pool[start_method=spawn]/w2`."""
        parts = [self.workload.title, self.backend.title, f"w{self.max_workers}"]
        if self.size != self.default_size:
            parts.append(f"n{self.size}")
        if self.chunksize != "fair" and not self.is_baseline:
            parts.append(f"c{self.chunksize}")
        if self.python.name is not None:
            parts.append(f"py{self.python.name}")
        return "/".join(parts)

    @property
    def is_baseline(self) -> bool:
        """Whether this is the serial loop that the others are measured against."""
        return self.backend.plugin.name == BASELINE

    @property
    def race(self) -> tuple[str, int]:
        """Trials of one workload at one size run in the same race."""
        return self.workload.title, self.size

    @property
    def used_chunksize(self) -> int | None:
        """The number that is passed to `map`; None leaves the argument out."""
        if self.chunksize == "library":
            return None
        if self.chunksize == "fair":
            return fair_chunksize(self.size, self.max_workers)
        return self.chunksize

    def small(self, tasks: int) -> Self:
        """Return the same trial with at most this many tasks, to check it without measuring."""
        return replace(self, size=min(self.size, tasks))


def fair_chunksize(size: int, max_workers: int) -> int:
    """Return the chunk size that gives each worker about four chunks: enough to even out, few enough to be cheap."""
    return max(1, -(-size // (4 * max_workers)))


@dataclass(frozen=True)
class Axes:
    """What workloads and backends are crossed with."""

    max_workers: Sequence[int]
    sizes: Sequence[int] = ()
    """Numbers of tasks; each workload's own where there are none."""
    chunksizes: Sequence[ChunkSize] = ("fair",)
    pythons: Sequence[Python] = (Python(),)


def matrix(workloads: Iterable[tuple[Choice, int]], backends: Sequence[Choice], axes: Axes) -> list[Trial]:
    """Cross workloads, each with its default size, with backends and axes; one trial for each id."""
    trials = [
        trial
        for workload, default_size in workloads
        for size in axes.sizes or (default_size,)
        for python in axes.pythons
        for backend in backends
        for trial in _of_backend(Trial(workload, backend, size, default_size, 1, "fair", python), axes)
    ]
    return list({trial.id: trial for trial in trials}.values())


def by_race(trials: Iterable[Trial]) -> list[list[Trial]]:
    """Group trials by the race they belong to, in the order of each race's first."""
    races: dict[tuple[str, int], list[Trial]] = {}
    for trial in trials:
        races.setdefault(trial.race, []).append(trial)
    return list(races.values())


def _of_backend(trial: Trial, axes: Axes) -> Iterator[Trial]:
    """Cross with workers and chunk sizes; the baseline knows neither."""
    if trial.is_baseline:
        yield trial
        return
    for max_workers in axes.max_workers:
        for chunksize in axes.chunksizes:
            yield replace(trial, max_workers=max_workers, chunksize=chunksize)
