"""The evidence on each trial that both sides measured: which samples are compared with which, and their ratio."""

import itertools
import math
import statistics
from collections.abc import Hashable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Literal, TypeAlias

import msgspec

from execbench.comparison.sides import Race, Side, SideRun, race_of
from execbench.records.record import MemoryCounts, Record
from execbench.records.usage import FIGURES, Usage
from execbench.stats import LogRatio, Samples, difference, logs_of_all, mean_of_launches, planned

Basis: TypeAlias = Literal["paired", "baseline", "reference", "times"]
"""Heats that both raced in; speedups over each run's own serial loop; that loop over the reference kernel; or times."""

BASES: Sequence[Basis] = ("baseline", "reference", "times")
"""For sides of different runs, the one that separates code from machine best first."""

Unit: TypeAlias = Literal["launches", "runs"]

_SETUP = {
    "size": "its size differs",
    "workload_options": "its workload options differ",
    "backend_options": "its backend options differ",
    "chunksize.used": "its chunksize differs",
}
"""What must be equal for two trials of one name to be the same trial."""

setup_of = attrgetter(*_SETUP)


class Figures(msgspec.Struct, frozen=True):
    """What one side measured of a trial, over its runs; None where it is unknown."""

    seconds: float
    """The median round."""
    launches: int
    startup_seconds: Sequence[float]
    """Of each launch."""
    cpu_seconds: float | None
    peak_memory_bytes: float | None
    memory_counts: MemoryCounts | None
    """What memory is the sum of; None where that differs between the runs."""
    usage: Mapping[str, float]
    """What else a round used, by the names of `Usage`, without what is unknown."""


class Ratio(msgspec.Struct, frozen=True):
    """How many times as long a trial takes on the new side."""

    basis: Basis
    logs: LogRatio | None
    """None where there is too little for an interval."""
    estimate: float
    units: int
    """How many launches, or runs, the side with fewer has."""
    unit: Unit


class Evidence(msgspec.Struct, frozen=True):
    """What a trial is judged by."""

    id: str
    old: Figures
    new: Figures
    ratio: Ratio | None
    """None where the two are not the same trial."""
    note: str = ""
    """Why there is no interval."""


def are_paired(old: Side, new: Side) -> bool:
    """Return whether both sides are of the same runs, so that their trials ran in the same heats."""
    return [run.path.resolve() for run in old.runs] == [run.path.resolve() for run in new.runs]


def evidence(old: Side, new: Side) -> list[Evidence]:
    """Return the evidence on each trial that both sides measured without failing, in the order of the new side."""
    known = set(old.ids())
    shared = [id_ for id_ in new.ids() if id_ in known and not (failures(old, id_) or failures(new, id_))]
    entries = [[[run.trials[id_] for run in side.runs if id_ in run.trials] for side in (old, new)] for id_ in shared]
    notes = [_difference_of_setups([*ours, *theirs]) for ours, theirs in entries]
    same = [id_ for id_, note in zip(shared, notes, strict=True) if not note]
    logs = _paired(same, old.runs, new.runs) if are_paired(old, new) else {}
    logs |= _across_runs([id_ for id_ in same if id_ not in logs], old.runs, new.runs)
    ratios = _ratios([logs.get(id_) for id_ in shared])
    return [
        Evidence(id_, _figures(ours), _figures(theirs), ratio, note or _lack(ratio))
        for id_, (ours, theirs), ratio, note in zip(shared, entries, ratios, notes, strict=True)
    ]


def failures(side: Side, id_: str) -> list[Record]:
    """Return a trial's entries of the runs in which it failed."""
    return [run.trials[id_] for run in side.runs if id_ in run.trials and not run.trials[id_].ok]


def _lack(ratio: Ratio | None) -> str:
    """Say why a ratio has no interval, if it has none."""
    if ratio is None or ratio.logs is not None:
        return ""
    return f"a side has only one of its {ratio.unit}, which cannot show how they differ"


