"""The verdicts. All trials are judged together, so that chance makes no larger share of them wrong where many are."""

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from msgspec.structs import asdict

from execbench.comparison.moved import Moved, what_moved
from execbench.comparison.ratios import Evidence, Ratio
from execbench.stats import (
    Floats,
    Interval,
    LogRatio,
    launches_needed,
    level_of_discoveries,
)

Verdict: TypeAlias = Literal["slower", "faster", "same", "unclear"]

THRESHOLD = 0.02
"""The default of the smallest change that matters."""

RATE = 0.01
"""The share of verdicts that may be false."""


class Judged(Evidence, frozen=True, kw_only=True):
    """A trial with its verdict."""

    verdict: Verdict
    interval: Interval | None
    """How many times as long the trial takes on the new side."""
    confidence: float
    """Of the interval: higher where many trials were judged."""
    needed: int | None
    """How many launches, or runs, a clear verdict would probably take; None where it is clear or out of reach."""
    moved: Sequence[Moved]


def judge(evidences: Sequence[Evidence], threshold: float = THRESHOLD, rate: float = RATE) -> list[Judged]:
    """Give each trial its verdict.

    A trial is slower or faster where its whole interval lies beyond the threshold, and the same where it lies within.
    The confidence of the intervals is such that among all trials called slower or faster, the expected share of
    mistakes is at most `rate`; the same holds for those called the same.
    """
    bound = math.log1p(threshold)
    known = [item.ratio.logs for item in evidences if item.ratio and item.ratio.logs]
    logs = LogRatio(*(np.array([getattr(one, field) for one in known]) for field in ("mean", "error", "freedom")))
    chances = logs.chance_beyond(bound), logs.chance_within(bound)
    believed = [level_of_discoveries(chance, rate) for chance in chances]
    changed, same = (chance <= level for chance, level in zip(chances, believed, strict=True))
    # Where it is unclear, the wider of both intervals shows why: it lies neither beyond the threshold nor within it.
    levels = np.select([changed, same], believed, min(believed))
    verdicts = np.select([changed & (logs.mean > 0), changed, same], ["slower", "faster", "same"], "unclear")
    settled = zip(verdicts.tolist(), levels.tolist(), _intervals(logs, levels), strict=True)
    judged = []
    for item in evidences:
        verdict: Verdict = "unclear"
        level, interval = min(believed), None
        if item.ratio and item.ratio.logs:
            verdict, level, interval = next(settled)
        needed = _needed(item.ratio, bound, level) if verdict == "unclear" else None
        moved = what_moved(item.old, item.new, rate)
        judged.append(
            Judged(**asdict(item), verdict=verdict, interval=interval, confidence=1 - level, needed=needed, moved=moved)
        )
    return judged


def _intervals(logs: LogRatio, levels: Floats) -> list[Interval]:
    """Return the interval of each trial at its own level: all of one level at once, as there may be thousands."""
    found = np.empty(len(levels), dtype=object)
    for level in set(levels.tolist()):
        chosen = levels == level
        found[chosen] = LogRatio(logs.mean[chosen], logs.error[chosen], logs.freedom[chosen]).intervals(1 - level)
    return list(found)


def _needed(ratio: Ratio | None, bound: float, level: float) -> int | None:
    """Estimate how many launches, or runs, would give a clear verdict."""
    if ratio is None:
        return None
    if ratio.logs is None:
        return 2
    return launches_needed(ratio.logs, ratio.units, abs(abs(float(ratio.logs.mean)) - bound), 1 - level)
