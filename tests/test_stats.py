"""The estimator and its interval."""

from __future__ import annotations

import math
import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scipy.special import stdtr, stdtrit
from scipy.stats import false_discovery_control, ttest_ind

from execbench import student
from execbench.stats import (
    STOPPING,
    Interval,
    Samples,
    difference,
    drift,
    launch_ratios,
    launches_needed,
    level_of_discoveries,
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
    """However the machine's speed changes, a constant factor between two lanes is found exactly."""
    slower = [[seconds * factor for seconds in launch] for launch in launches]
    interval = paired_ratio(samples(*slower), samples(*launches))
    assert interval is not None
    assert interval.estimate == pytest.approx(factor)
    assert interval.precision < 1e-6


@given(races, races)
def test_reversed(one: list[list[float]], other: list[list[float]]) -> None:
    """Swapping the lanes gives the reciprocals."""
    forward, backward = paired_ratio(samples(*one), samples(*other)), paired_ratio(samples(*other), samples(*one))
    assert forward is not None
    assert backward is not None
    assert forward.estimate == pytest.approx(1 / backward.estimate)
    assert forward.low == pytest.approx(1 / backward.high)
    assert forward.low <= forward.estimate <= forward.high


def test_only_shared_heats_count() -> None:
    """Samples of heats that the other lane missed are left out."""
    one = Samples([1.0, 1.0, 8.0], [0, 1, 1], [0, 0, 1])
    other = Samples([2.0, 2.0], [0, 1], [0, 0])
    assert launch_ratios(one, other) == pytest.approx([-math.log(2)] * 2)


def test_one_launch_is_no_evidence() -> None:
    """One launch gives no interval, no matter how many heats it had."""
    assert paired_ratio(samples([1.0] * 100), samples([2.0] * 100)) is None


def test_one_launch_slow_for_life_widens_the_interval() -> None:
    """A launch that is slow from start to end does not move the interval away from the truth."""
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
    """With launches that differ from start to end, 95 % intervals hold the truth in about 95 of 100 seeded races."""
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


logs = st.lists(st.floats(-5, 5), min_size=5, max_size=5)
bounds = st.floats(0.001, 1.0)


@given(st.lists(logs, min_size=1, max_size=5), st.sampled_from([None, 4, 5]))
def test_many_races_at_once(rows: list[list[float]], planned: int | None) -> None:
    """Results for many races at once equal those for each alone."""
    together = mean_of_launches(rows, planned)
    for number, row in enumerate(rows):
        alone = mean_of_launches(row, planned)
        assert together.mean[number] == pytest.approx(float(alone.mean))
        assert together.error[number] == pytest.approx(float(alone.error))
        assert together.margin(0.9)[number] == pytest.approx(float(alone.margin(0.9)))
        assert together.chance_beyond(0.1)[number] == pytest.approx(float(alone.chance_beyond(0.1)))


@given(logs, st.integers(2, 8))
def test_other_launches_than_planned_widen(row: list[float], planned: int) -> None:
    """A trial with more or fewer launches than planned has a wider interval than one that kept to the plan."""
    widening = STOPPING if planned != len(row) else 1.0
    assert mean_of_launches(row, planned).error == pytest.approx(widening * float(mean_of_launches(row).error))


def test_samples_carry_the_plan() -> None:
    """The interval of trials that raced together knows how many launches were planned."""
    launches = [[1.0], [1.1], [0.9]]
    kept, extended = (replace(samples(*launches), planned=planned) for planned in (3, 2))
    ones = samples([1.0], [1.0], [1.0])
    narrow, wide = paired_ratio(kept, ones), paired_ratio(extended, ones)
    assert narrow is not None
    assert wide is not None
    assert math.log(wide.high / wide.low) == pytest.approx(STOPPING * math.log(narrow.high / narrow.low))


@given(logs, bounds, st.floats(0.5, 0.999))
def test_chances_are_those_of_intervals(row: list[float], bound: float, confidence: float) -> None:
    """An interval lies beyond a bound, or within, exactly if the chance is below one minus its confidence."""
    ratio = mean_of_launches(row)
    low, high = ratio.mean - ratio.margin(confidence), ratio.mean + ratio.margin(confidence)
    beyond, within = low > bound or high < -bound, -bound < low and high < bound
    for chance, expected in ((ratio.chance_beyond(bound), beyond), (ratio.chance_within(bound), within)):
        if abs(float(chance) - (1 - confidence)) > 1e-6:
            assert (float(chance) < 1 - confidence) == expected


@given(logs, logs)
def test_difference_is_welchs(one: list[float], other: list[float]) -> None:
    """Between runs with the same number of launches the interval is Welch's; swapping the runs mirrors it."""
    ratio = difference(mean_of_launches(one), mean_of_launches(other))
    back = difference(mean_of_launches(other), mean_of_launches(one))
    assert float(ratio.mean) == -float(back.mean)
    assert (float(ratio.error), float(ratio.freedom)) == pytest.approx((float(back.error), float(back.freedom)))
    if min(statistics.pstdev(one), statistics.pstdev(other)) > 1e-3:
        expected = ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
        assert ratio.mean - ratio.margin(0.95) == pytest.approx(expected.low, abs=1e-9)
        assert ratio.mean + ratio.margin(0.95) == pytest.approx(expected.high, abs=1e-9)


def test_run_that_ended_early_does_not_dominate() -> None:
    """A few launches that agree by chance do not make a difference more certain than the pooled spread allows."""
    few, many = [0.0, 0.001, -0.001], [-0.2, 0.2, -0.1, 0.1, 0.0, 0.3, -0.3, 0.1, -0.1]
    ratio = difference(mean_of_launches(few), mean_of_launches(many))
    assert float(ratio.error) > statistics.stdev(many) / 3 * 1.5


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from([0.01, 0.05, 0.2]))
def test_level_is_benjamini_and_hochbergs(chances: list[float], rate: float) -> None:
    """Exactly the findings with an adjusted p-value within the rate are believed."""
    level = level_of_discoveries(chances, rate)
    adjusted = false_discovery_control(chances)
    for chance, value in zip(chances, adjusted, strict=True):
        if abs(value - rate) > 1e-9:
            assert (chance <= level) == (value <= rate)
    assert rate / len(chances) * (1 - 1e-9) <= level <= rate


