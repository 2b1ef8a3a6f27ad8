"""Which tasks are raced: all of them, or a sample that fits the budget."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from execbench.advice.candidates import MOST, Candidate
from execbench.advice.contest import SECONDS_AROUND, Sampled
from execbench.advice.model import Costs, body
from execbench.advice.probe import Facts
from execbench.environment import usable_cpus
from execbench.plugins.baseline import BASELINE

WHOLE_SECONDS = 0.3
"""Loops up to this are raced whole."""

WANTED_SECONDS = 0.15
"""The loop over a sample."""

LAUNCHES = 4
"""How many launches the candidates of the first one should leave time for."""

_CALLS = 2
"""Of each candidate in a launch: the first call, and a round."""

_SHARE = 0.5
"""Of what is left of the budget, for the first launch."""


def affordable(facts: Facts, seconds: float) -> int:
    """Return how many candidates can be launched often enough within some seconds, one of each kind at least."""
    mean = facts.serial_total / facts.tasks
    loop = facts.serial_total if facts.serial_total <= WHOLE_SECONDS else max(WANTED_SECONDS, 4 * usable_cpus() * mean)
    lanes = seconds / LAUNCHES / (SECONDS_AROUND + _CALLS * loop)
    return max(2, min(MOST, int(lanes) - 1))


def sampled(facts: Facts, costs: Costs, candidates: Sequence[Candidate], seconds: float) -> Sampled | None:
    """Choose the tasks to race; None if even a few of them take too long.

    Args:
        facts: what was seen of the tasks.
        costs: of all tasks.
        candidates: those that race.
        seconds: what is left of the budget.
    """
    if facts.serial_total <= WHOLE_SECONDS:
        whole = {each.setting.id: each.setting.chunksize for each in candidates}
        return Sampled((), whole, dict.fromkeys([BASELINE, *whole], 1.0))
    mean, cpus = facts.serial_total / facts.tasks, usable_cpus()
    once = mean * _CALLS * (1 + len(candidates) / cpus)
    most = min(facts.drawn, int(_SHARE * seconds / once))
    if most < 2 * cpus:
        return None
    workers = max((each.setting.max_workers for each in candidates), default=cpus)
    count = min(most, max(2 * workers, 4 * cpus, math.ceil(WANTED_SECONDS / mean)))
    places = sorted(range(count), key=facts.numbers.__getitem__)
    few = replace(costs, seconds=np.asarray(facts.wall)[places])
    chunksizes = {each.setting.id: _chunksize(each, count, facts.tasks) for each in candidates}
    loop = sum(facts.sampled.wall[place] for place in places)
    scales = {each.setting.id: _scale(each, few, chunksizes[each.setting.id], cpus) for each in candidates}
    numbers = tuple(facts.numbers[place] for place in places)
    return Sampled(numbers, chunksizes, {BASELINE: facts.serial_total / max(loop, 1e-12), **scales})


def _chunksize(candidate: Candidate, count: int, tasks: int) -> int:
    return max(1, math.ceil(candidate.setting.chunksize * count / tasks))


def _scale(candidate: Candidate, few: Costs, chunksize: int, cpus: int) -> float:
    setting = candidate.setting
    of_few = body(setting.costs_of(few), candidate.costs, setting.max_workers, chunksize, cpus)
    return candidate.body.estimate / max(of_few.estimate, 1e-12)
