"""What the two sides say of each trial that both measured: which samples are held against which, and their ratio."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from execbench.compare.reading import Entry, ReadRun
from execbench.compare.sides import Side
from execbench.stats import LogRatio, difference_of_launches, launch_ratios, mean_of_launches, median_logs

Basis: TypeAlias = Literal["paired", "baseline", "times"]
"""Heats that both raced in; speedups over each run's own serial loop; or the times alone."""

Unit: TypeAlias = Literal["launches", "runs"]


@dataclass(frozen=True)
class Figures:
    """What one side measured of a trial, over its runs; null where it is unknown."""

    seconds: float
    """The median round."""
    launches: int
    startup_seconds: Sequence[float]
    """Of each launch."""
    cpu_seconds: float | None
    peak_memory_bytes: float | None


@dataclass(frozen=True)
class Ratio:
    """How many times as long a trial takes on the new side."""

    basis: Basis
    logs: LogRatio | None
    """Null where there is too little to tell how sure the ratio is."""
    estimate: float
    units: int
    """Launches, or runs, of the side that has fewer."""
    unit: Unit


@dataclass(frozen=True)
class Evidence:
    """What there is to judge a trial by."""

    id: str
    old: Figures
    new: Figures
    ratio: Ratio | None
    """Null where the two are not the same trial."""
    note: str = ""
    """Why there is no interval."""


def are_paired(old: Side, new: Side) -> bool:
    """Tell whether both sides are of the same runs, so that their trials raced in the same heats."""
    return [path.resolve() for path in old.paths] == [path.resolve() for path in new.paths]


def evidence(old: Side, new: Side) -> list[Evidence]:
    """Return the evidence on each trial that both sides measured without failing, in the order of the new side."""
    paired = are_paired(old, new)
    known = set(old.ids())
    shared = [id_ for id_ in new.ids() if id_ in known and not (failures(old, id_) or failures(new, id_))]
    return [_evidence(id_, old.runs, new.runs, paired) for id_ in shared]


def failures(side: Side, id_: str) -> list[Entry]:
    """Return a trial's entries of the runs in which it failed."""
    return [run.entries[id_] for run in side.runs if id_ in run.entries and not run.entries[id_].ok]


def _evidence(id_: str, old_runs: Sequence[ReadRun], new_runs: Sequence[ReadRun], paired: bool) -> Evidence:
    old, new = ([run.entries[id_] for run in runs if id_ in run.entries] for runs in (old_runs, new_runs))
    if note := _difference_of_setups([entry.setup for entry in (*old, *new)]):
        return Evidence(id_, _figures(old), _figures(new), None, note)
    ratio = _paired(id_, old_runs, new_runs) if paired else None
    ratio = ratio or _across_runs(id_, old_runs, new_runs)
    note = "" if ratio.logs else f"a side has one of its {ratio.unit} only, which tells nothing of how they differ"
    return Evidence(id_, _figures(old), _figures(new), ratio, note)


def _paired(id_: str, old: Iterable[ReadRun], new: Iterable[ReadRun]) -> Ratio | None:
    """Divide samples of the same heats; None where there are too few launches that both took part in."""
    logs: list[float] = []
    for one, other in zip(old, new, strict=True):
        if id_ in one.entries and id_ in other.entries:
            logs += launch_ratios(other.entries[id_].samples, one.entries[id_].samples)
    if len(logs) < 2:
        return None
    mean = mean_of_launches(logs)
    return Ratio("paired", mean, math.exp(float(mean.mean)), len(logs), "launches")


def _across_runs(id_: str, old: Iterable[ReadRun], new: Iterable[ReadRun]) -> Ratio:
    """Compare what each run says of itself. Where each side has several runs, the run is the unit of evidence."""
    sides = [[run for run in runs if id_ in run.entries] for runs in (old, new)]
    basis: Basis = "baseline"
    logs = [[_logs_by_baseline(run, id_) for run in runs] for runs in sides]
    if not all(launches for runs in logs for launches in runs):
        basis, logs = "times", [[median_logs(run.entries[id_].samples) for run in runs] for runs in sides]
    plain = all(len(launches) == 1 for runs in logs for launches in runs)
    unit: Unit = "runs" if plain or all(len(runs) > 1 for runs in logs) else "launches"
    if unit == "runs":
        old_logs, new_logs = ([statistics.fmean(launches) for launches in runs] for runs in logs)
    else:
        old_logs, new_logs = ([log for launches in runs for log in launches] for runs in logs)
    units = min(len(old_logs), len(new_logs))
    difference = difference_of_launches(new_logs, old_logs) if units > 1 else None
    return Ratio(basis, difference, math.exp(statistics.fmean(new_logs) - statistics.fmean(old_logs)), units, unit)


def _logs_by_baseline(run: ReadRun, id_: str) -> list[float]:
    """How many times as long as the run's own serial loop the trial takes; nothing where there is none."""
    entry = run.entries[id_]
    baseline = run.baselines.get(entry.race)
    if baseline is None or entry.is_baseline:
        return []
    return launch_ratios(entry.samples, baseline.samples)


def _figures(entries: Sequence[Entry]) -> Figures:
    cpu = [entry.cpu_seconds for entry in entries if entry.cpu_seconds is not None]
    memory = [entry.peak_memory_bytes for entry in entries if entry.peak_memory_bytes is not None]
    return Figures(
        seconds=statistics.median(seconds for entry in entries for seconds in entry.samples.seconds),
        launches=sum(len(set(entry.samples.launch)) for entry in entries),
        startup_seconds=[seconds for entry in entries for seconds in entry.startup_seconds],
        cpu_seconds=statistics.fmean(cpu) if cpu else None,
        peak_memory_bytes=max(memory, default=None),
    )


def _difference_of_setups(setups: Sequence[Mapping[str, Any]]) -> str:
    """Say what makes trials of one name different trials."""
    first = setups[0]
    for other in setups[1:]:
        for key in other:
            if first.get(key) != other[key]:
                return f"not the same trial: its {key.replace('_', ' ')} differ{'' if key.endswith('s') else 's'}"
    return ""
