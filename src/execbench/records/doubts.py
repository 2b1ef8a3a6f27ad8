"""Doubts: a closed list of reasons to distrust a measurement."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Literal, TypeAlias

import msgspec

from execbench.lane.gil import Gil
from execbench.records.kinds import two_kinds
from execbench.settings import Check
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
    "tasks_differ",
    "tasks_changed",
    "last_bits",
    "unchecked",
    "not_checked",
    "remembers",
    "impossible",
    "busy_when_idle",
    "superlinear",
    "not_parallel",
    "layout",
    "gil_enabled",
    "not_alone",
    "no_lock",
]

FEW_ROUNDS = 6
DRIFT = 0.25
CLOCK_TICKS = 1000
FOREIGN_CPU = 0.15
UNCOMPILED_MODULES = 50
REMEMBERS = 3.0
"""The ratio of a first call to the median, or of the first round of a launch to its last."""
MIN_ROUNDS = 3
"""Rounds of a launch that show a trend."""
MIN_REMEMBERED = 0.001
HIDDEN_SHARE = 0.25
MIN_HIDDEN = 0.01
CPU_SHARE = 0.1
IDLE_CPUS = 0.2
MIN_CPU = 0.005
"""In seconds, as are the two above: less than this is within what the operating system's accounts show."""


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
    first_call: float | None = None
    """The median first call of the baseline; other backends may start their workers in it."""
    hidden_seconds: float = 0.0
    """By how much every round took longer for the parent than the lane says."""
    cpu_seconds: float = 0.0
    """The median CPU time of a round: a few that do all of the work must not hide many that do none."""
    serial_cpu_seconds: float | None = None
    """The CPU time of a round of the baseline, if there is one."""
    idle_cpus: float = 0.0
    """How many CPUs the trial kept busy between its rounds, while others had theirs."""
    other_tasks: int = 0
    """The launches whose tasks were not the oracle's."""
    changed_tasks: int = 0
    """The launches whose tasks were others at the end."""
    largest_difference: float = 0.0
    """The largest relative difference of a float that was right within the tolerance."""
    unchecked: int = 0
    """How many results of a round could not be compared."""
    check: Check = "results"
    """What the user wanted to have checked."""
    levels: Mapping[int, float] = field(default_factory=dict)
    """The log speedup of each launch; of the baseline, that over the reference kernel."""
    holes: frozenset[int] = frozenset()
    """The launches whose heap had holes when they started."""
    settled: bool = False
    """It got no more launches, as it is certain not to be the fastest, so that it needs no more rounds."""
    gil: Gil | None = None
    elsewhere: bool = False
    """The workers belong to an existing cluster, whose CPUs and memory cannot be seen from here."""


def doubts_about(seen: Circumstances) -> tuple[Doubt, ...]:
    """Return every doubt that the circumstances raise."""
    machine = () if seen.elsewhere else _about_machine(seen)
    return (
        *_about_samples(seen),
        *machine,
        *_about_trial(seen),
        *_about_gil(seen.gil),
        *_about_tasks(seen),
        *_about_results(seen),
        *_about_honesty(seen),
    )


def _about_samples(seen: Circumstances) -> Iterator[Doubt]:
    samples = seen.samples
    if len(samples) < FEW_ROUNDS and not seen.settled:
        yield Doubt("few_rounds", {"rounds": len(samples)}, "raise --max-time (pytest: --benchmark-max-time)")
    elif len(samples) >= FEW_ROUNDS and abs(drift(samples)) > DRIFT:
        yield Doubt("drift", {"second_half_slower": drift(samples)}, "let the machine settle, then run again")
    yield from _about_layout(seen)
    if samples.seconds and samples.median < CLOCK_TICKS * seen.clock_resolution:
        numbers = {"round_seconds": samples.median, "clock_resolution_seconds": seen.clock_resolution}
        yield Doubt("coarse_clock", numbers, "raise --size")


def _about_layout(seen: Circumstances) -> Iterator[Doubt]:
    kinds = two_kinds(seen.levels)
    if kinds is None:
        return
    sides = (kinds.low, kinds.high)
    counts = {"launches": len(kinds.low), "other_launches": len(kinds.high)}
    if seen.first_call is None:
        values = {"lower_speedup": math.exp(kinds.low_level), "higher_speedup": math.exp(kinds.high_level)}
    else:
        slow, fast = (_middle(seen.samples, launches) for launches in sides)
        values = {"slower_seconds": slow, "faster_seconds": fast}
    advice = "launches fall into two kinds: believe neither their mean nor one of them"
    if seen.holes in sides:
        advice = "it depends on whether the heap has holes, which is luck: believe neither the mean nor one of the two"
    yield Doubt("layout", {**values, **counts}, advice)


