"""What differs between the environments of the sides: it comes first in reports, as it may explain all the rest."""

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from execbench.comparison.sides import Side, SideRun
from execbench.records.artifact import Artifact, RunInfo

SPEED_THRESHOLD = 0.1
"""By how much the reference kernel must be slower, or faster, to be mentioned."""


@dataclass(frozen=True)
class Difference:
    """One fact that differs between the sides; where the runs of a side differ, all its values."""

    what: str
    old: str
    new: str


def differences(old: Side, new: Side) -> list[Difference]:
    """Return what differs, the machine first."""
    known = [[facts(run.artifact) for run in side.runs] for side in (old, new)]
    names = dict.fromkeys(name for side in known for run in side for name in run)
    found = _speed(old, new)
    for name in names:
        before, after = (", ".join(sorted({run.get(name, "none") for run in side})) for side in known)
        if before != after:
            found.append(Difference(name, before, after))
    return sorted(found, key=lambda difference: difference.what.startswith("package "))


def _speed(old: Side, new: Side) -> list[Difference]:
    """Return how much slower or faster the machine itself was, if by more than machines vary from hour to hour."""
    medians = [[statistics.median(seconds) for run in side.runs if (seconds := _kernel(run))] for side in (old, new)]
    if not all(medians):
        return []
    before, after = map(statistics.median, medians)
    if abs(math.log(after / before)) <= math.log1p(SPEED_THRESHOLD):
        return []
    return [Difference("reference kernel", *(f"{seconds * 1e3:.3g} ms" for seconds in (before, after)))]


def _kernel(run: SideRun) -> list[float]:
    """Return the reference kernel's times in a run, under all interpreters; some artifacts have none."""
    records = (*run.artifact.baselines, *run.artifact.selected)
    return [seconds for record in records for seconds in record.reference_seconds]


def facts(artifact: Artifact) -> Mapping[str, str]:
    """Return what is worth comparing of a run; pytest-benchmark and execbench each know a part."""
    machine, ours = artifact.machine_info, artifact.execbench
    environment = ours.environment if isinstance(ours, RunInfo) else None
    cpu = machine["cpu"] if isinstance(machine.get("cpu"), dict) else {}
    found: dict[str, Any] = {
        "machine": machine.get("node"),
        "processor": cpu.get("brand_raw") or machine.get("processor"),
        "architecture": machine.get("machine"),
        "CPUs": (environment and environment.cpus) or cpu.get("count"),
        "usable CPUs": environment and environment.usable_cpus,
        "memory": environment and environment.memory_bytes,
        "system": " ".join(str(machine.get(key) or "") for key in ("system", "release")).strip(),
        "Python": machine.get("python_version"),
        "Python implementation": machine.get("python_implementation"),
        "Python compiler": machine.get("python_compiler"),
        "threads of libraries": environment and environment.library_threads,
        "PYTHONHASHSEED": environment and environment.hash_seed,
        "execbench": environment and environment.execbench,
    }
    if environment is not None:
        found |= {f"package {name}": version for name, version in environment.packages.items()}
    return {name: str(value) for name, value in found.items() if value not in (None, "", {})}
