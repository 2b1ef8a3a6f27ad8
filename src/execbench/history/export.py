"""A history in the formats of other tools, which watch benchmarks in their own ways."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from execbench.errors import BadInput
from execbench.history.history import History
from execbench.history.run import StoredRun, StoredTrial

_UNIT = "times as fast"


@dataclass(frozen=True)
class Wanted:
    """What to export: one machine, since other tools take a series for that of one, and mostly one commit."""

    machine: str | None = None
    """None for the one with most runs."""
    commit: str | None = None
    """None for the last one."""
    repository: str | None = None
    """The address of the project."""


def export(history: History, form: str, wanted: Wanted) -> str:
    """Return a history, or one run of it, as another tool reads it."""
    return json.dumps(FORMS[form](history, wanted), indent=1) + "\n"


def _otava(history: History, wanted: Wanted) -> list[dict[str, Any]]:
    """All commits, each with all trials: a missing value is null."""
    runs = _runs(history, wanted)
    names = sorted({trial.name for run in runs for trial in run.trials})
    return [
        {
            "timestamp": int(datetime.fromisoformat(run.commit.date or run.measured).timestamp()),
            "metrics": [{"name": name, "unit": _UNIT, "value": speed} for name, speed in _speeds(run, names).items()],
            "attributes": {"commit": run.commit.id, "subject": run.commit.subject},
        }
        for run in runs
    ]


def _speeds(run: StoredRun, names: Sequence[str]) -> Mapping[str, float | None]:
    known = {trial.name: trial.speed for trial in run.trials}
    return {name: known.get(name) for name in names}


def _github_action_benchmark(history: History, wanted: Wanted) -> list[dict[str, Any]]:
    """One run, for the tool `customBiggerIsBetter`."""
    run = _run(history, wanted)
    return [{"name": trial.name, "unit": _UNIT, "value": trial.speed, **_range(trial)} for trial in _measured(run)]


def _range(trial: StoredTrial) -> dict[str, str]:
    interval = trial.interval
    return {"range": f"{interval.low:.4g} to {interval.high:.4g}"} if interval else {}


def _bencher(history: History, wanted: Wanted) -> dict[str, Any]:
    """One run, as Bencher Metric Format."""
    return {trial.name: _measures(trial) for trial in _measured(_run(history, wanted))}


def _measures(trial: StoredTrial) -> dict[str, Any]:
    speed: dict[str, float | None] = {"value": trial.speed}
    if interval := trial.interval:
        speed |= {"lower_value": interval.low, "upper_value": interval.high}
    found: dict[str, Any] = {"speed": speed}
    if trial.seconds is not None:
        found["latency"] = {"value": trial.seconds * 1e9}  # in nanoseconds
    if trial.peak_memory_bytes is not None:
        found["peak-memory"] = {"value": trial.peak_memory_bytes}
    return found


def _conbench(history: History, wanted: Wanted) -> list[dict[str, Any]]:
    """One run, as the fields of `benchadapt.BenchmarkResult`."""
    if wanted.repository is None:
        raise BadInput("Conbench finds commits by the project's address: give --repository https://github.com/ORG/REPO")
    run = _run(history, wanted)
    return [
        {
            "run_id": run.file_name.removesuffix(".json"),
            "batch_id": run.file_name.removesuffix(".json"),
            "run_reason": "commit",
            "timestamp": run.measured,
            "tags": {"name": trial.name},
            "info": {},
            "context": {"benchmark_language": "Python", "setup": trial.setup},
            "machine_info": _machine(run),
            "github": {"repository": wanted.repository, "commit": run.commit.id},
            **_result(trial),
        }
        for trial in run.trials
    ]


def _result(trial: StoredTrial) -> dict[str, Any]:
    if trial.seconds is None:
        return {"error": {"status": trial.status, "reason": trial.reason}}
    return {"stats": {"data": [trial.seconds], "unit": "s", "iterations": 1}}


def _machine(run: StoredRun) -> dict[str, str]:
    """Describe the machine; Conbench wants all of these, and what nobody measured is empty."""
    facts = run.facts
    system, _, release = facts.get("system", "").partition(" ")
    known = {
        "name": run.machine,
        "os_name": system,
        "os_version": release,
        "architecture_name": facts.get("architecture", ""),
        "kernel_name": release,
        "memory_bytes": facts.get("memory", "0"),
        "cpu_model_name": facts.get("processor", ""),
        "cpu_core_count": facts.get("CPUs", "0"),
        "cpu_thread_count": facts.get("CPUs", "0"),
    }
    caches = {f"cpu_{name}_cache_bytes": "0" for name in ("l1d", "l1i", "l2", "l3")}
    return {**known, **caches, "cpu_frequency_max_hz": "0", "gpu_count": "0", "gpu_product_names": ""}


def _runs(history: History, wanted: Wanted) -> list[StoredRun]:
    """Return the runs of one machine, by commit and by time."""
    machines = [run.machine for run in history.runs]
    machine = wanted.machine or max(history.machines, key=machines.count)
    if machine not in history.machines:
        raise BadInput(f"no run was measured on the machine {machine}: there are {', '.join(history.machines)}")
    place = {commit.id: number for number, commit in enumerate(history.commits)}
    runs = [run for run in history.runs if run.machine == machine]
    return sorted(runs, key=lambda run: (place[run.commit.id], run.measured))


def _run(history: History, wanted: Wanted) -> StoredRun:
    """Return the last run of one commit on one machine."""
    runs = [run for run in _runs(history, wanted) if run.commit.id.startswith(wanted.commit or "")]
    if not runs:
        raise BadInput(f"no run of the commit {wanted.commit} was measured on this machine")
    return runs[-1]


def _measured(run: StoredRun) -> list[StoredTrial]:
    return [trial for trial in run.trials if trial.speed is not None]


FORMS: Mapping[str, Callable[[History, Wanted], Any]] = {
    "otava": _otava,
    "github-action-benchmark": _github_action_benchmark,
    "bencher": _bencher,
    "conbench": _conbench,
}
"""What a history can be exported as."""
