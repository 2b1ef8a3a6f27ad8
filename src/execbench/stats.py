"""The estimator and the interval, in one pure module: numbers in, numbers out.

**What is estimated.** How many times faster one trial is than another: the ratio of their seconds per round.

**Paired within heats.** Machines jump between speeds up to 1.4x apart, and samples close in time are correlated. So the
samples of one heat, taken within moments of each other, are divided by each other first: drift multiplies both and
cancels. Ratios are logarithms, where twice as fast and half as fast are equally far from 1.

**The median of a launch.** Within a launch, the median of its heats' log ratios resists the occasional slow round.

**Launches are the sample.** Two processes of identical code can differ for their whole lives (memory layout, which
core they started on), so heats of one launch are not independent evidence: resampling them, as a plain bootstrap does,
gives an interval that is too narrow. One launch is one draw, with one number; the estimate is the mean of those
numbers, and the interval is Student's, whose width comes from the spread *between* launches and includes everything
that varies between and within them. With five launches its factor is 2.8, where a thousand heats taken as independent
would give 1.96. This is the design of Kalibera and Jones, "Rigorous benchmarking in reasonable time" (ISMM 2013), with
medians at the lowest level.

A launch that is slower from start to end widens the interval, rather than silently moving it.
"""

import math
import statistics
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import truediv
from typing import Annotated, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from execbench.student import chance_beyond, value_beyond

Floats: TypeAlias = npt.NDArray[np.float64]

SHORTEST = 1e-15

Time: TypeAlias = Annotated[float, Meta(ge=SHORTEST, le=1e12, description="Seconds, above 0.")]
"""Anything beyond these bounds is a mistake, and might overflow."""

STOPPING = 1.12
"""The factor that widens the error of a race that got more launches than planned, because the first ones disagreed, or
fewer, because they agreed that it is not the fastest.

Such a race ends once its launches seem to agree, which those that lie close together by chance do too soon: Student's
95 % interval then holds the truth in as few as 92.4 % of races of normal noise. With this factor it does in 94 to
96.5 %, which benchmarks/certify_simulated.py and certify_verdicts.py certify.
"""

MAX_LAUNCHES_ADVISED = 200
"""Beyond this, a quieter machine is better advice than more launches."""


class Samples(msgspec.Struct, frozen=True, dict=True):
    """The rounds of a trial, as parallel lists."""

    seconds: Sequence[Time] = ()
    launch: Sequence[Annotated[int, Meta(ge=0)]] = ()
    heat: Sequence[Annotated[int, Meta(ge=0)]] = ()
    """Within the launch."""
    planned: Annotated[int, Meta(ge=1)] | None = None
    """The number of launches to run whatever they measure; None where no more could be added."""

    def __post_init__(self) -> None:
        if not len(self.seconds) == len(self.launch) == len(self.heat):
            raise ValueError("`seconds`, `launch` and `heat` must have the same length")

    def __len__(self) -> int:
        return len(self.seconds)

    @property
    def median(self) -> float:
        """The median seconds of a round."""
        return statistics.median(self.seconds)

    @cached_property
    def by_heat(self) -> Mapping[tuple[int, int], float]:
        """Seconds by launch and heat."""
        return dict(zip(zip(self.launch, self.heat, strict=True), self.seconds, strict=True))


class Interval(msgspec.Struct, frozen=True):
    """An estimate of a ratio with its confidence interval."""

    estimate: float
    low: float
    high: float

    @property
    def precision(self) -> float:
        """Half the interval's width, relative to the estimate."""
        return (self.high - self.low) / 2 / self.estimate

    def excludes(self, value: float) -> bool:
        """Return whether a value lies outside the interval."""
        return not self.low <= value <= self.high


def launch_ratios(numerator: Samples, denominator: Samples) -> list[float]:
    """Return, for each launch that both took part in, the median log ratio of the samples of the same heats."""
    return list(ratios_by_launch(numerator, denominator).values())


def ratios_by_launch(numerator: Samples, denominator: Samples) -> dict[int, float]:
    """Return the same by the number of the launch."""
    if _share_heats(numerator, denominator):
        return _median_logs(numerator.launch, map(truediv, numerator.seconds, denominator.seconds))
    others = denominator.by_heat
    quotients = {place: seconds / others[place] for place, seconds in numerator.by_heat.items() if place in others}
    return _median_logs([launch for launch, _ in quotients], quotients.values())


