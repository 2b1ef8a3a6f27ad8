"""What the two sides say of each trial that both measured: which samples are compared with which, and their ratio."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from execbench.comparison.sides import Side, SideRun, race_of
from execbench.records.record import Record
from execbench.stats import LogRatio, difference, launch_ratios, mean_of_launches, median_logs, planned

Basis: TypeAlias = Literal["paired", "baseline", "reference", "times"]
"""Heats that both raced in; speedups over each run's own serial loop; that loop over the reference kernel; or times."""

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
    """Return whether both sides are of the same runs, so that their trials raced in the same heats."""
    return [path.resolve() for path in old.paths] == [path.resolve() for path in new.paths]


def evidence(old: Side, new: Side) -> list[Evidence]:
    """Return the evidence on each trial that both sides measured without failing, in the order of the new side."""
    paired = are_paired(old, new)
    known = set(old.ids())
    shared = [id_ for id_ in new.ids() if id_ in known and not (failures(old, id_) or failures(new, id_))]
    return [_evidence(id_, old.runs, new.runs, paired) for id_ in shared]


def failures(side: Side, id_: str) -> list[Record]:
    """Return a trial's entries of the runs in which it failed."""
    return [run.trials[id_] for run in side.runs if id_ in run.trials and not run.trials[id_].ok]


def _evidence(id_: str, old_runs: Sequence[SideRun], new_runs: Sequence[SideRun], paired: bool) -> Evidence:
    old, new = ([run.trials[id_] for run in runs if id_ in run.trials] for runs in (old_runs, new_runs))
    if note := _difference_of_setups([*old, *new]):
        return Evidence(id_, _figures(old), _figures(new), None, note)
    ratio = _paired(id_, old_runs, new_runs) if paired else None
    ratio = ratio or _across_runs(id_, old_runs, new_runs)
    note = "" if ratio.logs else f"a side has only one of its {ratio.unit}, which cannot show how they differ"
    return Evidence(id_, _figures(old), _figures(new), ratio, note)


@dataclass(frozen=True)
class _Launches:
    """The logarithm that each launch of a run comes down to."""

    logs: Sequence[float]
    planned: int | None

    @property
    def extended(self) -> bool:
        """Whether launches were added because the first ones disagreed."""
        return self.planned is not None and len(self.logs) > self.planned


def _paired(id_: str, old: Iterable[SideRun], new: Iterable[SideRun]) -> Ratio | None:
    """Divide samples of the same heats; None where there are too few launches that both took part in."""
    runs = [
        _quotients(other.trials[id_], one.trials[id_])
        for one, other in zip(old, new, strict=True)
        if id_ in one.trials and id_ in other.trials
    ]
    if sum(len(run.logs) for run in runs) < 2:
        return None
    mean = _mean(runs, "launches")
    return Ratio("paired", mean, math.exp(float(mean.mean)), sum(len(run.logs) for run in runs), "launches")


def _across_runs(id_: str, old: Iterable[SideRun], new: Iterable[SideRun]) -> Ratio:
    """Compare what each run says of itself. Where each side has several runs, the run is the unit of evidence."""
    sides = [[run for run in runs if id_ in run.trials] for runs in (old, new)]
    basis, found = _on_best_basis(id_, sides)
    plain = all(len(run.logs) == 1 for side in found for run in side)
    unit: Unit = "runs" if plain or all(len(side) > 1 for side in found) else "launches"
    units = min(len(side) if unit == "runs" else sum(len(run.logs) for run in side) for side in found)
    estimates = [statistics.fmean(_values(side, unit)) for side in found]
    between = difference(_mean(found[1], unit), _mean(found[0], unit)) if units > 1 else None
    return Ratio(basis, between, math.exp(estimates[1] - estimates[0]), units, unit)


def _on_best_basis(id_: str, sides: Sequence[Sequence[SideRun]]) -> tuple[Basis, list[list[_Launches]]]:
    """Take the basis that tells code from machine best, of those that all runs have."""
    bases: dict[Basis, Callable[[SideRun, str], _Launches]] = {"baseline": _by_baseline}
    # Another Python runs the kernel, too, at another speed: that would hide what it does to the trial.
    if len({run.trials[id_].python.version for side in sides for run in side}) == 1:
        bases["reference"] = _by_reference
    for basis, launches_of in bases.items():
        found = [[launches_of(run, id_) for run in runs] for runs in sides]
        if all(run.logs for side in found for run in side):
            return basis, found
    return "times", [[_by_time(run, id_) for run in runs] for runs in sides]


def _mean(runs: Sequence[_Launches], unit: Unit) -> LogRatio:
    """Take the mean of all runs, or launches; how a run's launches came to be matters where they are the evidence."""
    extended = unit == "launches" and any(run.extended for run in runs)
    return mean_of_launches(_values(runs, unit), planned=0 if extended else None)


def _values(runs: Sequence[_Launches], unit: Unit) -> list[float]:
    if unit == "runs":
        return [statistics.fmean(run.logs) for run in runs]
    return [log for run in runs for log in run.logs]


def _by_baseline(run: SideRun, id_: str) -> _Launches:
    """How many times as long as the run's own serial loop the trial takes; nothing where there is none."""
    entry = run.trials[id_]
    baseline = run.baselines.get(race_of(entry))
    if baseline is None or entry.is_baseline:
        return _Launches([], None)
    return _quotients(entry, baseline)


def _quotients(numerator: Record, denominator: Record) -> _Launches:
    samples = numerator.samples, denominator.samples
    return _Launches(launch_ratios(*samples), planned(*samples))


def _by_reference(run: SideRun, id_: str) -> _Launches:
    """How many times as long as the reference kernel a serial loop takes; nothing for another trial."""
    entry = run.trials[id_]
    logs = launch_ratios(entry.samples, entry.reference) if entry.reference else []
    return _Launches(logs, entry.samples.planned)


def _by_time(run: SideRun, id_: str) -> _Launches:
    samples = run.trials[id_].samples
    return _Launches(median_logs(samples), samples.planned)


def _figures(entries: Sequence[Record]) -> Figures:
    cpu = [entry.cpu_seconds for entry in entries if entry.cpu_seconds is not None]
    memory = [entry.peak_memory_bytes for entry in entries if entry.peak_memory_bytes is not None]
    return Figures(
        seconds=statistics.median(seconds for entry in entries for seconds in entry.samples.seconds),
        launches=sum(len(set(entry.samples.launch)) for entry in entries),
        startup_seconds=[seconds for entry in entries for seconds in entry.startup_seconds],
        cpu_seconds=statistics.fmean(cpu) if cpu else None,
        peak_memory_bytes=max(memory, default=None),
    )


def _difference_of_setups(records: Sequence[Record]) -> str:
    """Say what makes trials of one name different trials."""
    first, *others = map(_setup, records)
    for other in others:
        for key, value in other.items():
            if first[key] != value:
                return f"not the same trial: its {key} differ{'' if key.endswith('s') else 's'}"
    return ""


def _setup(record: Record) -> dict[str, object]:
    """What has to be equal for two trials of one name to be the same trial."""
    return {
        "size": record.size,
        "workload options": record.workload_options,
        "backend options": record.backend_options,
        "chunksize": record.chunksize.used,
    }