def _middle(samples: Samples, launches: frozenset[int]) -> float:
    pairs = zip(samples.launch, samples.seconds, strict=True)
    return median(seconds for launch, seconds in pairs if launch in launches)


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
    # Memory holds the results four times: in the worker, pickled, in the lane, and in the oracle.
    if 4 * seen.result_bytes > seen.available_memory:
        numbers = {"result_bytes": seen.result_bytes, "available_memory_bytes": seen.available_memory}
        yield Doubt("large_results", numbers, "lower --size, or return less from each task")
    if seen.idle_cpus > IDLE_CPUS:
        advice = "it slows down the others, the baseline too: workers should sleep between rounds"
        yield Doubt("busy_when_idle", {"cpus": seen.idle_cpus}, advice)
    if seen.left_over:
        yield Doubt("left_over_processes", {"processes_left": seen.left_over}, "the backend must end what it starts")
    if seen.uncompiled > UNCOMPILED_MODULES:
        advice = "start-up compiles them each time: unset PYTHONDONTWRITEBYTECODE or run python -m compileall"
        yield Doubt("uncompiled_imports", {"modules": seen.uncompiled}, advice)


def _about_gil(gil: Gil | None) -> Iterator[Doubt]:
    if gil is not None and gil.free_threaded and not gil.wanted and (gil.lane or gil.workers):
        module = f"the extension module {gil.module}" if gil.module else "an extension module"
        advice = f"{module} turned the GIL on: use a version that runs without, or set PYTHON_GIL=0 at your own risk"
        yield Doubt("gil_enabled", {"in_lane": int(gil.lane), "in_workers": int(bool(gil.workers))}, advice)


def _about_tasks(seen: Circumstances) -> Iterator[Doubt]:
    if seen.other_tasks:
        advice = "make the same tasks on every call, such as by a fixed random seed"
        yield Doubt("tasks_differ", {"launches": seen.other_tasks}, advice)
    if seen.changed_tasks:
        yield Doubt(
            "tasks_changed", {"launches": seen.changed_tasks}, "let the function copy a task before changing it"
        )
    for numbers in _signs_of_memory(seen):
        yield Doubt("remembers", numbers, "later rounds do less work: remove the cache, or measure the first call")


def _about_results(seen: Circumstances) -> Iterator[Doubt]:
    if seen.largest_difference:
        numbers = {"largest_relative_difference": seen.largest_difference}
        yield Doubt("last_bits", numbers, "right within the tolerance: --tolerance 0 accepts no difference")
    if seen.unchecked:
        advice = "they cannot be compared: return data, or give the workload an equal function"
        yield Doubt("unchecked", {"results": seen.unchecked}, advice)
    if seen.check != "results":
        checked = "only their order was" if seen.check == "order" else "nothing was"
        yield Doubt("not_checked", {"rounds": len(seen.samples)}, f"{checked} checked, as --check {seen.check} says")


def _signs_of_memory(seen: Circumstances) -> Iterator[dict[str, float]]:
    """Look at the baseline alone, as the workers and the memory of other backends get faster in their first rounds."""
    if seen.first_call is None:
        return
    samples = seen.samples
    rounds: dict[int, list[float]] = {}
    for launch, seconds in zip(samples.launch, samples.seconds, strict=True):
        rounds.setdefault(launch, []).append(seconds)
    first, last = (median(launch[place] for launch in rounds.values()) for place in (0, -1))
    if _is_far_above(seen.first_call, samples.median):
        yield {"first_call_seconds": seen.first_call, "median_seconds": samples.median}
    elif min(map(len, rounds.values())) >= MIN_ROUNDS and _is_far_above(first, last):
        yield {"first_round_seconds": first, "last_round_seconds": last}


def _is_far_above(one: float, other: float) -> bool:
    return one > REMEMBERS * other and one - other > MIN_REMEMBERED


def _about_honesty(seen: Circumstances) -> Iterator[Doubt]:
    usual, hidden, serial = seen.samples.median, seen.hidden_seconds, seen.serial_cpu_seconds
    if hidden > MIN_HIDDEN and hidden > HIDDEN_SHARE * (usual + hidden):
        numbers = {"round_seconds": usual, "seconds_from_outside": usual + hidden}
        yield Doubt("impossible", numbers, "its clock cannot be trusted: a round took longer than it says")
    elif serial is not None and not seen.elsewhere and serial > MIN_CPU and seen.cpu_seconds < CPU_SHARE * serial:
        numbers = {"cpu_seconds": seen.cpu_seconds, "serial_cpu_seconds": serial}
        yield Doubt("impossible", numbers, "the tasks were not run in these rounds, or by processes out of sight")