def median_logs(samples: Samples) -> list[float]:
    """Return, for each launch, the median of the logarithms of its seconds."""
    return list(_median_logs(samples.launch, samples.seconds).values())


def logs_of_all(trials: Sequence[tuple[Samples, Samples | None]]) -> list[list[float]]:
    """Return the median log of each launch of thousands of trials: of the ratio, or of the seconds without another.

    Trials with the same heats are computed all at once.
    """
    logs: list[list[float]] = [[] for _ in trials]
    alike: dict[tuple[int, ...], list[int]] = {}
    for place, (numerator, denominator) in enumerate(trials):
        if denominator is None or _share_heats(numerator, denominator):
            alike.setdefault(tuple(numerator.launch), []).append(place)
        else:
            logs[place] = launch_ratios(numerator, denominator)
    for launches, places in alike.items():
        group = [trials[place] for place in places]
        below = {id(other): other.seconds if other else [1.0] * len(launches) for _, other in group}  # few, and shared
        row_of = {key: row for row, key in enumerate(below)}
        divisors = np.array(list(below.values()))[[row_of[id(other)] for _, other in group]]
        ratios, launch = np.log(np.array([one.seconds for one, _ in group]) / divisors), np.array(launches)
        medians = [_medians(ratios[:, launch == number]) for number in sorted(set(launches))]
        for place, *found in zip(places, *(median.tolist() for median in medians), strict=True):
            logs[place] = found
    return logs


