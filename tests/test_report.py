"""The report: tables, verdicts, and the format of numbers."""

from __future__ import annotations

from typing import Any

import made_up
import pytest
from msgspec.structs import replace

from execbench.records.record import Record
from execbench.report import numbers
from execbench.report.race import race_document
from execbench.report.render.terminal import as_text
from execbench.report.trials import entries
from execbench.report.verdict import verdict
from execbench.stats import Interval


def record(backend: str, seconds: float, *, spread: float = 0.01, workers: int = 2) -> Record:
    """A record of five launches whose rounds took about this many seconds, against a serial loop of a second."""
    paces = [1 - spread, 1 + spread, 1.0, 1 - spread / 2, 1 + spread / 2]
    baseline = made_up.record("spin/serial/w1", [[1.0]] * 5)
    if backend == "serial":
        return baseline
    return made_up.against(baseline, f"spin/{backend}/w{workers}", [[seconds * pace] for pace in paces])


def verdict_on(*records: Record) -> str:
    """The verdict on records."""
    return verdict(entries(records))


def race_report(records: list[Record], *, usable_cpus: int = 2, **options: Any) -> str:
    """The report of a race for a terminal."""
    return as_text(race_document(records, usable_cpus), **options)


SERIAL = record("serial", 1.0)


def test_winner() -> None:
    """The verdict recommends a backend whose interval lies above 1, with its speedup and interval."""
    text = verdict_on(SERIAL, record("pool", 0.5), record("threads", 1.1))
    assert text.startswith("Use pool/w2: 2.00x as fast (95 % interval 1.98 to 2.02) as serial.")


def test_tie() -> None:
    """The verdict names the backends that tie with the winner: the interval of their ratio includes 1."""
    text = verdict_on(SERIAL, record("pool", 0.5), record("loky", 0.502, spread=-0.01), record("threads", 0.9))
    assert " as serial. It ties with loky/w2. " in text


def test_stay_serial() -> None:
    """If nothing beats the loop, the verdict is to stay serial, and gives the nearest backend's overhead."""
    text = verdict_on(SERIAL, record("pool", 2.5), record("threads", 3.0))
    assert text.startswith(
        "Stay serial: the nearest, pool/w2, is 2.50x slower (95 % interval 2.48 to 2.52) than serial."
    )
    assert "Its overhead is 2.00 s per round, plus 500 ms to start." in text


def test_stay_serial_after_a_near_miss() -> None:
    """The speed of a backend that is only a little slower than the loop is given as a fraction of the loop's."""
    text = verdict_on(SERIAL, record("pool", 1.25))
    assert text.startswith(
        "Stay serial: the nearest, pool/w2, is 0.800x as fast (95 % interval 0.792 to 0.808) as serial."
    )


def test_no_interval_is_no_evidence() -> None:
    """Without intervals there is no advice, however fast a backend seems."""
    alone = [made_up.record(f"spin/{name}", [[seconds]]) for name, seconds in (("serial/w1", 1.0), ("threads/w2", 0.5))]
    assert verdict_on(*alone).startswith("Cannot tell: no backend has an interval")


def test_unclear() -> None:
    """A backend that may or may not be faster does not beat the loop."""
    assert "pool/w2, is indistinguishable from serial (95 % interval" in verdict_on(
        SERIAL, record("pool", 0.9, spread=0.3)
    )


def test_settled_is_not_unclear() -> None:
    """A backend that the launches of the whole race have settled is slower, whatever its own few say by themselves."""
    two = made_up.against(SERIAL, "spin/pool/w2", [[30.0], [10.0]], settled=True)
    text = verdict_on(SERIAL, two)
    assert text.startswith("Stay serial: the nearest, pool/w2, is slower, about 17.3x in 2 launches. ")
    assert "indistinguishable" in verdict_on(SERIAL, replace(two, settled=False))


def test_settled_is_no_tie() -> None:
    """A backend that is settled does not tie with the winner, however wide the interval of its few launches is."""
    two = made_up.against(SERIAL, "spin/joblib/w2", [[3.0], [1.0]], settled=True)
    assert "No other backend ties with it." in verdict_on(SERIAL, record("pool", 0.5), two)
    assert "It ties with joblib/w2." in verdict_on(SERIAL, record("pool", 0.5), replace(two, settled=False))


def test_without_baseline() -> None:
    """Without a serial loop there is no verdict on staying serial."""
    assert verdict_on(record("pool", 0.5)) == (
        "No verdict on staying serial, as there is no baseline; the fastest is pool/w2."
    )


def test_only_failures() -> None:
    """If everything failed there is no verdict, and each reason appears once with all its trials."""
    text = race_report([made_up.failed("spin/serial/w1"), made_up.failed("spin/pool/w2")])
    assert "No verdict: every trial failed, as no." in text
    assert "failed serial/w1, pool/w2: raised: no" in text


def test_table_is_sorted_by_time() -> None:
    """The fastest trial comes first."""
    rows = race_report([SERIAL, record("threads", 3.0), record("pool", 0.5)]).splitlines()
    heading = next(place for place, row in enumerate(rows) if row.startswith("trial "))
    assert [row.split()[0] for row in rows[heading + 1 :]] == ["pool/w2", "serial/w1", "threads/w2"]


def test_plain_text() -> None:
    """Without colour there are no escape codes, and names in brackets stay as they are."""
    bracketed = replace(record("pool", 0.5), name="spin/pool[call=map]/w2")
    plain = race_report([SERIAL, bracketed])
    assert "\x1b" not in plain
    assert "pool[call=map]/w2" in plain
    assert "\x1b" in race_report([SERIAL, bracketed], colour=True)


def test_usable_cpus_are_shown() -> None:
    """Every report gives the number of usable CPUs."""
    assert race_report([SERIAL], usable_cpus=3).startswith("spin: 100 tasks, 1 trial, 3 usable CPUs\n")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0213, "21.3 ms"), (1.5, "1.50 s"), (4.2e-5, "42.0 µs"), (0.0, "0.00000 ns"), (120, "120 s"), (None, "-")],
)
def test_seconds(value: float | None, text: str) -> None:
    """Times have three figures and a unit."""
    assert numbers.seconds(value) == text


def test_ratio() -> None:
    """A ratio is written with its interval."""
    assert numbers.ratio(Interval(1.834, 1.779, 1.881)) == "1.83x [1.78, 1.88]"


@pytest.mark.parametrize(
    ("speedup", "text"),
    [
        (Interval(1.834, 1.779, 1.881), "1.83x [1.78, 1.88]"),
        (Interval(0.824, 0.760, 0.893), "0.824x [0.760, 0.893]"),
        (Interval(0.00685, 0.00523, 0.00897), "146x slower [111, 191]"),
        (None, "-"),
    ],
)
def test_speedup(speedup: Interval | None, text: str) -> None:
    """A speedup far below 1 is written as a slowdown."""
    assert numbers.speedup(speedup) == text
