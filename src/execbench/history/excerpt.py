"""From the artifact of a run to what a history keeps of it."""

import hashlib
import math
import statistics
from collections.abc import Mapping
from pathlib import Path

from execbench.comparison.environments import facts
from execbench.comparison.ratios import BASES, Basis, Launches, on_basis, setup_of
from execbench.comparison.sides import Race, SideRun
from execbench.errors import BadInput
from execbench.history.run import Commit, StoredRun, StoredTrial
from execbench.records.artifact import Artifact
from execbench.records.record import Record
from execbench.stats import mean_of_launches

_MAX_REASON = 200


def excerpt(artifact: Artifact, commit: Commit) -> StoredRun:
    """Return what a history keeps of a run; BadInput if there is no trial in it."""
    records = {record.name: record for record in (*artifact.baselines, *artifact.selected)}
    if not records:
        raise BadInput("there is no trial in it")
    speeds = _speeds(records, SideRun(Path(), artifact).baselines)
    trials = [_trial(record, *speeds[name]) if record.ok else _failed(record) for name, record in records.items()]
    return StoredRun(commit=commit, measured=artifact.datetime, facts=facts(artifact), trials=trials)


def _speeds(records: Mapping[str, Record], baselines: Mapping[Race, Record]) -> Mapping[str, tuple[Basis, Launches]]:
    """Return the launches of each trial on its best basis: the first that it has separates code from machine most."""
    found: dict[str, tuple[Basis, Launches]] = {}
    for basis in BASES:
        rest = {name: record for name, record in records.items() if record.ok and name not in found}
        found |= {name: (basis, each) for name, each in on_basis(basis, rest, baselines).items() if each.logs}
    return found


def _trial(record: Record, basis: Basis, launches: Launches) -> StoredTrial:
    speed, low, high = _speed(launches)
    return StoredTrial(
        name=record.name,
        setup=_setup(record, basis),
        basis=basis,
        speed=speed,
        low=low,
        high=high,
        seconds=_five_figures(record.samples.median),
        peak_memory_bytes=record.peak_memory_bytes,
        startup_seconds=_five_figures(statistics.median(record.startup_seconds)) if record.startup_seconds else None,
    )


def _speed(launches: Launches) -> tuple[float, float | None, float | None]:
    """Return the speed, the inverse of the seconds, and the ends of its interval where the launches suffice for one."""
    if len(launches.logs) < 2:
        return _five_figures(math.exp(-launches.logs[0])), None, None
    time = mean_of_launches(launches.logs, 0 if launches.extended else None).interval()
    return _five_figures(1 / time.estimate), _five_figures(1 / time.high), _five_figures(1 / time.low)


def _failed(record: Record) -> StoredTrial:
    reason = ((record.reason or "").splitlines() or [""])[0][:_MAX_REASON]
    return StoredTrial(name=record.name, status=record.status, reason=reason)


def _setup(record: Record, basis: Basis) -> str:
    """Name what must be equal for two trials with the same name to be compared."""
    python = record.python.version if basis == "reference" else None  # it runs the reference kernel at its own speed
    parts = (setup_of(record), basis, python)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:6]


def _five_figures(value: float) -> float:
    return float(f"{value:.5g}")
