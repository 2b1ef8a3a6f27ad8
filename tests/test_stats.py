"""The estimator and its interval."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execbench.stats import (
    Interval,
    Samples,
    drift,
    launch_ratios,
    mean_of_launches,
    paired_ratio,
)

times = st.floats(1e-6, 1e3)
factors = st.floats(0.01, 100.0)


def samples(*launches: list[float]) -> Samples:
    """Samples of launches, each a list of seconds by heat."""
    return Samples(
        [seconds for launch in launches for seconds in launch],
        [number for number, launch in enumerate(launches) for _ in launch],
        [heat for launch in launches for heat, _ in enumerate(launch)],
    )


def ratio_of_launches(logs: list[float], confidence: float = 0.95) -> Interval:
    """The interval of launches."""
    return mean_of_launches(logs).interval(confidence)


races = st.lists(st.lists(times, min_size=3, max_size=3), min_size=2, max_size=6)


@given(races)
def test_against_itself(launches: list[list[float]]) -> None:
    """A trial is exactly as fast as itself."""
    interval = paired_ratio(samples(*launches), samples(*launches))
    assert interval is not None
    assert (interval.estimate, interval.low, interval.high) == (1.0, 1.0, 1.0)


@given(races, factors)
def test_drift_divides_out(launches: list[list[float]], factor: float) -> None:
    """Whatever the machine's speed does, a constant factor between two lanes is found exactly."""
    slower = [[seconds * factor for seconds in launch] for launch in launches]
    interval = paired_ratio(samples(*slower), samples(*launches))
    assert interval is not None
    assert interval.estimate == pytest.approx(factor)
    assert interval.precision < 1e-6


@given(races, races)
def test_reversed(one: list[list[float]], other: list[list[float]]) -> None:
    """The other way round, everything is its reciprocal."""
    forward, backward = paired_ratio(samples(*one), samples(*other)), paired_ratio(samples(*other), samples(*one))
    assert forward is not None
    assert backward is not None
    assert forward.estimate == pytest.approx(1 / backward.estimate)
    assert forward.low == pytest.approx(1 / backward.high)
    assert forward.low <= forward.estimate <= forward.high


def test_only_shared_heats_count() -> None:
    """Samples of heats that the other lane had no part in are left out."""
    one = Samples([1.0, 1.0, 8.0], [0, 1, 1], [0, 0, 1])
    other = Samples([2.0, 2.0], [0, 1], [0, 0])
    assert launch_ratios(one, other) == pytest.approx([-math.log(2)] * 2)


def test_one_launch_is_no_evidence() -> None:
    """However many heats it had, one launch gives no interval."""
    assert paired_ratio(samples([1.0] * 100), samples([2.0] * 100)) is None


def test_one_launch_slow_for_life_widens_the_interval() -> None:
    """A lane that is slow for its whole life does not move the interval away from the truth."""
    honest = [0.01, -0.01, 0.02, -0.02]
    interval = ratio_of_launches([*honest, math.log(2.4)])
    assert interval.low < 1.0 < interval.high


def test_textbook_interval() -> None:
    """The interval is Student's, the mean plus and minus 2.776 standard errors for five launches."""
    logs = [0.1, 0.2, 0.15, 0.05, 0.25]
    interval = ratio_of_launches(logs)
    margin = 2.7764451 * statistics.stdev(logs) / math.sqrt(5)
    assert math.log(interval.high) == pytest.approx(0.15 + margin)
    assert math.log(interval.low) == pytest.approx(0.15 - margin)


def test_confidence_widens() -> None:
    """More confidence needs a wider interval."""
    narrow, wide = (ratio_of_launches([0.1, 0.2, 0.3], confidence) for confidence in (0.9, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_coverage() -> None:
    """With launches that differ for life, 95 % intervals hold the truth in about 95 of 100 seeded races."""
    numbers = random.Random(20261123)
    races = 1000
    held = 0
    for _ in range(races):
        logs = []
        for _ in range(5):
            life = numbers.gauss(0, 0.1)
            logs.append(life + statistics.median(numbers.gauss(0, 0.1) for _ in range(5)))
        interval = ratio_of_launches(logs)
        held += not interval.excludes(1.0)
    assert 0.93 <= held / races <= 0.97


def test_drift() -> None:
    """Drift is how much slower the second half was."""
    assert drift(samples([1.0, 1.0, 1.5, 1.5])) == pytest.approx(0.5)
    assert drift(samples([1.0])) == 0.0
