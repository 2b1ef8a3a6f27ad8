"""Which candidates of a race can still be the best, and how much faster than the chosen one another may be."""

from __future__ import annotations

import certify_selection as simulated
import numpy as np
import pytest
from scipy import stats

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


def test_bound_of_two_is_students() -> None:
    """The regret of the slower one of two candidates is bounded by Student's interval, with 95 % on one side."""
    slower_by = [0.02, 0.04, 0.06, 0.03]
    found = stats.ttest_1samp(slower_by, 0).confidence_interval(0.9).high
    assert regret_bound(padded([[0.0] * 4, slower_by]), 1) == pytest.approx(np.expm1(found))


def test_those_that_are_out_cost_no_more_than_the_tolerance() -> None:
    """A race with one survivor is decided, even after one launch."""
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


@pytest.mark.parametrize(
    ("kind", "field"),
    [("steady", "10 % better of 4"), ("wide lives", "5 % better of 2"), ("wild best", "5 % better of 6")],
)
def test_promise_holds(kind: str, field: str) -> None:
    """In simulated races, at most one in ten is decided and wrong, whatever the deadline."""
    (scenario,) = (each for each in simulated.KINDS if each.name == kind)
    outcomes = simulated.certify(scenario, simulated.FIELDS[field], 1000, seed=1, rounds=3)
    assert not simulated.Row(scenario, 1000, {field: outcomes}).missed
    decided = [outcome.decided for outcome in outcomes.values()]
    assert 0 < decided[0] < decided[-1]


def test_ties_are_decided() -> None:
    """Equal candidates do not race for ever: nearly all races are decided by eight launches that differ by 2.6 %."""
    outcomes = simulated.certify(simulated.KINDS[0], simulated.FIELDS["4 equal"], 500, seed=1, rounds=3)
    assert outcomes[8].decided > 0.98
    assert outcomes[12].launches < 8
