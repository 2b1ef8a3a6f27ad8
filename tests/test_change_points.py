"""Change points: found where a series changes, kept as it grows, and not found where nothing changes."""

from __future__ import annotations

import itertools
import math

import certify_history as certification
import certify_simulated as simulated
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execbench.history import change_points as module
from execbench.history.change_points import FEWEST, SHORTEST, change_points, discoveries
from execbench.stats import Floats


def noise(length: int, seed: int = 3, spread: float = 0.02) -> Floats:
    """Return values that do not change."""
    return np.random.default_rng(seed).normal(0, spread, length)


def steps(*lengths: int, height: float = 0.2) -> Floats:
    """Return values that change by turns."""
    levels = np.concatenate([np.full(length, height * (number % 2)) for number, length in enumerate(lengths)])
    return np.asarray(levels + noise(len(levels)))


def test_each_change_is_placed() -> None:
    """Several changes, upward and downward, are found where they are."""
    assert change_points([steps(30, 40, 60, 20)]) == [[30, 70, 130]]


def test_series_are_independent() -> None:
    """Series of all lengths are looked at together, and each is found what it is found alone."""
    series = [steps(30, 20), noise(5), np.array([]), noise(200), steps(60, 100), np.zeros(40), steps(13, 80)]
    together = change_points(series)
    assert together == [each for values in series for each in change_points([values])]
    assert [len(each) for each in together] == [1, 0, 0, 0, 1, 0, 1]


def test_what_was_found_stays_found() -> None:
    """As a series grows, no change goes, and none moves by more than a few places, and only while it is new."""
    values = steps(30, 40, 25)
    found = [change_points([values[:length]])[0] for length in (29, *range(30, 45), 60, *range(70, 85), 95)]
    for before, after in itertools.pairwise(found):
        assert all(abs(one - other) <= 2 * module._MOVES for one, other in zip(before, after, strict=False))
        assert len(before) <= len(after)
    assert found[-1] == [30, 70]
    assert {each[0] for each in found[-17:]} == {30}


def test_large_steps_are_found_at_once() -> None:
    """A step far beyond the noise is found as soon as a side may be short enough."""
    values = steps(30, 10, height=1.0)
    ((when, _),) = discoveries([values])[0]
    assert when <= 30 + SHORTEST
    assert change_points([values]) == [[30]]


def test_equal_values_are_no_change() -> None:
    """Values that are all equal have no change, whatever the last bits of their sums are."""
    assert change_points([np.full(100, value) for value in (0.7, 1e-9, 1 / 3)]) == [[], [], []]


def test_an_outlier_is_no_change() -> None:
    """One value far off is no change, wherever it lies."""
    series = [noise(80) for _ in range(60)]
    for place, values in enumerate(series, 20):
        values[place] += 1.0
    assert not any(change_points(series))


@given(st.floats(1e-6, 1e6), st.floats(-100, 100))
@settings(max_examples=5, deadline=None)
def test_scale_does_not_matter(scale: float, shift: float) -> None:
    """A series in other units changes at the same places."""
    values = steps(20, 15, 30)
    assert change_points([values * scale + shift * scale]) == change_points([values])


def rated(before: Floats, after: Floats) -> float:
    """Rate a split from its mean distances; those within a side count each value's distance from itself, too."""
    between, within_before, within_after = (
        float(np.mean([abs(x - y) ** 1.5 for x in one for y in other]))
        for one, other in ((before, after), (before, before), (after, after))
    )
    weight = len(before) * len(after) / (len(before) + len(after))
    return weight * (2 * between - within_before - within_after)


@given(st.lists(st.floats(-1e3, 1e3), min_size=FEWEST, max_size=20))
@settings(deadline=None)
def test_ratings_are_those_of_all_pairs(given_values: list[float]) -> None:
    """Splits are rated by all distances between and within their sides, however they are computed."""
    values = np.array(given_values)
    orders = module._orders(len(values))[:, :1]
    ratings = module._ratings(values[None], module._distances(values[None]), orders)
    for after, rating in enumerate(ratings, SHORTEST):
        expected = rated(values[:-after], values[-after:])
        assert rating[0, 0] == pytest.approx(expected, rel=1e-6, abs=1e-6 * np.ptp(values) ** 1.5 + 1e-12)
        assert module._rating(values[:-after], values[-after:]) == pytest.approx(
            rating[0, 0], abs=1e-9 * np.ptp(values)
        )


def test_certification() -> None:
    """Under mild noise, a step is found and placed about as often as it should be, and little else."""
    row = certification.certify(simulated.SCENARIOS[0], 0.02, 30, seed=1)
    assert row.false < 0.15
    assert row.found[0] > 0.6
    assert row.found[1] > 0.9
    assert not row.missed


def test_certification_sees_misses() -> None:
    """Targets that are missed by more than chance explains are seen."""
    good = certification.Row("x", 0.02, 400, 0.05, [0.8, 0.99], [1, 1], [1, 1], [])
    assert not good.missed
    for worse in ({"false": 0.09}, {"found": [0.7, 1.0]}, {"found": [0.9, 0.95]}):
        assert certification.Row(**{**vars(good), **worse}).missed
    assert certification.distinct([[10], [11], [10, 30], [34]]) == [10, 30, 34]
    assert math.isclose(float(certification.values_of(simulated.SCENARIOS[0]).std()), 1.0)
