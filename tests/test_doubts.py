"""Doubts: the circumstances that raise each."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from execbench.lane.gil import Gil
from execbench.records.doubts import Circumstances, Code, doubts_about
from execbench.stats import Samples

SOUND = Circumstances(
    samples=Samples([0.02] * 20, [0] * 20, list(range(20))),
    max_workers=2,
    usable_cpus=2,
    threads_per_worker=1,
    clock_resolution=1e-9,
    foreign_cpu=0.0,
    result_bytes=1000,
    available_memory=10**9,
    left_over=0,
    uncompiled=0,
)

DOUBTFUL = {
    "few_rounds": replace(SOUND, samples=Samples([0.02] * 5, [0] * 5, list(range(5)))),
    "drift": replace(SOUND, samples=Samples([0.02] * 10 + [0.03] * 10, [0] * 20, list(range(20)))),
    "coarse_clock": replace(SOUND, clock_resolution=1e-4),
    "busy_machine": replace(SOUND, foreign_cpu=0.2),
    "fewer_cpus": replace(SOUND, usable_cpus=1),
    "oversubscription": replace(SOUND, threads_per_worker=2),
    "large_results": replace(SOUND, result_bytes=3 * 10**8),
    "left_over_processes": replace(SOUND, left_over=1),
    "uncompiled_imports": replace(SOUND, uncompiled=100),
    "tasks_differ": replace(SOUND, other_tasks=1),
    "tasks_changed": replace(SOUND, changed_tasks=1),
    "last_bits": replace(SOUND, largest_difference=1e-12),
    "unchecked": replace(SOUND, unchecked=3),
    "not_checked": replace(SOUND, check="order"),
    "remembers": replace(SOUND, first_call=0.2),
    "busy_when_idle": replace(SOUND, idle_cpus=2.0),
    "gil_enabled": replace(SOUND, gil=Gil(free_threaded=True, wanted=False, module="ctypes")),
    "layout": replace(SOUND, levels={launch: (0.1, 1.1)[launch % 2] + launch / 100 for launch in range(6)}),
    "impossible": replace(SOUND, cpu_seconds=0.001, serial_cpu_seconds=0.02),
}


def test_sound_measurement_raises_no_doubt() -> None:
    """A quiet measurement with resources to spare raises no doubt."""
    assert doubts_about(SOUND) == ()


@pytest.mark.parametrize("code", DOUBTFUL)
def test_circumstance_raises_its_doubt(code: str) -> None:
    """Each circumstance raises one doubt, with numbers and advice."""
    (doubt,) = doubts_about(DOUBTFUL[code])
    assert doubt.code == code
    assert doubt.numbers
    assert doubt.advice


def test_list_is_closed() -> None:
    """Records allow exactly these codes."""
    of_winners = {"superlinear", "not_parallel"}  # tests/test_control.py raises them
    of_runs = {"not_alone", "no_lock"}  # tests/test_turn.py raises them
    assert set(get_args(Code)) == {*DOUBTFUL, *of_winners, *of_runs}
