"""The report: tables, verdicts and how numbers are written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from execbench.record import Record
from execbench.report import units
from execbench.report.terminal import race_report
from execbench.report.verdict import verdict
from execbench.stats import Interval, Samples, paired_ratio


def record(backend: str, seconds: float, *, spread: float = 0.01, workers: int = 2) -> Record:
    """A record of five launches whose rounds took about so many seconds."""
    lives = [1 - spread, 1 + spread, 1.0, 1 - spread / 2, 1 + spread / 2]
    samples = Samples([seconds * life for life in lives], range(5), [0] * 5)
    baseline = Samples([1.0] * 5, range(5), [0] * 5)
    return Record(
        name=f"spin/{backend}/w{workers}",
        workload="spin",
        workload_options={},
        size=100,
        backend=backend,
        backend_options={},
        max_workers=workers,
        chunksize={"requested": "fair", "used": 13},
        python={"name": None, "version": "3.11.7"},
        launches=5,
        heats=5,
        samples=samples,
        startup_seconds=(0.5,) * 5,
        first_call_seconds=(0.7,) * 5,
        shutdown_seconds=(0.1,) * 5,
        cpu_seconds=1.0,
        peak_memory_bytes=31_000_000,
        speedup=None if backend == "serial" else paired_ratio(baseline, samples),
    )


SERIAL = record("serial", 1.0, workers=1)


def test_winner() -> None:
    """A backend whose interval lies above 1 is to be used, with its figure and interval."""
    text = verdict([SERIAL, record("pool", 0.5), record("threads", 1.1)])
    assert text.startswith("Use pool/w2: 2.00x as fast (95 % interval 1.98 to 2.02) as serial.")


def test_tie() -> None:
    """Those that the intervals cannot tell apart from the winner are named."""
    text = verdict([SERIAL, record("pool", 0.5), record("loky", 0.502, spread=-0.01), record("threads", 0.9)])
    assert text.endswith("The intervals cannot tell it apart from loky/w2.")


def test_stay_serial() -> None:
    """Where nothing beats the loop, the verdict is to stay serial, with what parallel would have to overcome."""
    text = verdict([SERIAL, record("pool", 2.0), record("threads", 3.0)])
    assert text.startswith("Stay serial: the nearest, pool/w2, is only 0.500x as fast")
    assert "overcome 1.50 s of overhead a round, and 500 ms to start" in text


def test_unclear() -> None:
    """A backend that may or may not be faster does not win against the loop."""
    assert "pool/w2, cannot be told from it" in verdict([SERIAL, record("pool", 0.9, spread=0.3)])


def test_without_baseline() -> None:
    """Without a serial loop, nothing is said about staying serial."""
    assert verdict([record("pool", 0.5)]) == (
        "No verdict on staying serial, as there is no baseline; the fastest is pool/w2."
    )


def test_only_failures() -> None:
    """Where everything failed there is no verdict, and each reason is given once for all it struck."""
    failed = [replace(entry, status="raised", reason="no", samples=Samples()) for entry in (SERIAL, record("pool", 1))]
    text = race_report(failed, usable_cpus=2)
    assert "No verdict: every trial failed." in text
    assert "failed serial/w1, pool/w2: raised: no" in text


def test_table_is_sorted_by_time() -> None:
    """The fastest trial stands first."""
    rows = race_report([SERIAL, record("threads", 3.0), record("pool", 0.5)], usable_cpus=2).splitlines()
    assert [row.split()[0] for row in rows[2:5]] == ["pool/w2", "serial/w1", "threads/w2"]


def test_plain_text() -> None:
    """Without colour there is not a single escape code, and names in brackets stay as they are."""
    bracketed = replace(record("pool", 0.5), name="spin/pool[call=map]/w2")
    plain = race_report([SERIAL, bracketed], usable_cpus=2)
    assert "\x1b" not in plain
    assert "pool[call=map]/w2" in plain
    assert "\x1b" in race_report([SERIAL, bracketed], usable_cpus=2, colour=True)


def test_usable_cpus_are_shown() -> None:
    """Every report says how many CPUs could be used."""
    assert race_report([SERIAL], usable_cpus=3).startswith("spin, 100 tasks, 3 usable CPUs\n")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0213, "21.3 ms"), (1.5, "1.50 s"), (4.2e-5, "42.0 µs"), (0.0, "0.00000 ns"), (120, "120 s"), (None, "-")],
)
def test_seconds(value: float | None, text: str) -> None:
    """Times have three figures and a unit."""
    assert units.seconds(value) == text


def test_ratio() -> None:
    """A ratio is written with its interval."""
    assert units.ratio(Interval(1.834, 1.779, 1.881)) == "1.83x [1.78, 1.88]"
