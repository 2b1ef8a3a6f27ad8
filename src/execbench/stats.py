"""The estimator and the interval, in one pure module: numbers in, numbers out.

**What is estimated.** How many times faster one trial is than another: the ratio of their seconds per round.

**Paired within heats.** Machines jump between speeds by up to 1.4x and samples close in time are correlated, so the
samples of one heat, taken within moments of each other, are divided by each other before anything else is done: drift
multiplies both and cancels. Ratios live on a logarithmic scale, where twice as fast and half as fast lie equally far
from 1.

**The median of a launch.** Within a launch, the median of its heats' log ratios stands against the odd slow round.

**Launches are the sample.** Two processes of identical code can differ for their whole lives (memory layout, which
core they woke on), so heats of one launch are not independent evidence: resampling them, as a plain bootstrap does,
gives an interval that is too narrow. One launch is one draw, with one number; the estimate is the mean of those
numbers, and the interval is Student's, whose width comes from the spread *between* launches and counts everything
that varies between and within them. Its few degrees of freedom are its honesty: five launches give a factor of 2.8
where a thousand heats taken as independent would give 1.96. This is the design of Kalibera and Jones, "Rigorous
benchmarking in reasonable time" (ISMM 2013), with medians at the lowest level.

A launch that is slower for its whole life widens the interval, rather than moving it without a word.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.special import stdtrit


@dataclass(frozen=True)
class Samples:
    """The rounds of a trial, as parallel lists: seconds, the launch, and the heat within the whole race."""

    seconds: Sequence[float] = ()
    launch: Sequence[int] = ()
    heat: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.seconds)

    @property
    def median(self) -> float:
        """The median seconds of a round."""
        return statistics.median(self.seconds)

    def by_heat(self) -> Mapping[tuple[int, int], float]:
        """Seconds by launch and heat."""
        return dict(zip(zip(self.launch, self.heat, strict=True), self.seconds, strict=True))


@dataclass(frozen=True)
class Interval:
    """An estimate of a ratio with its confidence interval."""

    estimate: float
    low: float
    high: float

    @property
    def precision(self) -> float:
        """Half the interval's width, relative to the estimate."""
        return (self.high - self.low) / 2 / self.estimate

    def excludes(self, value: float) -> bool:
        """Tell whether a value lies outside of the interval."""
        return not self.low <= value <= self.high


def launch_ratios(numerator: Samples, denominator: Samples) -> list[float]:
    """Return, for each launch both took part in, the median log ratio of the samples of the same heats."""
    others = denominator.by_heat()
    logs: dict[int, list[float]] = {}
    for (launch, heat), seconds in numerator.by_heat().items():
        if (launch, heat) in others:
            logs.setdefault(launch, []).append(math.log(seconds) - math.log(others[launch, heat]))
    return [statistics.median(logs[launch]) for launch in sorted(logs)]


def paired_ratio(numerator: Samples, denominator: Samples, confidence: float = 0.95) -> Interval | None:
    """Estimate how many times longer the numerator's rounds take than the denominator's.

    Returns:
        The ratio with Student's interval across launches; None where fewer than two launches are shared.
    """
    return ratio_of_launches(launch_ratios(numerator, denominator), confidence)


def ratio_of_launches(logs: Sequence[float], confidence: float = 0.95) -> Interval | None:
    """Estimate a ratio from one log ratio for each launch; None where there are fewer than two."""
    if len(logs) < 2:
        return None
    mean = statistics.fmean(logs)
    error = statistics.stdev(logs) / math.sqrt(len(logs))
    margin = float(stdtrit(len(logs) - 1, 0.5 + confidence / 2)) * error
    return Interval(math.exp(mean), math.exp(mean - margin), math.exp(mean + margin))


def drift(samples: Samples) -> float:
    """Return by how much the second half of the rounds was slower than the first: 0.1 is 10 % slower."""
    half = len(samples) // 2
    if half == 0:
        return 0.0
    return statistics.median(samples.seconds[-half:]) / statistics.median(samples.seconds[:half]) - 1
