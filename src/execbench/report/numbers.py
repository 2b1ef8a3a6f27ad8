"""Numbers as people read them: three figures and a unit."""

from rich.filesize import decimal

from execbench.stats import Interval

SLOWER = 0.5
"""A speedup of at most this is said as how many times slower."""

_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def seconds(value: float | None) -> str:
    """Write a time: `21.3 ms`."""
    if value is None:
        return "-"
    scale, unit = next((pair for pair in _SECONDS if value >= pair[0]), _SECONDS[-1])
    return f"{three_figures(value / scale)} {unit}"


def seconds_interval(interval: Interval) -> str:
    """Write a time with its interval: `41.2 µs [38.0 µs, 44.6 µs]`."""
    estimate, low, high = map(seconds, (interval.estimate, interval.low, interval.high))
    return f"{estimate} [{low}, {high}]"


def memory(value: int | None) -> str:
    """Write a number of bytes: `31.0 MB`."""
    return "-" if value is None else decimal(value)


def ratio(interval: Interval | None) -> str:
    """Write a ratio with its interval: `1.83x [1.78, 1.88]`."""
    if interval is None:
        return "-"
    low, high = three_figures(interval.low), three_figures(interval.high)
    return f"{three_figures(interval.estimate)}x [{low}, {high}]"


def speedup(interval: Interval | None) -> str:
    """Write a speedup with its interval: `1.83x [1.78, 1.88]`, or far below 1 `146x slower [111, 191]`."""
    if interval is None or interval.estimate > SLOWER:
        return ratio(interval)
    return ratio(slowdown(interval)).replace("x ", "x slower ", 1)


def speedup_estimate(value: float) -> str:
    """Write a speedup without its interval: `1.83x`, `146x slower`."""
    return f"{three_figures(value)}x" if value > SLOWER else f"{three_figures(1 / value)}x slower"


def slowdown(interval: Interval) -> Interval:
    """Return how many times slower what has a speedup is."""
    return Interval(1 / interval.estimate, 1 / interval.high, 1 / interval.low)


def share(interval: Interval | None) -> str:
    """Write a share with its interval: `12.3 % [11.0, 13.6]`."""
    if interval is None:
        return "-"
    estimate, low, high = (three_figures(value * 100) for value in (interval.estimate, interval.low, interval.high))
    return f"{estimate} % [{low}, {high}]"


def percent(value: float, digits: int = 0) -> str:
    """Write a share: `75 %`."""
    return f"{100 * value:.{digits}f} %"


def number(value: float) -> str:
    """Write a count as it is, anything else with three figures."""
    return f"{value:,}" if isinstance(value, int) else three_figures(value)


def count(value: int, what: str) -> str:
    """Write a number of things: `1 task`, `5,000 tasks`."""
    return f"{value:,} {what}{'' if value == 1 else 's'}"


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


def five_figures(value: float) -> float:
    """Return a number with as many figures as a chart can show, and a file should hold."""
    return float(f"{value:.5g}")