def test_false_discoveries_are_few() -> None:
    """If a few of many trials changed, the share of false verdicts stays within the rate."""
    numbers = np.random.default_rng(20261123)
    shares = []
    for _ in range(100):
        truth = np.where(np.arange(500) < 50, 0.3, 0.0)
        ratio = mean_of_launches(truth[:, None] + numbers.normal(0, 0.05, (500, 8)))
        chances = ratio.chance_beyond(0.0)
        called = chances <= level_of_discoveries(chances, 0.05)
        assert called[:50].mean() > 0.9
        shares.append(called[50:].sum() / max(1, called.sum()))
    assert 0.02 < np.mean(shares) <= 0.06


def test_launches_needed() -> None:
    """That many launches narrow the interval to the gap, given the spread; if none would, there is no number."""
    ratio = mean_of_launches([0.1, -0.1, 0.05, -0.05, 0.0])
    count = launches_needed(ratio, 5, 0.03, 0.95)
    assert count is not None
    spread = float(ratio.error) * math.sqrt(5)
    margins = [stdtrit(many - 1, 0.975) * spread / math.sqrt(many) for many in (count - 1, count)]
    assert margins[0] >= 0.03 > margins[1]
    assert launches_needed(ratio, 5, 1e-6, 0.95) is None


FREEDOMS = np.concatenate([np.arange(1.0, 300.0), np.linspace(1, 80, 997), [1e3, 1e4, 1e5]])
"""Degrees of freedom: of launches they are whole numbers, of Welch's method they are not."""


@pytest.mark.parametrize("value", [0.0, 1e-9, 1e-3, 0.1, 0.7, 1.0, 2.0, 3.5, 8.0, 40.0, 1e3, 1e6, math.inf])
def test_chance_beyond_is_scipys(value: float) -> None:
    """The chance beyond a value, positive or negative, is SciPy's within a relative error of 1e-9."""
    for sign in (1, -1):
        expected = stdtr(FREEDOMS, -sign * value)
        assert student.chance_beyond(sign * value, FREEDOMS) == pytest.approx(expected, rel=1e-9, abs=1e-100)


@pytest.mark.parametrize("chance", [0.5, 0.4, 0.1, 0.05, 0.025, 0.005, 1e-4, 1e-6, 1e-9, 1e-12])
def test_value_beyond_is_scipys(chance: float) -> None:
    """The value beyond which a chance lies is SciPy's within a relative error of 1e-9, alone and in arrays."""
    expected = -stdtrit(FREEDOMS, chance)
    assert student.value_beyond(chance, FREEDOMS) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert [float(student.value_beyond(chance, each)) for each in FREEDOMS[:30]] == pytest.approx(
        expected[:30], rel=1e-9
    )
