"""The programs that certify the method: they simulate the product correctly, and lose no results."""

from __future__ import annotations

import json
from pathlib import Path

import certify_live as live
import certify_simulated as simulated
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execbench.settings import Settings
from execbench.stats import Samples, launch_ratios
from execbench.supervisor.layout import layout_of

launches = st.lists(st.lists(st.floats(1e-6, 1e3), min_size=4, max_size=4), min_size=3, max_size=3)


def _samples(times: list[list[float]]) -> Samples:
    return Samples([seconds for launch in times for seconds in launch], [0] * 4 + [1] * 4 + [2] * 4, [*range(4)] * 3)


@given(launches, launches)
def test_medians_match_the_product(one: list[list[float]], other: list[list[float]]) -> None:
    """The simulation takes the same median of a launch as the product."""
    product = launch_ratios(_samples(one), _samples(other))
    assert simulated.launch_medians(np.log(one), np.log(other)) == pytest.approx(product, abs=1e-9)


def test_rule_ends_each_race_once() -> None:
    """Races that agree end at the minimum of launches, others at the maximum or once out of time."""
    plan = simulated.DEFAULT
    agree, differ = (
        np.zeros((1, plan.most)),
        np.tile([1.0, -1.0], plan.most)[: plan.most][None],
    )
    soon, late = np.zeros((1, plan.most)), np.arange(plan.most, dtype=np.float64)[None] * 0.25
    assert simulated.launches_of_rule([agree], soon, plan) == plan.settings.launches
    assert simulated.launches_of_rule([differ], soon, plan) == plan.most
    assert simulated.launches_of_rule([agree, differ], late, plan) == 9


def test_simulation() -> None:
    """Under mild noise the intervals hold the truth about as often as they should, and a large change is found."""
    row = simulated.certify(simulated.SCENARIOS[0], 0.2, 1000, seed=1)
    assert all(0.92 < covered < 0.98 for covered in row.coverages)
    assert row.pair.slower > 0.9


def test_live_resumes(tmp_path: Path) -> None:
    """Races in the file are not repeated, except one whose line was cut off."""
    path = tmp_path / "results.jsonl"
    rows: list[dict[str, object]] = [
        {"planted": 0.0, "neighbour": neighbour, "seconds": 9.0, "trials": []} for neighbour in (False, True)
    ]
    for row in rows:
        live.append(path, row)
    with path.open("a") as file:
        file.write(json.dumps(rows[0])[:-5])
    assert live.read(path) == rows
    assert list(live.plan([0.0, 0.1], 1, live.read(path))) == [(0.1, False), (0.1, True)]
    live.append(path, rows[0])
    assert live.read(path) == [*rows, rows[0]]


def test_layouts_are_simulated() -> None:
    """Where half of the launches have a layout that is 3x slower, the intervals hold the truth, and are doubted."""
    (scenario,) = (each for each in simulated.SCENARIOS if each.layouts)
    row = simulated.certify(scenario, 0.0, 200, seed=1)
    assert row.speedup.right > 0.98
    assert row.speedup.doubted > 0.98
    assert not row.missed


def test_noise_is_not_taken_for_layouts() -> None:
    """Launches that differ widely, but are of one kind, rarely raise the doubt."""
    (scenario,) = (each for each in simulated.SCENARIOS if each.name == "wide lives")
    assert simulated.certify(scenario, 0.0, 200, seed=1).speedup.doubted < 0.03


def test_simulated_layouts_are_drawn_as_by_the_product() -> None:
    """In the simulation, as in a race, one of each two launches in a row has holes."""
    plan = simulated.DEFAULT
    numbers = np.random.default_rng(1)
    clock = simulated.virtual_clock(numbers, 50, plan)
    serial = np.median(simulated.layouts(numbers, clock)[:, :, simulated.SERIAL], axis=-1) > 0
    assert (serial[:, 0:14:2] != serial[:, 1:15:2]).all()
    kinds = [layout_of(Settings(seed=1), "cube", launch).kind == "holes" for launch in range(14)]
    assert all(kinds[place] != kinds[place + 1] for place in range(0, 14, 2))
