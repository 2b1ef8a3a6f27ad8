"""Which candidates can still be the best, and how much faster than the chosen one another may be, in pure functions.

**The question** is not which candidate is the fastest, as ties would take forever to tell apart, but which one is at
most 5 % slower than the fastest, with 90 % confidence. That is selection with an indifference zone, and the procedure
is that of Kim and Nelson, "A fully sequential procedure for indifference-zone selection in simulation" (ACM TOMACS
2001). After each launch, a candidate is out if the sum of its log ratios to another one is beyond a triangle: wide in
the first launches, and closed once there are enough of them to tell 5 % apart.

**Launches are paired**: all candidates that are still in take part in each launch, so what slows them all cancels out.

**When it ends.** A race goes on until one candidate is left, or its time is over. Then, and only then, the bound of the
regret is looked at: by which fraction the chosen candidate is slower than the best of all, at most. A bound that ended
the race as soon as it is low would be wrong too often, as it would be looked at after each launch. The error that the
confidence leaves is shared: one half is for candidates that are ruled out wrongly, the other for the bound.

**The spread of a pair** is known by few launches. So it is taken from the two candidates' own launches, or pooled over
all pairs, whichever tells more: pooled, it is never taken to be smaller than their own. In Kim and Nelson's procedure
the first launches alone tell the spread; here all do, as three launches may agree by chance. What that and the pooling
do to the promise is certified by simulation, in benchmarks/certify_selection.py.

A race has its log seconds by candidate and launch; a launch that a candidate took no part in is NaN. All functions take
arrays of many races, too, along the first axes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from execbench.stats import Floats, Interval, mean_of_launches
from execbench.student import value_beyond

TOLERANCE = 0.05
"""A candidate that is slower than the best by this fraction, or less, is as good as the best."""

CONFIDENCE = 0.9
"""That the chosen candidate is as good as the best, where the bound of its regret says so."""

FIRST_STAGE = 3
"""Launches that show how much launches differ, before a candidate is out by less than a hopeless ratio."""

HOPELESS = {1: 3.0, 2: 1.5}
"""After so many launches, a candidate is out if each of them took more than this many times as long as another's.

