"""Doubts: a closed list of reasons to distrust a measurement."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from execbench.stats import Samples, drift

Code: TypeAlias = Literal[
    "few_rounds",
    "drift",
    "coarse_clock",
    "busy_machine",
    "fewer_cpus",
    "oversubscription",
    "large_results",
    "left_over_processes",
    "uncompiled_imports",
]

FEW_ROUNDS = 6
DRIFT = 0.25
CLOCK_TICKS = 1000
FOREIGN_CPU = 0.15
UNCOMPILED_MODULES = 50


class Doubt(msgspec.Struct, frozen=True):
    """A reason to distrust a measurement: its code, the numbers behind it, and what to do about it."""

    code: Code
    numbers: Mapping[str, int | float]
    advice: str


@dataclass(frozen=True)
class Circumstances:
    """A trial's samples, and what else was observed of it."""

    samples: Samples
    max_workers: int
    usable_cpus: int
    threads_per_worker: int
    clock_resolution: float
    foreign_cpu: float
    """The share of the machine's CPU time that other programs used during the timed rounds."""
    result_bytes: int
    available_memory: int
    left_over: int
    uncompiled: int
    elsewhere: bool = False
    """The workers belong to an existing cluster, whose CPUs and memory cannot be seen from here."""


def doubts_about(seen: Circumstances) -> tuple[Doubt, ...]:
    """Return every doubt that the circumstances raise."""
    machine = () if seen.elsewhere else _about_machine(seen)
    return (*_about_samples(seen), *machine, *_about_trial(seen))


def _about_samples(seen: Circumstances) -> Iterator[Doubt]:
    samples = seen.samples
    if len(samples) < FEW_ROUNDS:
        yield Doubt("few_rounds", {"rounds": len(samples)}, "raise --max-time (pytest: --benchmark-max-time)")
    elif abs(drift(samples)) > DRIFT:
        yield Doubt("drift", {"second_half_slower": drift(samples)}, "let the machine settle, then run again")
    if samples.seconds and samples.median < CLOCK_TICKS * seen.clock_resolution:
        numbers = {"round_seconds": samples.median, "clock_resolution_seconds": seen.clock_resolution}
        yield Doubt("coarse_clock", numbers, "raise --size")


def _about_machine(seen: Circumstances) -> Iterator[Doubt]:
    if seen.foreign_cpu > FOREIGN_CPU:
        yield Doubt("busy_machine", {"foreign_cpu": seen.foreign_cpu}, "stop other programs, then run again")
    cpus, workers, threads = seen.usable_cpus, seen.max_workers, seen.threads_per_worker
    if cpus < workers:
        numbers = {"usable_cpus": cpus, "max_workers": workers}
        yield Doubt("fewer_cpus", numbers, f"use --max-workers {cpus} or a larger machine")
    if threads * workers > max(cpus, workers):
        numbers = {"threads_per_worker": threads, "max_workers": workers, "usable_cpus": cpus}
        yield Doubt("oversubscription", numbers, "unset OMP_NUM_THREADS and the like, or lower --max-workers")


def _about_trial(seen: Circumstances) -> Iterator[Doubt]:
    # Memory holds the results four times: in the worker, pickled, in the lane, and as the oracle.
    if 4 * seen.result_bytes > seen.available_memory:
        numbers = {"result_bytes": seen.result_bytes, "available_memory_bytes": seen.available_memory}
        yield Doubt("large_results", numbers, "lower --size, or return less from each task")
    if seen.left_over:
        yield Doubt("left_over_processes", {"processes_left": seen.left_over}, "the backend must end what it starts")
    if seen.uncompiled > UNCOMPILED_MODULES:
        advice = "start-up compiles them each time: unset PYTHONDONTWRITEBYTECODE or run python -m compileall"
        yield Doubt("uncompiled_imports", {"modules": seen.uncompiled}, advice)
