"""When a trial needs no more launches: the rule of every race, in pure functions that the certification simulates.

The question of a race is which trial to use, and by how much it is faster than the serial loop. So launches go to the
trials that can still change the answer: those that may be the fastest get them until they are known within ±10 %. A
trial that clearly is not, is **settled**, and gets no more. With a precision that the user gives, every trial is
launched until it is known that well.

All functions take arrays with an entry for each of many races, too.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from execbench.settings import Settings
from execbench.stats import STOPPING, Floats, LogRatio, mean_of_launches

MAX_LAUNCHES = 3
"""Maximum launches, in multiples of the planned ones: with very short rounds, a trial would never use up its time."""

CONFIDENCE = 0.995
"""Of the interval that settles a trial: it is looked at after each launch, for each trial of a race, so that 95 % would
be wrong too often."""

HOPELESS = 2.0
"""A trial that took more than this many times as long as the leader in both of two launches is settled by them.

One launch in 80 was seen to be 2.4 times slower by luck; two in a row seldom are, and one of each two launches has the
other layout.
"""


@dataclass(frozen=True)
class Spread:
    """How much the launches of a race differ, pooled over its trials: few launches of one trial may agree by chance."""

    squares: Floats
    """The sum of the squares of each trial's log ratios, less their mean."""
    freedom: Floats
    """Degrees of freedom: the launches of each trial, less one."""

    @classmethod
    def of(cls, logs: npt.ArrayLike) -> Self:
        """Return the spread of one trial, whose launches are along the last axis."""
        values = np.asarray(logs, dtype=np.float64)
        launches = values.shape[-1]
        squares = launches * values.var(axis=-1) if launches else np.zeros(values.shape[:-1])
        return cls(np.asarray(squares), np.full(values.shape[:-1], max(0.0, launches - 1.0)))

    def __add__(self, other: "Spread") -> "Spread":
        """Pool two spreads."""
        return Spread(self.squares + other.squares, self.freedom + other.freedom)

    def __mul__(self, factor: float) -> "Spread":
        """Return the spread of logs whose variance is larger by a factor."""
        return Spread(self.squares * factor, self.freedom)

    def __getitem__(self, races: npt.NDArray[np.intp]) -> "Spread":
        """Return the spread of some of many races."""
        return Spread(self.squares[races], self.freedom[races])

    def error(self, launches: int) -> Floats:
        """Return the standard error of the mean of some launches."""
        return np.sqrt(self.squares / np.maximum(self.freedom, 1.0) / launches)


def is_enough(
    launches: int, spent: float | Floats, precision: float | Floats, settings: Settings
) -> npt.NDArray[np.bool_]:
    """Return whether a trial is known well enough, or has no more time.

    Args:
        launches: how many it has had.
        spent: the seconds that they took.
        precision: half the width of its interval, relative to the estimate.
        settings: those of the race.
    """
    if launches < settings.launches:
        return np.zeros(np.shape(precision), dtype=np.bool_)
    precise, out_of_time = np.asarray(precision) <= settings.enough, np.asarray(spent) >= settings.max_time
    return np.asarray(precise | out_of_time | (launches >= MAX_LAUNCHES * settings.launches))


def is_settled(logs: npt.ArrayLike, planned: int, spread: Spread) -> npt.NDArray[np.bool_]:
    """Return whether a trial is certain not to be the fastest.

    Args:
        logs: for each launch that it shares with the leader, along the last axis, the log ratio of its seconds to the
            leader's: above 0 it is slower.
        planned: how many launches were planned.
        spread: that of all trials of the race, itself included.
    """
    values = np.asarray(logs, dtype=np.float64)
    enough = values.shape[-1] > 2 or values.min(axis=-1, initial=np.inf) > math.log(HOPELESS)
    return np.asarray(enough & is_certain(values, planned, spread))


def is_certain(logs: npt.ArrayLike, planned: int, spread: Spread) -> npt.NDArray[np.bool_]:
    """Return whether the mean of some launches, two at least, is certain to be above 0.

    Either its own launches tell, where those of other trials differ far more; or its error is at least what the race's
    spread gives, which is known better. The arguments are those of `is_settled`.
    """
    values = np.asarray(logs, dtype=np.float64)
    launches = values.shape[-1]
    if launches < 2:
        return np.zeros(values.shape[:-1], dtype=np.bool_)
    alone = mean_of_launches(values, planned)
    pooled = LogRatio(alone.mean, np.maximum(alone.error, STOPPING * spread.error(launches)), spread.freedom)
    return np.asarray(alone.mean > np.minimum(alone.margin(CONFIDENCE), pooled.margin(CONFIDENCE)))