class Launches(msgspec.Struct, frozen=True):
    """The launches of a run, each as one logarithm."""

    logs: Sequence[float] = ()
    extended: bool = False
    """Launches were added because the first ones disagreed."""


def _launches(trials: Sequence[tuple[Samples, Samples | None]]) -> list[Launches]:
    """Divide samples by those of the same heats, or take the times alone."""
    found = []
    for samples, logs in zip(trials, logs_of_all(trials), strict=True):
        least = planned(*(each for each in samples if each is not None))
        found.append(Launches(logs, least is not None and len(logs) > least))
    return found


class _Logs(msgspec.Struct, frozen=True):
    """What the ratio of one trial is made of: logarithms of launches or runs."""

    basis: Basis
    unit: Unit
    sides: Sequence[Sequence[float]]
    """The new and the old side, or one whose logarithms are those of ratios already."""
    extended: Sequence[bool]
    """Of each side: launches were added."""


def _paired(ids: Iterable[str], old: Sequence[SideRun], new: Sequence[SideRun]) -> dict[str, _Logs]:
    """Divide samples of the same heats; without the trials that have too few launches that both took part in."""
    both = [(one.trials, other.trials) for one, other in zip(old, new, strict=True)]
    places = [(id_, one, other) for id_ in ids for one, other in both if id_ in one and id_ in other]
    runs: dict[str, list[Launches]] = {}
    launches = _launches([(other[id_].samples, one[id_].samples) for id_, one, other in places])
    for (id_, _, _), found in zip(places, launches, strict=True):
        runs.setdefault(id_, []).append(found)
    return {
        id_: _Logs("paired", "launches", [_values(of_trial, "launches")], [any(run.extended for run in of_trial)])
        for id_, of_trial in runs.items()
        if sum(len(run.logs) for run in of_trial) > 1
    }


def _across_runs(ids: Iterable[str], old: Sequence[SideRun], new: Sequence[SideRun]) -> dict[str, _Logs]:
    """Compare what each run measured by itself, on the best basis that all runs have: the first separates most."""
    rest, found = list(ids), {}
    for basis in BASES:
        sides = [[on_basis(basis, _entries(run, rest), run.baselines) for run in runs] for runs in (new, old)]
        for id_ in rest:
            launches = [[of_run[id_] for of_run in side if id_ in of_run] for side in sides]
            if all(run.logs for side in launches for run in side) and _is_fair(basis, id_, (*old, *new)):
                found[id_] = _logs(basis, launches)
        rest = [id_ for id_ in rest if id_ not in found]
    return found


def _entries(run: SideRun, ids: Iterable[str]) -> dict[str, Record]:
    return {id_: run.trials[id_] for id_ in ids if id_ in run.trials}


def on_basis(basis: Basis, entries: Mapping[str, Record], baselines: Mapping[Race, Record]) -> dict[str, Launches]:
    """Return the launches of each trial of a run, which has these baselines; none where it lacks the basis."""
    launches = _launches([_divided(entry, basis, baselines) for entry in entries.values()])
    return dict(zip(entries, launches, strict=True))


def _divided(entry: Record, basis: Basis, baselines: Mapping[Race, Record]) -> tuple[Samples, Samples | None]:
    """Return a trial's samples and what to divide them by."""
    if basis == "times":
        return entry.samples, None
    baseline = None if entry.is_baseline else baselines.get(race_of(entry))
    denominator = entry.reference if basis == "reference" else baseline and baseline.samples
    return (entry.samples, denominator) if denominator else (Samples(), None)


def _is_fair(basis: Basis, id_: str, runs: Iterable[SideRun]) -> bool:
    """Another Python runs the reference kernel at another speed, which would hide the change in the trial."""
    return basis != "reference" or len({run.trials[id_].python.version for run in runs if id_ in run.trials}) == 1


