"""Scaling: efficiency and serial fractions, against their formulas and known curves."""

from __future__ import annotations

from collections.abc import Callable

import made_up
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execbench.records.record import Record
from execbench.report import scaling as words
from execbench.report.race import race_document
from execbench.report.render.terminal import as_text
from execbench.report.scaling import amdahl, curves, karp_flatt
from execbench.stats import Interval, Samples

PACES = (0.99, 1.01, 1.0, 0.995, 1.005)


def record(backend: str, seconds: float, workers: int, launches: int = 5) -> Record:
    """A record whose rounds took about this many seconds; each launch has its own pace, the same for all trials."""
    paces = PACES[:launches]
    baseline = made_up.record("spin/serial/w1", [[pace] for pace in paces])
    if backend == "serial":
        return baseline
    return made_up.against(baseline, f"spin/{backend}/w{workers}", [[seconds * pace] for pace in paces])


def race(seconds: Callable[[int], float], workers: tuple[int, ...] = (1, 2, 4, 8)) -> list[Record]:
    """A serial loop of a second, and a pool on each number of workers."""
    return [record("serial", 1.0, 1), *(record("pool", seconds(count), count) for count in workers)]


@given(st.floats(0, 1), st.integers(2, 512))
def test_karp_flatt_inverts_amdahl(fraction: float, workers: int) -> None:
    """The serial fraction of an Amdahl speedup is the fraction that made it."""
    speedup = 1 / (fraction + (1 - fraction) / workers)
    found = karp_flatt(Interval(speedup, speedup, speedup), workers)
    assert found is not None
    assert found.estimate == pytest.approx(fraction, abs=1e-9)


@given(st.floats(0.01, 8), st.floats(1, 2))
def test_karp_flatt_interval(speedup: float, spread: float) -> None:
    """The fraction's interval contains its estimate, although a lower speedup means a higher fraction."""
    found = karp_flatt(Interval(speedup, speedup / spread, speedup * spread), 8)
    assert found is not None
    assert found.low <= found.estimate <= found.high


def test_karp_flatt_of_one_worker() -> None:
    """A single worker has no serial fraction."""
    assert karp_flatt(Interval(1.0, 1.0, 1.0), 1) is None


@given(st.floats(-0.2, 2))
def test_amdahl_of_exact_times(fraction: float) -> None:
    """From times that obey the law, the fit recovers the fraction, with an interval of no width."""
    found = amdahl({workers: [fraction + (1 - fraction) / workers] * 3 for workers in (2, 4, 8)})
    assert found is not None
    assert found.estimate == pytest.approx(fraction, abs=1e-9)
    assert found.high - found.low < 1e-9


def test_amdahl_of_inexact_times() -> None:
    """The fit is least squares through the origin."""
    found = amdahl({2: [0.8, 0.8], 4: [0.5, 0.5]})
    assert found is not None
    expected = (0.5 * 0.3 + 0.75 * 0.25) / (0.5**2 + 0.75**2)
    assert found.estimate == pytest.approx(expected)


def test_amdahl_of_one_launch() -> None:
    """One launch has no interval."""
    assert amdahl({2: [0.6], 4: [0.4], 8: [0.3]}) is None


def test_curve() -> None:
    """Both methods find that a tenth of a pool's work is serial."""
    (curve,) = curves(race(lambda workers: 0.1 + 0.9 / workers), usable_cpus=8)
    assert curve.name == "pool"
    assert [point.max_workers for point in curve.points] == [1, 2, 4, 8]
    assert curve.serial_fraction is not None
    assert curve.serial_fraction.estimate == pytest.approx(0.1)
    assert curve.points[1].efficiency.estimate == pytest.approx(1 / (0.1 + 0.9 / 2) / 2)
    assert curve.trend == "steady"
    assert words.sentence(curve).startswith("pool: Amdahl's serial fraction is 10.0 % [10.0, 10.0], so at most 10.0")


def test_overhead_that_grows() -> None:
    """If each worker costs time, Karp and Flatt's fraction grows, and the sentence names overhead as the cause."""
    (curve,) = curves(race(lambda workers: 1 / workers + 0.05 * workers), usable_cpus=8)
    assert curve.trend == "grows"
    assert "overhead is the cause" in words.sentence(curve)


def test_not_enough_points() -> None:
    """More workers than usable CPUs do not count, and two points are too few for a fit."""
    (curve,) = curves(race(lambda workers: 1 / workers), usable_cpus=4)
    assert curve.serial_fraction is None
    assert curve.missing == "not enough points: 2 between 2 workers and the 4 usable CPUs, and a fit needs 3"
    assert [point.beyond_cpus for point in curve.points] == [False, False, False, True]


def test_not_enough_launches() -> None:
    """Without launches that all numbers of workers took part in, there is no fit."""
    records = [*race(lambda workers: 1 / workers, (2, 4)), record("pool", 0.125, 8, launches=2)]
    alone = Samples(records[-1].samples.seconds, [7, 1], [0, 0])
    records[-1] = replace(records[-1], samples=alone)
    (curve,) = curves(records, usable_cpus=8)
    assert "not enough launches" in curve.missing


def test_no_curve() -> None:
    """One number of workers is no curve, and neither are several without a baseline."""
    assert curves(race(lambda workers: 1 / workers, (2,)), usable_cpus=8) == []
    assert curves(race(lambda workers: 1 / workers)[1:], usable_cpus=8) == []


def test_terminal_report() -> None:
    """The terminal report has the table and the sentence of the curve."""
    text = as_text(race_document(race(lambda workers: 0.1 + 0.9 / workers), 4))
    assert "pool     8 (beyond the CPUs)" in text
    assert "serial fraction [95 %]" in text
    assert "scaling pool: Amdahl's serial fraction is unknown: not enough points" in text
