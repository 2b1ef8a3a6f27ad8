"""When a trial needs no more launches: the rule of every race, in pure functions that the certification simulates.

The question of a race is which trial to use, and by how much it is faster than the serial loop. So launches go to the
trials that can still change the answer: those that may be the fastest get them until they are known within ±10 %. A
trial that clearly is not, is **settled**, and gets no more. With a precision that the user gives, every trial is
launched until it is known that well.

All functions take arrays with an entry for each of many races, too.
"""

import math

import numpy as np
import numpy.typing as npt

from execbench.settings import Settings
from execbench.stats import Floats, mean_of_launches

MAX_LAUNCHES = 3
"""Maximum launches, in multiples of the planned ones: with very short rounds, a trial would never use up its time."""

CONFIDENCE = 0.995
"""Of the interval that settles a trial, from its third launch on: it is looked at after each launch, for each trial of
a race, so that 95 % would be wrong too often."""

HOPELESS = 5.0
"""A trial that took this many times as long as the leader in each launch is settled by two, at 95 %.

That is more than any two launches of the same code were seen to differ: about 3.
"""


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


def launches_expected(launches: int, spent: float, precision: float, settings: Settings) -> float:
    """Guess how many launches a trial will have had when it is known well enough, or has no more time.

    The arguments are those of `is_enough`.
    """
    if launches < settings.launches:
        return settings.launches
    until_precise = launches * (precision / settings.enough) ** 2
    until_late = launches * settings.max_time / max(spent, 1e-9)
    return max(launches + 1, min(until_precise, until_late, MAX_LAUNCHES * settings.launches))


def is_settled(logs: npt.ArrayLike, planned: int) -> npt.NDArray[np.bool_]:
    """Return whether a trial is certain not to be the fastest.

    Args:
        logs: for each launch that it shares with the leader, along the last axis, the log ratio of its seconds to the
            leader's: above 0 it is slower.
        planned: how many launches were planned.
    """
    values = np.asarray(logs, dtype=np.float64)
    launches = values.shape[-1]
    if launches < 2:
        return np.zeros(values.shape[:-1], dtype=np.bool_)
    ratio = mean_of_launches(values, planned)
    hopeless = (values.min(axis=-1) > math.log(HOPELESS)) & (ratio.mean > ratio.margin(0.95))
    clear = (launches > 2) & (ratio.mean > ratio.margin(CONFIDENCE))
    return np.asarray(hopeless | clear)
