"""Causes: a closed list of reasons why a trial and its baseline differ, or why more workers gain nothing.

Each is read from what was measured of both. None of them is a guess: where nothing on the list was measured, none is
returned.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean, median, quantiles
from typing import Literal, TypeAlias

from execbench.records.record import Record
from execbench.records.usage import Usage

Kind: TypeAlias = Literal[
    "page_faults",
    "swapping",
    "library_threads",
    "cpu_quota",
    "frequency",
    "lock",
    "remembers",
]

FAULTS = 1000
TIMES_AS_MANY = 10
SYSTEM_SHARE = 0.1
"""The share of the CPU time that page faults must have cost."""
DISK_FAULTS = 10
LIBRARY_CPUS = 1.3
"""How many CPUs threads of a library keep busy in the serial loop, or how many times the CPU time they take."""
THROTTLED_SHARE = 0.05
CLOCK_SHARE = 0.95
LOCK_CPUS = 1.3
LOCK_SPEEDUP = 1.2
LOCK_WORK = 1.5
"""How much more CPU time than the serial loop workers take that mainly wait: more of it would be overhead."""
LOCK_SWITCHES = 10
"""The fewest waits a round, where the serial loop has less than one."""
FIRST_ROUNDS = 2.0
MIN_ROUNDS = 3


@dataclass(frozen=True)
class Cause:
    """What makes a trial slower, or its baseline."""

    kind: Kind
    slower: float
    """The figure of the one that it makes slower."""
    other: float
    """The figure of the other one, or the one to compare with."""
    of_baseline: bool
    """It makes the baseline slower, so that the trial seems fast."""


def causes_of(trial: Record, baseline: Record) -> list[Cause]:
    """Return what was measured to make one of the two slower than the other."""
    if trial.usage is None or baseline.usage is None or not (trial.samples.seconds and baseline.samples.seconds):
        return []
    return [
        *_more_in(baseline, baseline.usage, trial.usage, of_baseline=True),
        *_more_in(trial, trial.usage, baseline.usage, of_baseline=False),
        *_threads_of_libraries(trial, trial.usage, baseline, baseline.usage),
        *_throttled(trial, trial.usage),
        *_slower_clock(trial.usage, baseline.usage),
        *_waiting_for_each_other(trial, trial.usage, baseline, baseline.usage),
        *_first_rounds(trial),
    ]


def _more_in(slower: Record, much: Usage, little: Usage, *, of_baseline: bool) -> Iterator[Cause]:
    """Yield the counts that are far larger in one of the two, and cost it time."""
    system = much.system_seconds - little.system_seconds
    if (
        much.minor_faults > FAULTS + little.minor_faults
        and much.minor_faults > TIMES_AS_MANY * little.minor_faults
        and system > SYSTEM_SHARE * (much.user_seconds + much.system_seconds)
    ):
        yield Cause("page_faults", much.minor_faults, little.minor_faults, of_baseline)
    if much.major_faults > DISK_FAULTS + TIMES_AS_MANY * little.major_faults:
        yield Cause("swapping", much.major_faults, little.major_faults, of_baseline)


def _threads_of_libraries(trial: Record, usage: Usage, baseline: Record, of_baseline: Usage) -> Iterator[Cause]:
    """Look for threads within the tasks of the serial loop, which use more than one CPU, or wait for each other busily.

    Lanes with workers give each one thread.
    """
    faster = trial.speedup is not None and trial.speedup.low > 1
    more_work = of_baseline.user_seconds > LIBRARY_CPUS * usage.user_seconds
    if of_baseline.live_threads > 1 and (more_work or _busy_cpus(baseline) > LIBRARY_CPUS):
        yield Cause("library_threads", of_baseline.user_seconds, usage.user_seconds, of_baseline=faster)


def _throttled(trial: Record, usage: Usage) -> Iterator[Cause]:
    throttled = usage.throttled_seconds or 0.0
    if throttled > THROTTLED_SHARE * trial.samples.median:
        yield Cause("cpu_quota", throttled, trial.samples.median, of_baseline=False)


def _slower_clock(usage: Usage, of_baseline: Usage) -> Iterator[Cause]:
    ours, theirs = usage.megahertz, of_baseline.megahertz
    if ours and theirs and min(ours, theirs) < CLOCK_SHARE * max(ours, theirs):
        yield Cause("frequency", min(ours, theirs), max(ours, theirs), of_baseline=theirs < ours)


def _waiting_for_each_other(trial: Record, usage: Usage, baseline: Record, of_baseline: Usage) -> Iterator[Cause]:
    """Look for workers that do the work of the serial loop one at a time, and wait often."""
    gains_nothing = baseline.samples.median < LOCK_SPEEDUP * trial.samples.median
    same_work = (trial.cpu_seconds or 0.0) < LOCK_WORK * (baseline.cpu_seconds or 0.0)
    one_at_a_time = _busy_cpus(trial) < LOCK_CPUS
    waits = usage.voluntary_switches > LOCK_SWITCHES > LOCK_SWITCHES * of_baseline.voluntary_switches
    if trial.max_workers > 1 and gains_nothing and same_work and one_at_a_time and waits:
        yield Cause("lock", usage.voluntary_switches, _busy_cpus(trial), of_baseline=False)


def _first_rounds(trial: Record) -> Iterator[Cause]:
    """Look for launches whose first rounds do more work than their last."""
    rounds: dict[int, list[float]] = {}
    for launch, seconds in zip(trial.samples.launch, trial.samples.seconds, strict=True):
        rounds.setdefault(launch, []).append(seconds)
    if min(map(len, rounds.values())) < MIN_ROUNDS:
        return
    # Most later rounds must be quick: if they differ as much as that from each other, the first was slow by chance.
    if all(first > FIRST_ROUNDS * quantiles(later, n=4, method="inclusive")[2] for first, *later in rounds.values()):
        first, last = (median(launch[place] for launch in rounds.values()) for place in (0, -1))
        yield Cause("remembers", first, last, of_baseline=False)


def _busy_cpus(record: Record) -> float:
    """Return how many CPUs a trial keeps busy in its rounds."""
    return (record.cpu_seconds or 0.0) / fmean(record.samples.seconds)
