"""Numbers as people read them: three figures and a unit."""

from __future__ import annotations

from rich.filesize import decimal

from execbench.stats import Interval

_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def seconds(value: float | None) -> str:
    """Write a time: `21.3 ms`."""
    if value is None:
        return "-"
    scale, unit = next((pair for pair in _SECONDS if value >= pair[0]), _SECONDS[-1])
    return f"{three_figures(value / scale)} {unit}"


def memory(value: int | None) -> str:
    """Write a number of bytes: `31.0 MB`."""
    return "-" if value is None else decimal(value)


def ratio(interval: Interval | None) -> str:
    """Write a ratio with its interval: `1.83x [1.78, 1.88]`."""
    if interval is None:
        return "-"
    low, high = three_figures(interval.low), three_figures(interval.high)
    return f"{three_figures(interval.estimate)}x [{low}, {high}]"


def number(value: float) -> str:
    """Write a count as it is, anything else with three figures."""
    return f"{value:,}" if isinstance(value, int) else three_figures(value)


def three_figures(value: float) -> str:
    """Write a number with three significant figures and, but for absurd ones, no exponent."""
    size = abs(value)
    if size >= 1e9:  # what few launches that differ wildly give
        return f"{value:.2e}"
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}" if size >= 0.01 else f"{value:.5f}"
