"""What the calls of a pool take: one call needs it to be opened and closed; of one that lives on, only rounds count.

Opening, the first call and closing are measured once in each launch, next to those of the serial loop, so that they are
paired by launch as rounds are paired by heat.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeAlias

from msgspec.structs import replace

from execbench.records.record import Record
from execbench.settings import MAX_CALLS, Calls
from execbench.stats import SHORTEST, Interval, mean_of_launches, median_logs, paired_ratio, planned, ratios_by_launch

ONCE = 1.0
MANY = math.inf


@dataclass(frozen=True)
class _Costs:
    """The seconds of one launch."""

    once: float
    """Opening, the first call, and closing."""
    again: float
    """Each further call."""

    def of(self, calls: float) -> float:
        return self.once + (calls - 1) * self.again


_Pair: TypeAlias = tuple[_Costs, _Costs]


def number_of(calls: Calls) -> float:
    """Return how many calls are meant; `many` are more than any number."""
    return {"once": ONCE, "many": MANY}[calls] if isinstance(calls, str) else float(calls)


def ratio(numerator: Record, denominator: Record, calls: float) -> Interval | None:
    """Return how many times as long a number of calls takes; None below two launches that both took part in."""
    if calls == MANY:
        return paired_ratio(numerator.samples, denominator.samples)
    logs = _log_ratios(_paired(numerator, denominator), calls)
    launches = planned(numerator.samples, denominator.samples)
    return mean_of_launches(logs, launches).interval() if len(logs) > 1 else None


def speedup(record: Record, baseline: Record | None, calls: float) -> Interval | None:
    """Return how many times as fast as the baseline a trial is; None for the baseline, and where nothing tells."""
    if calls == MANY:
        return record.speedup
    return None if baseline is None or record.is_baseline else ratio(baseline, record, calls)


def with_one_call(records: Sequence[Record]) -> list[Record]:
    """Add to each trial of a race how fast a single call is, next to the baseline under the same interpreter."""
    baselines = {record.python.name: record for record in records if record.is_baseline and record.ok}

    def of_one_call(record: Record) -> Interval | None:
        return speedup(record, baselines.get(record.python.name), ONCE) if record.ok else None

    return [replace(record, one_call_speedup=of_one_call(record)) for record in records]


def pays_from(record: Record, other: Record) -> int | None:
    """Return the fewest calls from which a trial takes less time than another, as far as known; None if it never does.

    Each further call gains a little on what opening, the first call and closing cost more, so that a search finds it.
    """
    pairs = _paired(other, record)
    if not pairs:
        return None
    fewest = 1 + bisect_left(range(1, MAX_CALLS + 1), True, key=lambda calls: fmean(_log_ratios(pairs, calls)) > 0)
    return fewest if fewest <= MAX_CALLS else None


def _log_ratios(pairs: Sequence[_Pair], calls: float) -> list[float]:
    return [math.log(numerator.of(calls) / denominator.of(calls)) for numerator, denominator in pairs]


def _paired(numerator: Record, denominator: Record) -> list[_Pair]:
    """Return the costs of both in each launch that both took part in; their rounds are paired by heat."""
    once, others = _once(numerator), _once(denominator)
    again = dict(zip(sorted(set(numerator.samples.launch)), median_logs(numerator.samples), strict=True))
    logs = ratios_by_launch(numerator.samples, denominator.samples)
    return [
        (_Costs(once[launch], math.exp(again[launch])), _Costs(others[launch], math.exp(again[launch] - log)))
        for launch, log in logs.items()
        if launch in once and launch in others
    ]


def _once(record: Record) -> Mapping[int, float]:
    """Return what one call takes, by launch; nothing for a record that does not say so of each of them."""
    launches = sorted(set(record.samples.launch))
    phases = (record.startup_seconds, record.first_call_seconds, record.shutdown_seconds)
    if any(len(phase) != len(launches) for phase in phases):
        return {}
    sums = {launch: sum(seconds) for launch, *seconds in zip(launches, *phases, strict=True)}
    return {launch: seconds for launch, seconds in sums.items() if seconds >= SHORTEST}
