"""Scaling in words: what each backend gains from more workers."""

from __future__ import annotations

from collections.abc import Sequence

from execbench.report import units
from execbench.scaling import Curve, Point
from execbench.stats import Interval

HEADINGS = ("backend", "workers", "speedup [95 %]", "efficiency [95 %]", "serial fraction [95 %]")

_TRENDS = {
    "grows": "it grows with the workers, so that overhead is the cause rather than serial code",
    "falls": "it falls with the workers",
    "steady": "it does not change with the workers beyond its intervals",
}


def rows(curves: Sequence[Curve]) -> list[tuple[str, ...]]:
    """Return the cells of a line for each backend and number of workers."""
    return [(curve.name, *_cells(point)) for curve in curves for point in curve.points]


def sentences(curves: Sequence[Curve]) -> list[str]:
    """Say for each backend what serial fraction its speedups amount to, or why that cannot be said."""
    return [f"{curve.name}: {_sentence(curve)}" for curve in curves]


def share(interval: Interval | None) -> str:
    """Write a share with its interval: `12.3 % [11.0, 13.6]`."""
    if interval is None:
        return "-"
    estimate, low, high = (
        units.three_figures(value * 100) for value in (interval.estimate, interval.low, interval.high)
    )
    return f"{estimate} % [{low}, {high}]"


def _cells(point: Point) -> tuple[str, ...]:
    beyond = " (beyond the CPUs)" if point.beyond_cpus else ""
    figures = (units.ratio(point.speedup), share(point.efficiency), share(point.serial_fraction))
    return (f"{point.max_workers}{beyond}", *figures)


def _sentence(curve: Curve) -> str:
    trend = f"; {_TRENDS[curve.trend]}" if curve.trend else ""
    if curve.serial_fraction is None:
        return (
            f"Amdahl's serial fraction unknown, {curve.missing}{trend.replace('; it', '; that of Karp and Flatt', 1)}"
        )
    fraction = curve.serial_fraction
    most = (
        f", at most {units.three_figures(1 / fraction.estimate)}x with any number of workers"
        if fraction.low > 0
        else ""
    )
    return f"Amdahl's serial fraction {share(fraction)}{most}; by Karp and Flatt {_TRENDS[curve.trend or 'steady']}"