def _logs(basis: Basis, sides: Sequence[Sequence[Launches]]) -> _Logs:
    """Join the runs of each side. Where both sides have several runs, the run is the unit of evidence."""
    plain = all(len(run.logs) == 1 for side in sides for run in side)
    unit: Unit = "runs" if plain or all(len(side) > 1 for side in sides) else "launches"
    # Only for launches it matters whether some were added.
    extended = [unit == "launches" and any(run.extended for run in side) for side in sides]
    return _Logs(basis, unit, [_values(side, unit) for side in sides], extended)


def _ratios(trials: Sequence[_Logs | None]) -> list[Ratio | None]:
    """Return the ratio of each trial: those with as many launches all at once, as there may be thousands."""
    ratios: list[Ratio | None] = [None] * len(trials)
    alike: dict[Hashable, list[int]] = {}
    for place, logs in enumerate(trials):
        if logs is not None:
            alike.setdefault((*map(len, logs.sides), *logs.extended), []).append(place)
    for places in alike.values():
        group = [logs for place in places if (logs := trials[place]) is not None]
        for place, logs, ratio in zip(places, group, _log_ratios(group), strict=True):
            new, *old = map(statistics.fmean, logs.sides)
            units = min(map(len, logs.sides))
            ratios[place] = Ratio(logs.basis, ratio, math.exp(new - sum(old)), units, logs.unit)
    return ratios


def _log_ratios(group: Sequence[_Logs]) -> Iterable[LogRatio | None]:
    """Return the ratio of each trial of a group, all of which have as many launches; None where one side has one."""
    first = group[0]
    if min(map(len, first.sides)) < 2:
        return [None] * len(group)
    sides = zip(*(logs.sides for logs in group), strict=True)
    means = [mean_of_launches(side, 0 if added else None) for side, added in zip(sides, first.extended, strict=True)]
    ratio = difference(*means) if len(means) > 1 else means[0]
    return itertools.starmap(LogRatio, zip(ratio.mean, ratio.error, ratio.freedom, strict=True))


def _values(runs: Sequence[Launches], unit: Unit) -> list[float]:
    if unit == "runs":
        return [statistics.fmean(run.logs) for run in runs]
    return [log for run in runs for log in run.logs]


def _figures(entries: Sequence[Record]) -> Figures:
    cpu = [entry.cpu_seconds for entry in entries if entry.cpu_seconds is not None]
    memory = [entry.peak_memory_bytes for entry in entries if entry.peak_memory_bytes is not None]
    kinds = {entry.memory_counts for entry in entries}
    return Figures(
        seconds=statistics.median(_joined([entry.samples.seconds for entry in entries])),
        launches=sum(len(set(entry.samples.launch)) for entry in entries),
        startup_seconds=[seconds for entry in entries for seconds in entry.startup_seconds],
        cpu_seconds=statistics.fmean(cpu) if cpu else None,
        peak_memory_bytes=max(memory, default=None),
        memory_counts=kinds.pop() if len(kinds) == 1 else None,
        usage=_usage([entry.usage for entry in entries if entry.usage is not None]),
    )


def _joined(parts: Sequence[Sequence[float]]) -> Sequence[float]:
    """Join the rounds of several runs; most trials have one."""
    return parts[0] if len(parts) == 1 else list(itertools.chain.from_iterable(parts))


def _usage(usages: Sequence[Usage]) -> dict[str, float]:
    """Return the mean of each figure over the runs that know it."""
    if not usages:
        return {}
    known = {figure.name: [getattr(usage, figure.name) for usage in usages] for figure in FIGURES}
    known = {name: [value for value in values if value is not None] for name, values in known.items()}
    return {name: statistics.fmean(values) for name, values in known.items() if values}


def _difference_of_setups(records: Sequence[Record]) -> str:
    """Return a note on what makes trials of one name different trials; empty if nothing does."""
    first, *others = map(setup_of, records)
    if all(setup == first for setup in others):
        return ""
    unlike = next(
        note for note, *values in zip(_SETUP.values(), first, *others, strict=True) if values[1:] != values[:-1]
    )
    return f"not the same trial: {unlike}"
