"""Records and artifacts like those of a run, made up for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from execbench import files
from execbench.environment import Environment
from execbench.plugins.registry import Plugin
from execbench.plugins.trial import Choice, Trial, fair_chunksize
from execbench.records import artifact, compose
from execbench.records.artifact import Artifact
from execbench.records.compose import Run
from execbench.records.record import Chunking, Interpreter, Record
from execbench.stats import Samples, paired_ratio
from execbench.supervisor.python import Python

Launches = Sequence[Sequence[float]]

ENVIRONMENT = Environment(execbench="1", usable_cpus=2, python="3.11.7", packages={})


def samples(times: Launches) -> Samples:
    """Return launches of rounds, each with its own heats."""
    return Samples(
        [seconds for launch in times for seconds in launch],
        [number for number, launch in enumerate(times) for _ in launch],
        [heat for launch in times for heat, _ in enumerate(launch)],
    )


def record(name: str, times: Launches = ((1.0,),), **more: Any) -> Record:
    """Return the record of a trial from its name and the seconds of its rounds, by launch."""
    workload, _, rest = name.partition("/")
    backend, _, ending = rest.partition("/")
    workers = ending.partition("/")[0].removeprefix("w")
    found: dict[str, Any] = {
        "name": name,
        "workload": workload,
        "workload_options": {},
        "size": 100,
        "backend": backend.partition("[")[0],
        "backend_options": {},
        "max_workers": int(workers) if workers.isdecimal() else 2,
        "python": Interpreter(None, "3.11.7"),
        "status": "ok",
        "reason": None,
        "samples": samples(times),
        "cpu_seconds": 1.0,
        "peak_memory_bytes": 31_000_000,
        "memory_counts": "pages_once",
        "task_bytes": None,
        "result_bytes": None,
        "speedup": None,
        "doubts": (),
        **more,
    }
    found.setdefault("chunksize", Chunking("fair", fair_chunksize(found["size"], found["max_workers"])))
    launches = len(set(found["samples"].launch))
    phases = {"startup_seconds": 0.5, "first_call_seconds": 0.7, "shutdown_seconds": 0.1}
    defaults = {"launches": launches, "heats": len(found["samples"])}
    return Record(**{**defaults, **{phase: (seconds,) * launches for phase, seconds in phases.items()}, **found})


def against(baseline: Record, name: str, times: Launches, **more: Any) -> Record:
    """Return a record with its speedup over another."""
    return record(name, times, **{"speedup": paired_ratio(baseline.samples, samples(times)), **more})


def failed(name: str, reason: str = "no", status: str = "raised") -> Record:
    """Return the record of a trial that failed before it was measured."""
    return record(name, (), status=status, reason=reason, cpu_seconds=None, peak_memory_bytes=None)


def trial(found: Record) -> Trial:
    """Return the trial of which this might be the record."""
    workload = Choice(Plugin("workload", found.workload, "made", "up"), found.workload_options, found.group)
    backend = Choice(Plugin("backend", found.backend, "made", "up"), found.backend_options, found.backend_title)
    python = Python(name=found.python.name)
    chunksize = found.chunksize.requested
    return Trial(workload, backend, found.size, found.size, found.max_workers, chunksize, python)


def content(records: Sequence[Record], environment: Environment = ENVIRONMENT, seed: int = 3) -> dict[str, Any]:
    """Return the content of an artifact, without the facts about this machine that `compose.compose` adds."""
    controls = [each for each in records if each.is_control]
    records = [each for each in records if not each.is_control]
    run = Run(records, ["execbench", "run", "-w", "spin"], seed, controls=controls, environment=environment)
    benchmarks = [
        {
            "group": each.group,
            "name": each.name,
            "fullname": each.name,
            "params": compose.params(each),
            "extra_info": {"execbench": msgspec.to_builtins(each)},
            "stats": {**dict.fromkeys(("min", "max", "mean", "median"), each.samples.median), "rounds": 1},
        }
        for each in records
        if each.ok
    ]
    about = {"machine_info": {"cpu": {}}, "commit_info": {"id": "1"}, "datetime": "2026-11-23T17:12:10", "version": "5"}
    return {**about, "benchmarks": benchmarks, "execbench": run.info({})}


def write_run(path: Path, records: Sequence[Record], **options: Any) -> Path:
    """Write an artifact."""
    files.write(path, compose.encode(content(records, **options)))
    return path


def read_run(*records: Record) -> Artifact:
    """Return an artifact as if read from a file."""
    return artifact.parse(compose.encode(content(records)))
