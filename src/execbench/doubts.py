"""Doubts: a closed list of reasons to distrust a measurement, each with its numbers and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from execbench.stats import Samples, drift

FEW_ROUNDS = 6
DRIFT = 0.25
CLOCK_TICKS = 1000
FOREIGN_CPU = 0.15
UNCOMPILED_MODULES = 50


@dataclass(frozen=True)
class Doubt:
    """A reason to distrust a measurement: its code, the numbers behind it, and what to do about it."""

    code: str
    numbers: Mapping[str, float]
    advice: str


@dataclass(frozen=True)
class Evidence:
    """What was seen of a trial beside its samples."""

    samples: Samples
    max_workers: int
    usable_cpus: int
    threads_per_worker: int
    clock_resolution: float
    foreign_cpu: float
    """The share of the machine's CPU time that others used during the timed rounds."""
    result_bytes: int
    available_memory: int
    left_over: int
    uncompiled: int
    elsewhere: bool = False
    """The workers are of an existing cluster, whose CPUs and memory nobody here can see."""


def doubts_about(evidence: Evidence) -> tuple[Doubt, ...]:
    """Return every doubt that the evidence gives rise to."""
    machine = () if evidence.elsewhere else _about_machine(evidence)
    return (*_about_samples(evidence), *machine, *_about_trial(evidence))


def _about_samples(evidence: Evidence) -> Iterator[Doubt]:
    samples = evidence.samples
    if len(samples) < FEW_ROUNDS:
        yield Doubt("few_rounds", {"rounds": len(samples)}, "raise --max-time (pytest: --benchmark-max-time)")
    if len(samples) >= FEW_ROUNDS and abs(drift(samples)) > DRIFT:
        yield Doubt("drift", {"second_half_slower": drift(samples)}, "let the machine come to rest, then run again")
    if samples.seconds and samples.median < CLOCK_TICKS * evidence.clock_resolution:
        numbers = {"round_seconds": samples.median, "clock_resolution_seconds": evidence.clock_resolution}
        yield Doubt("coarse_clock", numbers, "raise --size")


def _about_machine(evidence: Evidence) -> Iterator[Doubt]:
    if evidence.foreign_cpu > FOREIGN_CPU:
        yield Doubt("busy_machine", {"foreign_cpu": evidence.foreign_cpu}, "stop other programs, then run again")
    if evidence.usable_cpus < evidence.max_workers:
        numbers = {"usable_cpus": evidence.usable_cpus, "max_workers": evidence.max_workers}
        yield Doubt("fewer_cpus", numbers, f"use --max-workers {evidence.usable_cpus} or a larger machine")
    if evidence.threads_per_worker * evidence.max_workers > max(evidence.usable_cpus, evidence.max_workers):
        numbers = {
            "threads_per_worker": evidence.threads_per_worker,
            "max_workers": evidence.max_workers,
            "usable_cpus": evidence.usable_cpus,
        }
        yield Doubt("oversubscription", numbers, "unset OMP_NUM_THREADS and its like, or lower --max-workers")


def _about_trial(evidence: Evidence) -> Iterator[Doubt]:
    # The results stand three times in memory: in the worker, pickled, and in the lane; the oracle is a fourth.
    if 4 * evidence.result_bytes > evidence.available_memory:
        numbers = {"result_bytes": evidence.result_bytes, "available_memory_bytes": evidence.available_memory}
        yield Doubt("large_results", numbers, "lower --size, or return less from each task")
    if evidence.left_over:
        yield Doubt(
            "left_over_processes", {"processes_left": evidence.left_over}, "the backend must end what it starts"
        )
    if evidence.uncompiled > UNCOMPILED_MODULES:
        advice = "start-up compiles them each time: unset PYTHONDONTWRITEBYTECODE or run python -m compileall"
        yield Doubt("uncompiled_imports", {"modules": evidence.uncompiled}, advice)