One launch in 80 was seen to be 2.4 times slower by luck.
"""

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.intp]


def padded(launches: Sequence[Sequence[float]]) -> Floats:
    """Return the log seconds of candidates, of which those that are out have fewer launches, as one array."""
    most = max(map(len, launches), default=0)
    return np.array([[*logs, *[math.nan] * (most - len(logs))] for logs in launches])


def survivors(logs: npt.ArrayLike) -> Flags:
    """Return which candidates can still be the best: they took part in the last launch, and no other rules them out."""
    values = np.asarray(logs, dtype=np.float64)
    racing = ~np.isnan(values[..., -1])
    ruled_out = _Pairs(values).rules_out & racing[..., None, :]
    return np.asarray(racing & ~ruled_out.any(axis=-1))


def choose(logs: npt.ArrayLike) -> Numbers:
    """Return the number of the survivor that seems the fastest."""
    values = np.asarray(logs, dtype=np.float64)
    means = np.where(np.isnan(values), 0.0, values).sum(axis=-1) / np.maximum(1, (~np.isnan(values)).sum(axis=-1))
    return np.asarray(np.where(survivors(values), means, np.inf).argmin(axis=-1))


def regret_bound(logs: npt.ArrayLike, chosen: npt.ArrayLike) -> Floats:
    """Return by which fraction the chosen candidate is slower than the best of all, at most, with 90 % confidence.

    It is infinite as long as nothing shows how much launches differ. A candidate that is out was not faster by more
    than the tolerance: its interval may be wide after so few launches, but the procedure promises that.
    """
    values, place = np.asarray(logs, dtype=np.float64), np.asarray(chosen)[..., None]
    bounds = np.take_along_axis(_Pairs(values).upper_bounds, place[..., None], axis=-2)[..., 0, :]
    rivals = (np.arange(values.shape[-2]) != place) & ~np.isnan(values).all(axis=-1)
    with np.errstate(over="ignore"):  # two launches that differ wildly bound nothing
        fractions = np.expm1(np.where(rivals, np.maximum(bounds, 0.0), 0.0))
    return np.asarray(np.where(survivors(values), fractions, np.minimum(fractions, TOLERANCE)).max(axis=-1))


def interval(ratios: npt.ArrayLike) -> Interval:
    """Return the ratio that the log ratios of at least two launches tell, with the same confidence."""
    return mean_of_launches(ratios).interval(CONFIDENCE)


def is_decided(logs: npt.ArrayLike) -> Flags:
    """Return whether the chosen candidate of a race that has ended is known to be as good as the best."""
    return np.asarray(regret_bound(logs, choose(logs)) <= TOLERANCE)


@dataclass(frozen=True)
class _Pairs:
    """The log ratios of each two candidates in the launches that they share: above 0, the first one is slower."""

    logs: Floats

    @cached_property
    def ratios(self) -> Floats:
        return np.asarray(self.logs[..., :, None, :] - self.logs[..., None, :, :])

    @cached_property
    def shared(self) -> Flags:
        return ~np.isnan(self.ratios)

    @cached_property
    def launches(self) -> Numbers:
        return np.asarray(self.shared.sum(axis=-1))

    @cached_property
    def sums(self) -> Floats:
        return np.asarray(np.where(self.shared, self.ratios, 0.0).sum(axis=-1))

    @cached_property
    def means(self) -> Floats:
        return np.asarray(self.sums / np.maximum(1, self.launches))

    @cached_property
    def spreads(self) -> "tuple[_Spread, _Spread]":
        """Each pair's own, and pooled over the race: as many pairs are independent as there are candidates less one."""
        candidates = self.logs.shape[-2]
        squares = (np.where(self.shared, self.ratios - self.means[..., None], 0.0) ** 2).sum(axis=-1)
        freedom = np.maximum(0.0, self.launches - 1.0) * ~np.eye(candidates, dtype=np.bool_)
        all_squares, all_freedom = (each.sum(axis=(-1, -2), keepdims=True) for each in (squares, freedom))
        pooled = np.maximum(_variance(all_squares, all_freedom), squares / np.maximum(1.0, freedom))
        return _Spread(_variance(squares, freedom), freedom), _Spread(pooled, all_freedom / candidates)

    @cached_property
    def chance(self) -> float:
        """Of an error about one pair, so that those of all pairs with the best add up to half of what may be wrong."""
        return (1 - CONFIDENCE) / 2 / max(1, int(self.logs.shape[-2]) - 1)

    @cached_property
    def rules_out(self) -> Flags:
        """Whether the first candidate is out, by the second one."""
        out = np.zeros(self.launches.shape, dtype=np.bool_)
        for launches, ratio in HOPELESS.items():
            lowest = np.where(self.shared, self.ratios, np.inf).min(axis=-1)
            out |= (self.launches == launches) & (lowest > math.log(ratio))
        beyond = self.sums > np.minimum(*(self.triangle(spread) for spread in self.spreads))
        return np.asarray(out | (self.launches >= FIRST_STAGE) & beyond)

    def triangle(self, spread: "_Spread") -> Floats:
        """Return the sum of log ratios beyond which a candidate is out: Kim and Nelson's, with their c = 1."""
        zone = math.log1p(TOLERANCE)
        freedom = np.maximum(1.0, spread.freedom)
        factor = freedom * ((2 * self.chance) ** (-2 / freedom) - 1)
        return np.asarray(np.maximum(0.0, factor * spread.variance / (2 * zone) - zone / 2 * self.launches))

    @cached_property
    def upper_bounds(self) -> Floats:
        """What the log ratio is at most, with the confidence: Student's."""
        margins = (_value_beyond(self.chance, spread.freedom) * np.sqrt(spread.variance) for spread in self.spreads)
        return np.asarray(self.means + np.minimum(*margins) / np.sqrt(np.maximum(1, self.launches)))


@dataclass(frozen=True)
class _Spread:
    """How much the launches of pairs differ."""

    variance: Floats
    freedom: Floats


def _variance(squares: Floats, freedom: Floats) -> Floats:
    """Return the variance of launches, infinite where nothing tells."""
    return np.asarray(np.divide(squares, freedom, out=np.full(squares.shape, np.inf), where=freedom > 0))


def _value_beyond(chance: float, freedom: Floats) -> Floats:
    """Return Student's values, for whole degrees of freedom: races share few of them, and each is cached."""
    different, place = np.unique(np.maximum(1.0, np.floor(freedom)), return_inverse=True)
    found = np.array([float(value_beyond(chance, each)) for each in different.tolist()])
    return np.asarray(found[place].reshape(freedom.shape))
