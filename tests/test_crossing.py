"""Where a curve crosses a mark: the search for it, the interpolation, the bracket."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execbench.stats import mean_of_launches
from execbench.sweep.crossing import bracket, crossing, jackknife, monotone, next_place

HEIGHTS = st.lists(st.floats(-10, 10), max_size=30)


def searched(truth: int, start: int, most: int) -> dict[int, bool]:
    """The places that a search measures if the mark is reached from `truth` on."""
    seen: dict[int, bool] = {}
    while (place := next_place(seen, start, most)) is not None:
        assert place not in seen
        assert 0 <= place <= most
        seen[place] = place >= truth
    return seen


@given(st.integers(1, 30), st.integers(-5, 40))
def test_search_ends_at_two_neighbours(truth: int, start: int) -> None:
    """The last place below the mark and the first above it are both measured, no matter where the search begins."""
    seen = searched(truth, start, 30)
    assert seen[truth]
    assert not seen[truth - 1]


@given(st.integers(0, 30))
def test_search_for_a_mark_that_is_reached_everywhere(start: int) -> None:
    """Such a search ends at the lowest place."""
    assert min(searched(0, start, 30)) == 0


@given(st.integers(0, 30))
def test_search_for_a_mark_that_is_not_reached(start: int) -> None:
    """Such a search ends at the highest place."""
    assert max(searched(99, start, 30)) == 30


@given(st.integers(1, 30))
def test_search_never_leaps(truth: int) -> None:
    """Above the lowest place that reaches the mark, at most one more place is measured: long tasks take long."""
    assert max(searched(truth, 10, 30)) <= max(truth + 1, 10)


@given(HEIGHTS)
def test_monotone(values: list[float]) -> None:
    """The result never falls, and has the same mean."""
    found = monotone(values)
    assert all(one <= other + 1e-9 for one, other in pairwise(found))
    assert sum(found) == pytest.approx(sum(values), abs=1e-6)


@given(HEIGHTS)
def test_monotone_stays(values: list[float]) -> None:
    """Values that never fall stay the same."""
    assert monotone(sorted(values)) == sorted(values)


def test_monotone_is_the_nearest() -> None:
    """Falling neighbours are replaced by their mean, repeatedly."""
    assert monotone([1, 3, 2, 2, 5]) == [1, pytest.approx(7 / 3), pytest.approx(7 / 3), pytest.approx(7 / 3), 5]


def test_crossing_is_interpolated() -> None:
    """Between two neighbours the curve is a straight line over the logarithm of the place."""
    assert crossing({1.0: 0.2, 10.0: 0.5, 1000.0: 1.0}, 0.75) == pytest.approx(100.0)


def test_crossing_at_a_measured_place() -> None:
    """A place that exactly reaches the mark is the crossing."""
    assert crossing({1.0: 0.2, 10.0: 0.75, 100.0: 1.0}, 0.75) == pytest.approx(10.0)


@given(st.dictionaries(st.floats(1e-6, 1e3), st.floats(0.01, 2), max_size=12), st.floats(0.1, 1.5))
def test_crossing_lies_between_places(curve: dict[float, float], mark: float) -> None:
    """A crossing lies between measured places, or there is none."""
    found = crossing(curve, mark)
    assert found is None or min(curve) * (1 - 1e-9) <= found <= max(curve) * (1 + 1e-9)


@pytest.mark.parametrize("height", [0.1, 0.9])
def test_no_neighbour_on_the_other_side(height: float) -> None:
    """Nothing is extrapolated."""
    assert crossing({1.0: height, 2.0: height, 4.0: height}, 0.75) is None


def test_jackknife_of_a_mean() -> None:
    """For a plain mean of logarithms, the jackknife gives Student's interval of the launches."""
    launches = [math.log(place) for place in (1e-3, 1.2e-3, 0.9e-3, 1.1e-3)]
    others = [math.exp((sum(launches) - launch) / 3) for launch in launches]
    found, expected = jackknife(math.exp(fmean(launches)), others), mean_of_launches(launches).interval()
    assert found is not None
    assert (found.estimate, found.low, found.high) == pytest.approx((expected.estimate, expected.low, expected.high))


def test_jackknife_needs_every_launch_to_be_dispensable() -> None:
    """There is no interval if the mark is missed without a certain launch, or if there is only one launch."""
    assert jackknife(1e-3, [1e-3, None, 1e-3]) is None
    assert jackknife(1e-3, [1e-3]) is None


def test_added_launches_widen() -> None:
    """With launches added to those planned, the interval is wider than if all had been planned."""
    others = [1e-3, 1.2e-3, 0.9e-3, 1.1e-3]
    plain, added = jackknife(1e-3, others), jackknife(1e-3, others, planned=3)
    assert plain is not None
    assert added is not None
    assert added.precision > plain.precision


def test_bracket_is_the_narrowest_proven() -> None:
    """Both ends have their whole interval on their side of 1; unclear places lie between."""
    slow, unsure, fast = [-0.5, -0.52, -0.48], [-0.3, 0.3, 0.1], [0.4, 0.41, 0.39]
    found = bracket({1.0: slow, 2.0: slow, 4.0: unsure, 8.0: fast, 16.0: fast})
    assert found.proven
    assert found.below is not None
    assert found.above is not None
    assert (found.below.place, found.above.place) == (2.0, 8.0)
    assert found.above.measured == mean_of_launches(fast).interval()


def test_bracket_without_an_end() -> None:
    """A backend that is always slower has no upper end; a place of one launch proves nothing."""
    found = bracket({1.0: [-0.5, -0.52], 2.0: [math.log(3)]})
    assert found.above is None
    assert not found.proven
