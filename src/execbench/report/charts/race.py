"""The charts of a run: an overview of all races, and for each race its speedups, its costs and its rounds."""

from collections.abc import Sequence

from execbench.records.record import Record
from execbench.report import numbers
from execbench.report.charts.chart import chart, drawn, ends, of_each, template
from execbench.report.document import Chart
from execbench.report.escape import labels
from execbench.report.scaling import Curve
from execbench.report.trials import Entry, middle, speedup_in_words
from execbench.stats import Interval


def overview(races: Sequence[tuple[str, Sequence[Entry]]]) -> list[Chart]:
    """Return a heat map of races, by title: every backend's speedup on every workload."""
    pairs = [
        (title, entry.record)
        for title, entries in races
        for entry in entries
        if not (entry.record.is_baseline or entry.record.is_control)
    ]
    names = labels(_backend(record) for _, record in pairs)
    rows = [{"workload": title, "entrant": names[_backend(record)], **_cell(record)} for title, record in pairs]
    faster = sum(record.speedup is not None and record.speedup.low > 1 for _, record in pairs)
    slower = sum(record.speedup is not None and record.speedup.high < 1 for _, record in pairs)
    words = (
        f"Heat map of {len(races):,} workloads on {len(names):,} backends: {faster:,} trials are faster than serial, "
        f"{slower:,} slower, {len(pairs) - faster - slower:,} neither or without a speedup."
    )
    return chart("overview", rows, words, pictured=True)


def race(entries: Sequence[Entry]) -> list[Chart]:
    """Return the charts that a race has data for; `entries` are its trials that were measured."""
    return [*_speedup(entries), *_phases(entries), *_cpu(entries), *_memory(entries)]


def rounds(entries: Sequence[Entry]) -> list[Chart]:
    """Return two charts of every timed round, which share their data: the spread of each trial, and its drift.

    A round's turn is its heat's place in the whole race, as each launch counts its heats from the start.
    """
    places = sorted({place for entry in entries for place in entry.record.samples.by_heat})
    turns = {place: turn for turn, place in enumerate(places, 1)}
    rows = [
        {"trial": entry.title, "launch": launch + 1, "heat": heat, "turn": turns[launch, heat], "seconds": seconds}
        for entry in entries
        for (launch, heat), seconds in entry.record.samples.by_heat.items()
    ]
    medians = of_each("Median of a round", entries, lambda record: numbers.seconds(record.samples.median))
    spreads = of_each("Slowest round over the fastest", entries, _spread)
    charts = chart("rounds", rows, medians)
    return [*charts, *(Chart(template("drift"), each.data, spreads) for each in charts)]


def workers(curves: Sequence[Curve]) -> list[Chart]:
    """Return the speedup and the efficiency of each backend by its number of workers."""
    names = labels(curve.name for curve in curves)
    points = [(names[curve.name], point) for curve in curves for point in curve.points]
    speedups = [(name, point.max_workers, point.speedup) for name, point in points]
    efficiencies = [(name, point.max_workers, point.efficiency) for name, point in points]
    return [*_by_workers("scaling", speedups, pictured=True), *_by_workers("efficiency", efficiencies)]


def _backend(record: Record) -> str:
    """What a trial has in common with those of other races: all but the workload and the number of tasks."""
    return "/".join(part for part in record.title.split("/") if part != f"n{record.size}")


def _cell(record: Record) -> dict[str, float | str | None]:
    """The speedup, in a few letters, and in words."""
    if not record.ok:
        return {"speedup": None, "short": "failed", "said": record.status}
    estimate = record.speedup.estimate if record.speedup else None
    short = "?" if estimate is None else numbers.three_figures(estimate)[:5]
    return {"speedup": estimate, "short": short, "said": speedup_in_words(record)}


def _speedup(entries: Sequence[Entry]) -> list[Chart]:
    known = [(entry.title, entry.record.speedup) for entry in entries if entry.record.speedup]
    rows = [{"trial": title, "speedup": speedup.estimate, **ends(speedup)} for title, speedup in known]
    return chart("speedup", rows, of_each("Speedups", entries, speedup_in_words), pictured=True)


def _phases(entries: Sequence[Entry]) -> list[Chart]:
    """What each trial takes to start, to warm up and to stop, next to a steady round."""
    rows = [
        {"trial": entry.title, "phase": phase, "seconds": seconds}
        for entry in entries
        for phase, seconds in (
            ("start-up", middle(entry.record.startup_seconds)),
            ("first call", middle(entry.record.first_call_seconds)),
            ("steady round", entry.record.samples.median),
            ("shutdown", middle(entry.record.shutdown_seconds)),
        )
        if seconds
    ]
    return chart("phases", rows, of_each("Start-up", entries, _startup), pictured=True)


def _cpu(entries: Sequence[Entry]) -> list[Chart]:
    """The wall time of a round next to its CPU time."""
    times = [(entry.title, "time", entry.record.samples.median) for entry in entries]
    times += [(entry.title, "CPU seconds", seconds) for entry in entries if (seconds := entry.record.cpu_seconds)]
    rows = [{"trial": title, "phase": phase, "seconds": seconds} for title, phase, seconds in times]
    return chart("cpu", rows, of_each("CPU seconds of a round", entries, _cpu_seconds))


def _memory(entries: Sequence[Entry]) -> list[Chart]:
    known = [(entry.title, entry.record.peak_memory_bytes) for entry in entries]
    rows = [{"trial": title, "bytes": size} for title, size in known if size is not None]
    return chart("memory", rows, of_each("Peak memory", entries, lambda r: numbers.memory(r.peak_memory_bytes)))


def _startup(record: Record) -> str:
    return f"{numbers.seconds(middle(record.startup_seconds))}, a round {numbers.seconds(record.samples.median)}"


def _cpu_seconds(record: Record) -> str:
    return f"{numbers.seconds(record.cpu_seconds)} in {numbers.seconds(record.samples.median)}"


def _spread(record: Record) -> str:
    return f"{numbers.three_figures(max(record.samples.seconds) / min(record.samples.seconds))}x"


def _by_workers(kind: str, points: Sequence[tuple[str, int, Interval]], *, pictured: bool = False) -> list[Chart]:
    rows = [
        {"backend": name, "workers": count, "value": shown.estimate, "low": shown.low, "high": shown.high}
        for name, count, interval in points
        for shown in [drawn(interval)]
    ]
    said = (f"{name} {numbers.three_figures(interval.estimate)} on {count} workers" for name, count, interval in points)
    return chart(kind, rows, f"{kind.capitalize()}: {'; '.join(said)}.", pictured=pictured)
