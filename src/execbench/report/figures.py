"""The charts of an artifact with their data, and in words for who cannot see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median

from execbench.compare.judging import Judged
from execbench.record import Record
from execbench.report import units
from execbench.report.charts import PHASES
from execbench.report.digest import Digest, RaceDigest, entrant, speedup_in_words
from execbench.report.drawing import Columns, Figure, Kind, five_figures
from execbench.report.names import labels
from execbench.report.trace_figures import of_traces
from execbench.report.verdict import is_baseline
from execbench.scaling import Curve, Point
from execbench.stats import Interval

_WIDEST = 30.0
"""An interval is drawn up to so many times its estimate, so that an endless one leaves room for the others."""


def overview(digest: Digest) -> Figure | None:
    """Return the heat map of all races, if there is any trial beside the baselines."""
    pairs = [(race, record) for race in digest.races for record in race.records if not is_baseline(record)]
    if not pairs:
        return None
    names = labels(entrant(record) for _, record in pairs)
    columns: Columns = {
        "workload": [race.title for race, _ in pairs],
        "entrant": [names[entrant(record)] for _, record in pairs],
        "speedup": [five_figures(record.speedup.estimate) if record.speedup else None for _, record in pairs],
        "short": [_short(record) for _, record in pairs],
        "said": [speedup_in_words(record) if record.ok else record.status for _, record in pairs],
    }
    faster = sum(record.speedup is not None and record.speedup.low > 1 for _, record in pairs)
    slower = sum(record.speedup is not None and record.speedup.high < 1 for _, record in pairs)
    words = (
        f"Heat map of {len(digest.races):,} workloads on {len(names):,} backends: {faster:,} trials are faster than "
    )
    words += f"serial, {slower:,} slower, {len(pairs) - faster - slower:,} neither or without a speedup."
    return Figure("overview", columns, words)


def of_race(race: RaceDigest) -> list[Figure]:
    """Return the charts of a race that it has data for."""
    records = race.measured
    rounds = _rounds(records)
    found = [
        Figure("speedup", _speedups(records), _of_each("Speedups", records, speedup_in_words)),
        Figure("phases", _phases(records), _of_each("Start-up", records, _startup)),
        Figure("cpu", _cpu(records), _of_each("CPU seconds of a round", records, _cpu_seconds)),
        Figure("memory", _memory(records), _of_each("Peak memory", records, _peak)),
        Figure("rounds", rounds, _of_each("Median of a round", records, _median)),
        Figure("drift", rounds, _of_each("Slowest round over the fastest", records, _spread)),
    ]
    drawn = (figure for figure in found if figure.columns["trial"])
    return [*drawn, *_growth(race.curves), *of_traces(records)]


def changes(trials: Sequence[Judged]) -> Figure | None:
    """Return the chart of a comparison, if any of its trials has an interval."""
    known = [(trial, trial.interval) for trial in trials if trial.interval is not None]
    if not known:
        return None
    names = labels(trial.id for trial in trials)
    columns: Columns = {
        "trial": [names[trial.id] for trial, _ in known],
        "verdict": [trial.verdict for trial, _ in known],
        "ratio": [five_figures(interval.estimate) for _, interval in known],
        **_ends([interval for _, interval in known]),
    }
    said = "; ".join(f"{names[trial.id]} {trial.verdict} {units.ratio(interval)}" for trial, interval in known)
    return Figure("change", columns, f"New over old: {said}.")


def _growth(curves: Sequence[Curve]) -> Iterator[Figure]:
    """Speedup and efficiency by workers."""
    points = [(curve.name, point) for curve in curves for point in curve.points]
    names = labels(name for name, _ in points)
    kinds: tuple[tuple[Kind, Callable[[Point], Interval]], ...] = (
        ("scaling", lambda point: point.speedup),
        ("efficiency", lambda point: point.efficiency),
    )
    for kind, interval_of in kinds if points else ():
        intervals = [interval_of(point) for _, point in points]
        columns: Columns = {
            "backend": [names[name] for name, _ in points],
            "workers": [point.max_workers for _, point in points],
            "value": [five_figures(interval.estimate) for interval in intervals],
            "low": [five_figures(max(interval.low, interval.estimate / _WIDEST)) for interval in intervals],
            "high": [five_figures(min(interval.high, interval.estimate * _WIDEST)) for interval in intervals],
        }
        said = (
            f"{name} {units.three_figures(interval.estimate)} on {point.max_workers} workers"
            for (name, point), interval in zip(points, intervals, strict=True)
        )
        yield Figure(kind, columns, f"{kind.capitalize()}: {'; '.join(said)}.")


def _of_each(what: str, records: Sequence[Record], say: Callable[[Record], str]) -> str:
    return f"{what}: {'; '.join(f'{record.title} {say(record)}' for record in records)}."


def _startup(record: Record) -> str:
    return f"{units.seconds(median(record.startup_seconds))}, a round {_median(record)}"


def _cpu_seconds(record: Record) -> str:
    return f"{units.seconds(record.cpu_seconds)} in {_median(record)}"


def _peak(record: Record) -> str:
    return units.memory(record.peak_memory_bytes)


def _median(record: Record) -> str:
    return units.seconds(record.samples.median)


def _spread(record: Record) -> str:
    seconds = record.samples.seconds
    return f"{units.three_figures(max(seconds) / min(seconds))}x" if min(seconds) > 0 else "-"


def _short(record: Record) -> str:
    if not record.ok:
        return "failed"
    return units.three_figures(record.speedup.estimate)[:5] if record.speedup else "?"


def _speedups(records: Iterable[Record]) -> Columns:
    known = [(record.title, record.speedup) for record in records if record.speedup]
    return {
        "trial": [title for title, _ in known],
        "speedup": [five_figures(speedup.estimate) for _, speedup in known],
        **_ends([speedup for _, speedup in known]),
    }


def _ends(intervals: Sequence[Interval]) -> Columns:
    """Where intervals end, and where they are drawn to."""
    return {
        "low": [five_figures(interval.low) for interval in intervals],
        "high": [five_figures(interval.high) for interval in intervals],
        "from": [five_figures(max(interval.low, interval.estimate / _WIDEST)) for interval in intervals],
        "to": [five_figures(min(interval.high, interval.estimate * _WIDEST)) for interval in intervals],
    }


def _phases(records: Iterable[Record]) -> Columns:
    rows = [
        (record.title, phase, seconds)
        for record in records
        for phase, seconds in zip(
            PHASES,
            (
                _middle(record.startup_seconds),
                _middle(record.first_call_seconds),
                record.samples.median,
                _middle(record.shutdown_seconds),
            ),
            strict=True,
        )
    ]
    return _timed(rows)


def _cpu(records: Sequence[Record]) -> Columns:
    rows = [(record.title, "time", record.samples.median) for record in records]
    return _timed([*rows, *((record.title, "CPU seconds", record.cpu_seconds) for record in records)])


def _timed(rows: Iterable[tuple[str, str, float | None]]) -> Columns:
    """Rows that have a place on a logarithmic scale."""
    drawn = [(trial, phase, seconds) for trial, phase, seconds in rows if seconds is not None and seconds > 0]
    return {
        "trial": [trial for trial, _, _ in drawn],
        "phase": [phase for _, phase, _ in drawn],
        "seconds": [five_figures(seconds) for _, _, seconds in drawn],
    }


def _memory(records: Iterable[Record]) -> Columns:
    known = [(record.title, record.peak_memory_bytes) for record in records if record.peak_memory_bytes is not None]
    return {"trial": [title for title, _ in known], "bytes": [size for _, size in known]}


def _rounds(records: Sequence[Record]) -> Columns:
    """Every timed round; its turn is its heat's place in the whole race, as each launch counts its heats anew."""
    places = sorted(
        {heat for record in records for heat in zip(record.samples.launch, record.samples.heat, strict=True)}
    )
    turns = {heat: turn for turn, heat in enumerate(places, 1)}
    rows = [
        (record.title, launch + 1, heat, turns[launch, heat], five_figures(seconds))
        for record in records
        for (launch, heat), seconds in record.samples.by_heat.items()
        if seconds > 0
    ]
    names = ("trial", "launch", "heat", "turn", "seconds")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None
