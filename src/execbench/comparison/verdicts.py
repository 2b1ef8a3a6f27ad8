"""The verdicts. All trials are judged together, so that among many no more are called faster or slower by chance."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from execbench.comparison.ratios import Evidence, Figures, Ratio
from execbench.stats import (
    Interval,
    LogRatio,
    difference,
    launches_needed,
    level_of_discoveries,
    mean_of_launches,
)

Verdict: TypeAlias = Literal["slower", "faster", "same", "unclear"]

THRESHOLD = 0.02
"""The change that matters, unless a user says otherwise."""

RATE = 0.01
"""The share of verdicts that may be false."""

SIDE_THRESHOLD = 0.1
"""By how much start-up, CPU or memory has to move to be mentioned."""


@dataclass(frozen=True)
class Moved:
    """Something besides the seconds of a round that is not what it was."""

    what: Literal["start-up", "CPU", "memory"]
    old: float
    new: float


@dataclass(frozen=True)
class Judged:
    """A trial with its verdict."""

    evidence: Evidence
    verdict: Verdict
    interval: Interval | None
    """How many times as long the trial takes on the new side."""
    confidence: float
    """Of the interval: more than that of a lone trial, where many were judged."""
    needed: int | None
    """How many launches, or runs, a clear verdict would probably take; null where it is clear or out of reach."""
    moved: Sequence[Moved]

    @property
    def id(self) -> str:
        """The trial's name."""
        return self.evidence.id


def judge(evidences: Sequence[Evidence], threshold: float = THRESHOLD, rate: float = RATE) -> list[Judged]:
    """Give each trial its verdict.

    A trial is slower or faster where its whole interval lies beyond the threshold, and the same where it lies within.
    The confidence of the intervals is such that among all trials called slower or faster, the share called so by
    mistake is expected to be at most `rate`; the same holds for those called the same.
    """
    bound = math.log1p(threshold)
    known = [item.ratio.logs for item in evidences if item.ratio is not None and item.ratio.logs is not None]
    logs = LogRatio(*(np.array([getattr(one, field) for one in known]) for field in ("mean", "error", "freedom")))
    chances = logs.chance_beyond(bound), logs.chance_within(bound)
    levels = _Levels(*(level_of_discoveries(chance, rate) for chance in chances))
    verdicts = [_verdict(one, levels, *each) for one, *each in zip(known, *(c.tolist() for c in chances), strict=True)]
    intervals = _intervals(logs, [level for _, level in verdicts])
    remaining = iter(zip(verdicts, intervals, strict=True))
    judged = []
    for item in evidences:
        verdict: Verdict = "unclear"
        level, interval, needed = levels.strictest, None, None
        if item.ratio is not None and item.ratio.logs is not None:
            (verdict, level), interval = next(remaining)
        if verdict == "unclear":
            needed = _needed(item.ratio, bound, level)
        judged.append(Judged(item, verdict, interval, 1 - level, needed, _moved(item.old, item.new)))
    return judged


def _intervals(logs: LogRatio, levels: Sequence[float]) -> list[Interval]:
    """The interval of each trial, at its own level: all of one level at once, as thousands may be judged."""
    found: dict[int, Interval] = {}
    for level in set(levels):
        places = [place for place, each in enumerate(levels) if each == level]
        some = LogRatio(logs.mean[places], logs.error[places], logs.freedom[places])
        found |= dict(zip(places, some.intervals(1 - level), strict=True))
    return [found[place] for place in range(len(levels))]


@dataclass(frozen=True)
class _Levels:
    """The p-values up to which findings are believed."""

    beyond: float
    within: float

    @property
    def strictest(self) -> float:
        """The level of the wider interval."""
        return min(self.beyond, self.within)


def _verdict(logs: LogRatio, levels: _Levels, beyond: float, within: float) -> tuple[Verdict, float]:
    """Return the verdict, and the level of the interval that shows it."""
    if beyond <= levels.beyond:
        return ("slower" if float(logs.mean) > 0 else "faster"), levels.beyond
    if within <= levels.within:
        return "same", levels.within
    # The wider of both intervals neither lies beyond the threshold nor within it: the reader sees why.
    return "unclear", levels.strictest


def _needed(ratio: Ratio | None, bound: float, level: float) -> int | None:
    """Estimate how many launches, or runs, would tell."""
    if ratio is None:
        return None
    if ratio.logs is None:
        return 2
    return launches_needed(ratio.logs, ratio.units, abs(abs(float(ratio.logs.mean)) - bound), 1 - level)


def _moved(old: Figures, new: Figures) -> list[Moved]:
    """Name what else is not what it was: start-up by its interval; CPU and memory, one figure each, as they are."""
    found: list[Moved] = []
    if _startup_moved(old.startup_seconds, new.startup_seconds):
        found.append(Moved("start-up", statistics.median(old.startup_seconds), statistics.median(new.startup_seconds)))
    if old.cpu_seconds and new.cpu_seconds and _far(new.cpu_seconds / old.cpu_seconds):
        found.append(Moved("CPU", old.cpu_seconds, new.cpu_seconds))
    if old.peak_memory_bytes and new.peak_memory_bytes and _far(new.peak_memory_bytes / old.peak_memory_bytes):
        found.append(Moved("memory", old.peak_memory_bytes, new.peak_memory_bytes))
    return found


def _startup_moved(old: Sequence[float], new: Sequence[float]) -> bool:
    if min(len(old), len(new)) < 2 or min(*old, *new) <= 0 or not _far(statistics.median(new) / statistics.median(old)):
        return False
    ratio = difference(*(mean_of_launches([math.log(seconds) for seconds in side]) for side in (new, old)))
    return float(ratio.chance_beyond(math.log1p(SIDE_THRESHOLD))) <= RATE


def _far(ratio: float) -> bool:
    return abs(math.log(ratio)) > math.log1p(SIDE_THRESHOLD)
