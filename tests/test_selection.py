"""Which candidates of a race can still be the best, and how much faster than the chosen one another may be."""

from __future__ import annotations

import numpy as np
import pytest

from execbench.advice.selection import choose, is_decided, padded, regret_bound, survivors


def _survivors(*seconds: list[float]) -> list[bool]:
    return list(survivors(padded([list(np.log(each)) for each in seconds])).tolist())


@pytest.mark.parametrize(
    ("slow", "stays"),
    [([2.9], True), ([3.1], False), ([1.4, 1.6], True), ([2.4, 1.0], True), ([1.6, 1.6], False)],
    ids=str,
)
def test_hopeless_ones_are_out_early(slow: list[float], *, stays: bool) -> None:
    """One launch rules out what is 3 times slower, and two what is 1.5 times slower in both."""
    assert _survivors([1.0] * len(slow), slow) == [True, stays]


def test_ties_stay() -> None:
    """Candidates that differ by less than their launches do both stay."""
    assert _survivors([1.0, 1.1, 1.0, 1.1], [1.1, 1.0, 1.1, 1.01]) == [True, True]


def test_clearly_slower_one_is_out() -> None:
    """Three launches with little spread rule out a candidate that is 20 % slower, and not the others."""
    assert _survivors([1.0, 1.01, 1.02], [1.02, 1.0, 1.01], [1.2, 1.22, 1.21]) == [True, True, False]


def test_what_slows_all_is_no_spread() -> None:
    """Launches are paired: a machine that becomes slower rules out as much as one that does not."""
    machine = np.array([1.0, 1.4, 2.0])
    assert _survivors(list(machine), list(machine * [1.2, 1.22, 1.21])) == [True, False]


def test_those_that_are_out_stay_out() -> None:
    """A candidate with fewer launches is not chosen, whatever it measured."""
    logs = padded([[0.0, 0.0], [-1.0]])
    assert survivors(logs).tolist() == [True, False]
    assert choose(logs) == 0


def test_one_candidate_is_the_best() -> None:
    """A candidate without a rival has no regret."""
    assert regret_bound(padded([[0.0]]), 0) == 0


def test_bound_needs_launches() -> None:
    """One launch bounds no regret, and more of them bound it better."""
    numbers = np.random.default_rng(1)
    logs = numbers.normal(0, 0.03, (1000, 3, 8))
    bounds = [np.median(regret_bound(logs[..., :count], choose(logs[..., :count]))) for count in (1, 2, 4, 8)]
    assert bounds[0] == np.inf
    assert bounds[1] > bounds[2] > bounds[3] > 0


def test_faster_rival_is_in_the_bound() -> None:
    """The bound of a wrong choice is at least what the best one is faster."""
    assert regret_bound(padded([[0.0, 0.01, 0.0, 0.01], [0.3, 0.3, 0.31, 0.31]]), 1) > np.expm1(0.3)


def test_those_that_are_out_cost_no_more_than_the_tolerance() -> None:
    """A race that one candidate survives is decided, even by one launch."""
    assert is_decided(padded([[0.0], [2.0], [3.0]]))
    assert not is_decided(padded([[0.0], [0.5], [3.0]]))


def test_many_races_are_judged_as_one() -> None:
    """Each of many races is judged as it is alone."""
    logs = np.random.default_rng(1).normal(0, 0.05, (50, 3, 5))
    logs[:, 2, 3:] = np.nan
    assert survivors(logs).tolist() == [survivors(race).tolist() for race in logs]
    assert choose(logs).tolist() == [int(choose(race)) for race in logs]
    alone = [float(regret_bound(race, choose(race))) for race in logs]
    assert regret_bound(logs, choose(logs)).tolist() == pytest.approx(alone)
