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
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

Floats: TypeAlias = npt.NDArray[np.float64]

MOST_LAUNCHES_ADVISED = 200
"""Beyond so many launches, a quieter machine is better advice than more launches."""


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


@dataclass(frozen=True)
class LogRatio:
    """What launches say of a ratio's logarithm. Each field may be an array with one entry for each of many races."""

    mean: Floats
    error: Floats
    """The standard error of the mean."""
    freedom: Floats
    """Degrees of freedom of the error."""

    def margin(self, confidence: float) -> Floats:
        """Return half the width of Student's interval."""
        return np.asarray(stdtrit(self.freedom, 0.5 + confidence / 2) * self.error)

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return the ratio of a single race with its interval."""
        mean, margin = float(self.mean), float(self.margin(confidence))
        return Interval(math.exp(mean), _exp(mean - margin), _exp(mean + margin))

    def chance_beyond(self, bound: float) -> Floats:
        """Return p so that the whole interval at any confidence below 1 - p lies beyond ±bound."""
        return self._chance(np.abs(self.mean) - bound)

    def chance_within(self, bound: float) -> Floats:
        """Return p so that the whole interval at any confidence below 1 - p lies within ±bound."""
        return self._chance(bound - np.abs(self.mean))

    def _chance(self, gap: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = np.nan_to_num(gap / self.error, nan=0.0, posinf=np.inf, neginf=-np.inf)
        return np.asarray(np.minimum(1.0, 2 * stdtr(self.freedom, -errors)))


def mean_of_launches(logs: npt.ArrayLike) -> LogRatio:
    """Take the mean of one log ratio for each launch, of which there are at least two, along the last axis."""
    values = np.asarray(logs, dtype=np.float64)
    count = values.shape[-1]
    error = np.asarray(values.std(axis=-1, ddof=1)) / math.sqrt(count)
    return LogRatio(np.asarray(values.mean(axis=-1)), error, np.full(error.shape, count - 1.0))


def difference_of_launches(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> LogRatio:
    """Compare launches that shared nothing: the difference of the means with Welch's error, along the last axis."""
    one, other = mean_of_launches(numerator), mean_of_launches(denominator)
    variance = one.error**2 + other.error**2
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = variance**2 / (one.error**4 / one.freedom + other.error**4 / other.freedom)
    freedom = np.where(np.isfinite(freedom), freedom, one.freedom + other.freedom)
    return LogRatio(one.mean - other.mean, np.sqrt(variance), freedom)


def paired_ratio(numerator: Samples, denominator: Samples, confidence: float = 0.95) -> Interval | None:
    """Estimate how many times longer the numerator's rounds take than the denominator's.

    Returns:
        The ratio with Student's interval across launches; None where fewer than two launches are shared.
    """
    return ratio_of_launches(launch_ratios(numerator, denominator), confidence)


def ratio_of_launches(logs: Sequence[float], confidence: float = 0.95) -> Interval | None:
    """Estimate a ratio from one log ratio for each launch; None where there are fewer than two."""
    return mean_of_launches(logs).interval(confidence) if len(logs) > 1 else None


def level_of_discoveries(chances: Sequence[float], rate: float) -> float:
    """Return the p-value up to which findings may be believed, so that among them at most `rate` are expected false.

    This is the procedure of Benjamini and Hochberg. Intervals at the confidence 1 - level are the false-coverage-rate
    intervals of Benjamini and Yekutieli. Where nothing may be believed, the level is the one that a lone finding
    would have needed.
    """
    if not chances:
        return rate
    count = len(chances)
    believed = (place for place, chance in enumerate(sorted(chances), 1) if chance <= rate * place / count)
    return rate * max(believed, default=1) / count


def launches_needed(ratio: LogRatio, launches: int, gap: float, confidence: float) -> int | None:
    """Estimate how many launches narrow the interval's half width to a gap; None where that is beyond all reason."""
    for count in range(launches + 1, MOST_LAUNCHES_ADVISED + 1):
        freedom = float(ratio.freedom) + count - launches
        if float(stdtrit(freedom, 0.5 + confidence / 2) * ratio.error) * math.sqrt(launches / count) < gap:
            return count
    return None


def median_logs(samples: Samples) -> list[float]:
    """Return, for each launch, the logarithm of its median seconds."""
    launches: dict[int, list[float]] = {}
    for launch, seconds in zip(samples.launch, samples.seconds, strict=True):
        launches.setdefault(launch, []).append(seconds)
    return [math.log(statistics.median(launches[launch])) for launch in sorted(launches)]


def _exp(logarithm: float) -> float:
    """The exponential, within what a float can hold: few launches that differ wildly give endless intervals."""
    return math.exp(min(max(logarithm, -700.0), 700.0))


def drift(samples: Samples) -> float:
    """Return by how much the second half of the rounds was slower than the first: 0.1 is 10 % slower."""
    half = len(samples) // 2
    if half == 0:
        return 0.0
    return statistics.median(samples.seconds[-half:]) / statistics.median(samples.seconds[:half]) - 1
