"""Numbers as people read them: three significant figures and a unit."""

from rich.filesize import decimal

from execbench.stats import Interval

SLOWER = 0.5
"""A speedup up to this is written as a slowdown."""

_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def seconds(value: float | None) -> str:
    """Write a time: `21.3 ms`."""
    if value is None:
        return "-"
    scale, unit = next((pair for pair in _SECONDS if value >= pair[0]), _SECONDS[-1])
    return f"{three_figures(value / scale)} {unit}"


def seconds_interval(interval: Interval) -> str:
    """Write a time with its interval: `41.2 µs [38.0 µs, 44.6 µs]`."""
    return f"{seconds(interval.estimate)} [{seconds(interval.low)}, {seconds(interval.high)}]"


def memory(value: int | None) -> str:
    """Write a number of bytes: `31.0 MB`."""
    return "-" if value is None else decimal(value)


def ratio(interval: Interval | None) -> str:
    """Write a ratio with its interval: `1.83x [1.78, 1.88]`."""
    return "-" if interval is None else _with_interval(interval, "x")


def speedup(interval: Interval | None) -> str:
    """Write a speedup with its interval: `1.83x [1.78, 1.88]`; far below 1 as `146x slower [111, 191]`."""
    if interval is None or interval.estimate > SLOWER:
        return ratio(interval)
    return _with_interval(slowdown(interval), "x slower")


def confidence(interval: Interval) -> str:
    """Write an interval within a sentence: `95 % interval 1.78 to 1.88`."""
    return f"95 % interval {three_figures(interval.low)} to {three_figures(interval.high)}"


def slowdown(interval: Interval) -> Interval:
    """Return the inverse of a speedup."""
    return Interval(1 / interval.estimate, 1 / interval.high, 1 / interval.low)


def share(interval: Interval | None) -> str:
    """Write a share with its interval: `12.3 % [11.0, 13.6]`."""
    if interval is None:
        return "-"
    return _with_interval(Interval(100 * interval.estimate, 100 * interval.low, 100 * interval.high), " %")


def percent(value: float, digits: int = 0) -> str:
    """Write a share: `75 %`."""
    return f"{100 * value:.{digits}f} %"


def number(value: float) -> str:
    """Write an integer in full, and any other number with three figures."""
    return f"{value:,}" if isinstance(value, int) else three_figures(value)


def count(value: int, what: str) -> str:
    """Write a number of things: `1 task`, `5,000 tasks`."""
    return f"{value:,} {what}{'' if value == 1 else 's'}"


def mean_count(value: float) -> str:
    """Write a mean of counts with three significant figures: `22,900`, `5`."""
    return f"{value:.3g}" if value < 999.5 else f"{float(f'{value:.3g}'):,.0f}"


def three_figures(value: float) -> str:
    """Write a number with three significant figures, and without an exponent unless it is very large or small."""
    size = abs(value)
    if size >= 1e9 or 0 < size < 1e-5:  # a few launches that differ wildly, the last bits of a float
        return f"{value:.2e}"
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}" if size >= 0.01 else f"{value:.5f}"


def _with_interval(interval: Interval, unit: str) -> str:
    estimate, low, high = map(three_figures, (interval.estimate, interval.low, interval.high))
    return f"{estimate}{unit} [{low}, {high}]"