def _medians(rows: Floats) -> Floats:
    """Return the median of each row; `np.median` would import the masked arrays."""
    ordered, count = np.sort(rows), rows.shape[1]
    return np.asarray((ordered[:, (count - 1) // 2] + ordered[:, count // 2]) / 2)


def _share_heats(one: Samples, other: Samples) -> bool:
    return one.launch == other.launch and one.heat == other.heat


def _median_logs(launches: Iterable[int], values: Iterable[float]) -> dict[int, float]:
    """Return the median log of each launch's values; only the middle values need one, as logs keep the order."""
    by_launch: dict[int, list[float]] = {}
    for launch, value in zip(launches, values, strict=True):
        by_launch.setdefault(launch, []).append(value)
    return {launch: _median_log(sorted(by_launch[launch])) for launch in sorted(by_launch)}


def _median_log(values: Sequence[float]) -> float:
    return (math.log(values[(len(values) - 1) // 2]) + math.log(values[len(values) // 2])) / 2


@dataclass(frozen=True)
class LogRatio:
    """The mean log ratio of a race's launches, with its error. Fields may be arrays with one entry for each race."""

    mean: Floats
    error: Floats
    """The standard error of the mean."""
    freedom: Floats
    """Degrees of freedom of the error."""

    def margin(self, confidence: float) -> Floats:
        """Return half the width of Student's interval."""
        return np.asarray(value_beyond(0.5 - confidence / 2, self.freedom) * self.error)

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return the ratio of a single race with its interval."""
        return self.intervals(confidence)[0]

    def intervals(self, confidence: float = 0.95) -> list[Interval]:
        """Return the ratio of each race with its interval."""
        pairs = zip(np.ravel(self.mean).tolist(), np.ravel(self.margin(confidence)).tolist(), strict=True)
        return [Interval(math.exp(mean), _exp(mean - margin), _exp(mean + margin)) for mean, margin in pairs]

    def chance_beyond(self, bound: float) -> Floats:
        """Return p so that the whole interval at any confidence below 1 - p lies beyond ±bound."""
        return self._chance(np.abs(self.mean) - bound)

    def chance_within(self, bound: float) -> Floats:
        """Return p so that the whole interval at any confidence below 1 - p lies within ±bound."""
        return self._chance(bound - np.abs(self.mean))

    def _chance(self, gap: Floats) -> Floats:
        endless = np.where(gap == 0, 0.0, np.copysign(np.inf, gap))  # for launches that agree exactly
        errors = np.divide(gap, self.error, out=endless, where=self.error > 0)
        return np.asarray(np.minimum(1.0, 2 * chance_beyond(errors, self.freedom)))


def mean_of_launches(logs: npt.ArrayLike, planned: int | None = None) -> LogRatio:
    """Take the mean of the launches' log ratios, at least two, along the last axis; see `STOPPING` for `planned`."""
    values = np.asarray(logs, dtype=np.float64)
    count = values.shape[-1]
    mean = np.asarray(np.add.reduce(values, axis=-1) / count)
    error = np.sqrt(np.add.reduce((values - mean[..., None]) ** 2, axis=-1) / (count * (count - 1)))
    widening = STOPPING if planned is not None and count != planned else 1.0
    return LogRatio(mean, np.asarray(widening * error), np.full(mean.shape, count - 1.0))


def difference(one: LogRatio, other: LogRatio) -> LogRatio:
    """Subtract ratios that share no launches: their errors are independent, and joined as Welch does.

    A run that ended early, because its launches seemed to agree, knows its own spread least and weighs most. So the
    error is at least what the spread of both runs, pooled, gives for their numbers of launches.
    """
    variance, freedom = one.error**2 + other.error**2, one.freedom + other.freedom
    spread = one.error**4 / one.freedom + other.error**4 / other.freedom
    welch = np.divide(variance**2, spread, out=np.array(freedom), where=spread > 0)
    ones, others = one.freedom + 1, other.freedom + 1
    together = (one.freedom * one.error**2 * ones + other.freedom * other.error**2 * others) / freedom
    least = together * (1 / ones + 1 / others)
    return LogRatio(one.mean - other.mean, np.sqrt(np.maximum(variance, least)), np.minimum(welch, freedom))


def paired_ratio(numerator: Samples, denominator: Samples, confidence: float = 0.95) -> Interval | None:
    """Return the ratio of the rounds' seconds with Student's interval across the shared launches; None below two."""
    logs = launch_ratios(numerator, denominator)
    return mean_of_launches(logs, planned(numerator, denominator)).interval(confidence) if len(logs) > 1 else None


def planned(*samples: Samples) -> int | None:
    """Return how many launches were planned for trials that raced together; None where none could be added."""
    return max((each.planned for each in samples if each.planned is not None), default=None)


def level_of_discoveries(chances: npt.ArrayLike, rate: float) -> float:
    """Return the p-value up to which findings are believed, so that at most `rate` of them are expected to be false.

    This is the procedure of Benjamini and Hochberg. Intervals at the confidence 1 - level are the false-coverage-rate
    intervals of Benjamini and Yekutieli. Where nothing is believed, the level is what a single finding would need.
    """
    ordered = np.sort(np.asarray(chances, dtype=np.float64))
    count = max(1, ordered.size)
    believed = np.flatnonzero(ordered <= rate * (np.arange(1, ordered.size + 1) / count))
    return rate * ((int(believed[-1]) + 1 if believed.size else 1) / count)


def launches_needed(ratio: LogRatio, launches: int, gap: float, confidence: float) -> int | None:
    """Estimate how many launches narrow the interval's half width to a gap; None where no reasonable number does."""
    spread = float(ratio.error) * math.sqrt(launches)
    widths = _negative_widths(0.5 - confidence / 2, round(float(ratio.freedom)), launches)
    place = bisect_right(widths, -gap / spread if spread else -math.inf)
    return launches + 1 + place if place < len(widths) else None


@lru_cache
def _negative_widths(chance: float, freedom: int, launches: int) -> list[float]:
    """Return how wide the interval would be with more launches, as multiples of their spread, negative to ascend.

    They are cached, as thousands of trials have the same few degrees of freedom.
    """
    more = np.arange(1, max(0, MAX_LAUNCHES_ADVISED - launches) + 1)
    widths = value_beyond(chance, freedom + more) / np.sqrt(launches + more)
    return [-float(width) for width in widths]


def _exp(logarithm: float) -> float:
    """Return the exponential within a float's range: few launches that differ wildly give boundless intervals."""
    return math.exp(min(max(logarithm, -700.0), 700.0))


def drift(samples: Samples) -> float:
    """Return by how much the second half of the rounds was slower than the first: 0.1 is 10 % slower."""
    half = len(samples) // 2
    if half == 0:
        return 0.0
    return statistics.median(samples.seconds[-half:]) / statistics.median(samples.seconds[:half]) - 1
