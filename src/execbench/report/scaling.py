"""How a backend's speedup grows with its workers: efficiency, and the part of the work that does not get faster.

With S the speedup on p workers, as measured against the serial loop of the same heats:

- **Efficiency** is S / p.
- **Karp and Flatt's serial fraction** ("Measuring parallel processor performance", 1990) is (1/S - 1/p) / (1 - 1/p):
  the fraction that would have to be serial for this one speedup. It falls as S grows, so the interval of S gives its
  own. Where it grows with p, the cause is growing overhead, not serial code.
- **Amdahl's serial fraction** is the one f that fits all speedups by 1/S = f + (1 - f)/p. It is fitted within each
  launch, by least squares; launches are the sample, as everywhere, and the interval is Student's.

A number of workers above the usable CPUs says nothing about Amdahl's law, and fewer than three numbers up to them
cannot show whether it holds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from execbench.records.record import Record
from execbench.report import columns, numbers
from execbench.report.columns import Field, shown
from execbench.report.document import Block, Items, Section, lines
from execbench.report.trials import grouped
from execbench.stats import Interval, mean_of_launches, ratios_by_launch

MIN_POINTS = 3
"""A fit needs this many numbers of workers, from 2 to the usable CPUs."""

Trend: TypeAlias = Literal["grows", "falls", "steady"]

_TRENDS: Mapping[Trend, str] = {
    "grows": "grows with the workers, so overhead is the cause rather than serial code",
    "falls": "falls with the workers",
    "steady": "does not change with the workers beyond its intervals",
}


@dataclass(frozen=True)
class Point:
    """One number of workers."""

    max_workers: int
    speedup: Interval
    efficiency: Interval
    serial_fraction: Interval | None
    """Karp and Flatt's; None for a single worker."""
    beyond_cpus: bool
    """There are more workers than usable CPUs."""


@dataclass(frozen=True)
class Curve:
    """A backend with its options, on every number of workers that it raced with."""

    name: str
    points: Sequence[Point]
    serial_fraction: Interval | None
    """Amdahl's."""
    missing: str
    """Why there is no such fit."""

    @property
    def trend(self) -> Trend | None:
        """How Karp and Flatt's fraction changes with the workers; None for fewer than two points."""
        known = [point.serial_fraction for point in self.points if point.serial_fraction and not point.beyond_cpus]
        if len(known) < 2:
            return None
        first, last = known[0], known[-1]
        if last.low > first.high:
            return "grows"
        return "falls" if last.high < first.low else "steady"


def curves(records: Sequence[Record], usable_cpus: int) -> list[Curve]:
    """Return a curve for each backend of a race that ran on several numbers of workers."""
    found: list[Curve] = []
    ok = [record for record in records if record.ok and not record.is_control]
    for group in grouped(ok, lambda record: record.python.name).values():
        serial = next((record for record in group if record.is_baseline), None)
        rivals = [record for record in group if not record.is_baseline and record.speedup]
        found += [
            _curve(sorted(family, key=lambda record: record.max_workers), serial, usable_cpus)
            for family in grouped(rivals, family_name).values()
            if serial is not None and len({record.max_workers for record in family}) > 1
        ]
    return found


def family_name(record: Record) -> str:
    """Return the title that trials share if they differ only in the number of workers."""
    return "/".join(part for part in record.title.split("/") if part != f"w{record.max_workers}")


def karp_flatt(speedup: Interval, max_workers: int) -> Interval | None:
    """Return the serial fraction that one speedup implies; None for a single worker."""
    if max_workers < 2:
        return None
    share = 1 / max_workers
    estimate, low, high = ((1 / value - share) / (1 - share) for value in (speedup.estimate, speedup.high, speedup.low))
    return Interval(estimate, low, high)


def amdahl(ratios: Mapping[int, Sequence[float]]) -> Interval | None:
    """Fit Amdahl's law.

    Args:
        ratios: For each number of workers, its time as a fraction of the serial loop's, for each launch, in the same
            order for all.

    Returns:
        The serial fraction with its 95 % interval; None for fewer than two launches.
    """
    gaps = [1 - 1 / workers for workers in ratios]
    weight = sum(gap * gap for gap in gaps)
    fractions = [
        sum(gap * (time - 1 / workers) for gap, workers, time in zip(gaps, ratios, times, strict=True)) / weight
        for times in zip(*ratios.values(), strict=True)
    ]
    if len(fractions) < 2:
        return None
    found = mean_of_launches(fractions)
    mean, margin = float(found.mean), float(found.margin(0.95))
    return Interval(mean, mean - margin, mean + margin)


def _curve(family: Sequence[Record], serial: Record, usable_cpus: int) -> Curve:
    name = family_name(family[0])
    points = [_point(record, usable_cpus) for record in family if record.speedup]
    within = [record for record in family if 1 < record.max_workers <= usable_cpus]
    if len(within) < MIN_POINTS:
        there = f"{len(within)} between 2 workers and the {usable_cpus} usable CPUs"
        return Curve(name, points, None, f"not enough points: {there}, and a fit needs {MIN_POINTS}")
    times = {record.max_workers: ratios_by_launch(record.samples, serial.samples) for record in within}
    shared = sorted(set.intersection(*(set(launches) for launches in times.values())))
    fit = amdahl({workers: [math.exp(logs[launch]) for launch in shared] for workers, logs in times.items()})
    return Curve(name, points, fit, "" if fit else "not enough launches that all numbers of workers took part in")


def _point(record: Record, usable_cpus: int) -> Point:
    assert record.speedup is not None
    speedup, workers = record.speedup, record.max_workers
    efficiency = Interval(speedup.estimate / workers, speedup.low / workers, speedup.high / workers)
    return Point(workers, speedup, efficiency, karp_flatt(speedup, workers), workers > usable_cpus)


# In words -------------------------------------------------------------------------------------------------------------


_FIELDS: Sequence[Field[Point]] = [
    shown("workers", lambda p: f"{p.max_workers}{' (beyond the CPUs)' if p.beyond_cpus else ''}", numeric=True),
    shown("speedup [95 %]", lambda point: numbers.speedup(point.speedup), numeric=True),
    shown("efficiency [95 %]", lambda point: numbers.share(point.efficiency), numeric=True),
    shown("serial fraction [95 %]", lambda point: numbers.share(point.serial_fraction), numeric=True),
]


def section(curves: Sequence[Curve]) -> list[Block]:
    """Return the part of a race's report that shows its curves, if there are any."""
    if not curves:
        return []
    points = [(curve.name, point) for curve in curves for point in curve.points]
    table = columns.table("backend", _FIELDS, points, "Scaling")
    return [Section("Scaling", [table, Items(lines(map(sentence, curves)), label="scaling")])]


def sentence(curve: Curve) -> str:
    """Say which serial fraction a backend's speedups imply, or why that is unknown."""
    fraction = curve.serial_fraction
    if fraction is None:
        said = f"unknown: {curve.missing}"
    else:
        limit = f", so at most {numbers.three_figures(1 / fraction.estimate)}x with any number of workers"
        said = f"{numbers.share(fraction)}{limit if fraction.low > 0 else ''}"
    trend = f"; Karp and Flatt's {_TRENDS[curve.trend]}" if curve.trend else ""
    return f"{curve.name}: Amdahl's serial fraction is {said}{trend}"
