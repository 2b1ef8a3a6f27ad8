"""What is raced: the candidates that there is time for, and all tasks, or a sample that fits the budget."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from execbench.advice.budget import Budget
from execbench.advice.candidates import Candidate
from execbench.advice.model import Costs, body
from execbench.advice.probe import Facts
from execbench.environment import usable_cpus
from execbench.plugins.baseline import BASELINE

WHOLE_SECONDS = 0.3
"""Loops up to this are raced whole."""

WANTED_SECONDS = 0.15
"""The loop over a sample."""

CHECKED_BYTES = 20e6
"""Of results in each round: all of them are checked, which takes a second for some 200 MB."""

ENOUGH_LAUNCHES = 4
"""Launches that there should be time for, if need be with fewer candidates."""

FOR_A_SMALL_GAIN = 8
"""Launches that there should be time for, with fewer candidates, while the fastest one may gain nothing."""

_CALLS = 2
"""Of each candidate in a launch: the first call, and a round."""

_SHARE = 0.5
"""Of what is left of the budget, for the first launch."""

SECONDS_AROUND = 0.3
"""Guess for a lane's start and end, before the first launch has shown it."""


@dataclass(frozen=True)
class Sampled:
    """The tasks that are raced, and how many times as long all of them take."""

    numbers: tuple[int, ...]
    """Empty if all tasks are raced."""
    chunksizes: Mapping[str, int]
    """By the candidate's id, for as many chunks as all tasks have."""
    scales: Mapping[str, float]
    """By the candidate's id, and for `serial`: the seconds of all tasks in multiples of those of the sample."""


def has_time(facts: Facts, budget: Budget, reserve: float, candidates: Sequence[Candidate]) -> bool:
    """Return whether these candidates and the loop can be launched often enough, and some seconds are left then."""
    mean = facts.serial_total / facts.tasks
    loop = facts.serial_total if _is_raced_whole(facts) else max(WANTED_SECONDS, 4 * usable_cpus() * mean)
    imports = (facts.surveyed.import_seconds + facts.surveyed.making_seconds) / usable_cpus()
    lanes = 1 + len(candidates)
    opening = sum(each.once.estimate - each.body.estimate for each in candidates)
    return budget.times(lanes * (SECONDS_AROUND + _CALLS * loop) + opening, lanes * imports, reserve) >= ENOUGH_LAUNCHES


def affordable(logs: Mapping[str, float], lanes: int, launches: int, enough: int = ENOUGH_LAUNCHES) -> list[str]:
    """Return those that there is time for: the loop, and the fastest candidates.

    Few candidates with enough launches say more than many with two: an interval of two launches tells little.

    Args:
        logs: the logarithm of the seconds of each, the loop's among them.
        lanes: how many more lanes there is time for.
        launches: how many there were.
        enough: how many there should be.
    """
    in_each = max(2, lanes // max(1, enough - launches))
    return sorted(logs, key=lambda name: (name != BASELINE, logs[name]))[:in_each]


def sampled(facts: Facts, costs: Costs, candidates: Sequence[Candidate], seconds: float) -> Sampled | None:
    """Choose the tasks to race; None if even a few of them take too long.

    Args:
        facts: what was seen of the tasks.
        costs: of all tasks.
        candidates: those that race.
        seconds: what is left of the budget.
    """
    if _is_raced_whole(facts):
        whole = {each.setting.id: each.setting.chunksize for each in candidates}
        return Sampled((), whole, dict.fromkeys([BASELINE, *whole], 1.0))
    mean, cpus = facts.serial_total / facts.tasks, usable_cpus()
    once = mean * _CALLS * (1 + len(candidates) / cpus)
    most = min(facts.drawn, int(_SHARE * seconds / once))
    if most < 2 * cpus:
        return None
    workers = max((each.setting.max_workers for each in candidates), default=cpus)
    checked = max(2 * cpus, int(CHECKED_BYTES / max(facts.result_bytes, 1.0)))
    count = min(most, checked, max(2 * workers, 4 * cpus, math.ceil(WANTED_SECONDS / mean)))
    places = sorted(range(count), key=facts.numbers.__getitem__)
    few = replace(costs, seconds=np.asarray(facts.wall)[places])
    chunksizes = {each.setting.id: _chunksize(each, count, facts.tasks) for each in candidates}
    loop = sum(facts.sampled.wall[place] for place in places)
    scales = {each.setting.id: _scale(each, few, chunksizes[each.setting.id], cpus) for each in candidates}
    numbers = tuple(facts.numbers[place] for place in places)
    return Sampled(numbers, chunksizes, {BASELINE: facts.serial_total / max(loop, 1e-12), **scales})


def _is_raced_whole(facts: Facts) -> bool:
    return facts.serial_total <= WHOLE_SECONDS and facts.tasks * facts.result_bytes <= CHECKED_BYTES


def _chunksize(candidate: Candidate, count: int, tasks: int) -> int:
    return max(1, math.ceil(candidate.setting.chunksize * count / tasks))


def _scale(candidate: Candidate, few: Costs, chunksize: int, cpus: int) -> float:
    setting = candidate.setting
    of_few = body(setting.costs_of(few), candidate.costs, setting.max_workers, chunksize, cpus)
    return candidate.body.estimate / max(of_few.estimate, 1e-12)
