"""Sound files of every kind that execbench reads: what damage starts from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import made_up
import msgspec

from execbench.plugins.trial import Trial
from execbench.records.doubts import Doubt
from execbench.records.journal import FinishedRace, Heading
from execbench.records.record import Cluster, Interpreter, Record, Trace, Worker
from execbench.stats import Interval
from execbench.sweep import results
from execbench.sweep.break_even import BreakEven, Found
from execbench.sweep.load import Load
from execbench.sweep.metg import MetgResult
from execbench.sweep.pairing import CeilingSpot, SerialSpot
from execbench.sweep.results import BreakEvenRun, MetgRun

SLOW = ((1.0, 1.1, 0.9), (1.05, 1.0, 0.95))
FAST = ((0.5, 0.6, 0.55), (0.55, 0.5, 0.52))
SETTINGS = {"launches": 5, "max_time": 1.0}


def _records(*workloads: str) -> list[Record]:
    trace = Trace(0.5, 0.5, 0.01, 100, [Worker(1, 1, False), Worker(2, 2, True)], [0.0, 0.1], [0.2, 0.3], [0, 1])
    doubt = Doubt("few_rounds", {"rounds": 5}, "raise --max-time")
    found: list[Record] = []
    for workload in workloads:
        serial = made_up.record(f"{workload}/serial/w1", SLOW, reference_seconds=[0.001] * 6, doubts=[doubt])
        found.append(serial)
        found += [made_up.against(serial, f"{workload}/pool/w{n}", FAST, trace=trace) for n in (2, 3, 4)]
        alone = {"control_of": f"{workload}/pool/w4", "one_call_speedup": Interval(0.5, 0.4, 0.6)}
        found.append(made_up.against(serial, f"{workload}/pool/w1", FAST, **alone))
        cluster = Cluster("tcp://127.0.0.1:1", ["a", "b"], 2)
        found.append(made_up.against(serial, f"{workload}/dask/w2", FAST, cluster=cluster))
        found.append(made_up.failed(f"{workload}/joblib/w2"))
        found.append(made_up.record(f"{workload}/serial/w1/pyhead", SLOW, python=Interpreter("head", "3.12.1")))
    return found


def artifact() -> Any:
    """Return an artifact of execbench, as JSON has it."""
    return _plain(made_up.content(_records("spin", "cube[path=data/a.csv]")))


def pytest_benchmark() -> Any:
    """Return an artifact of plain pytest-benchmark."""
    content = artifact()
    del content["execbench"]
    for entry in content["benchmarks"]:
        entry["extra_info"], entry["stats"]["data"] = {}, [1.0, 1.1, 0.9]
    return content


def metg() -> Any:
    """Return what `execbench metg` keeps."""
    spots = [
        CeilingSpot(launch, 32, 2**place, [0.1 * 2**place] * 3, [0.09 * 2**place - 0.05] * 3)
        for launch in range(3)
        for place in range(3)
    ]
    backends = [MetgResult("pool", spots, 3, 3), MetgResult("joblib", [], 0, 3, "raised: no")]
    run = MetgRun(
        command=["execbench"], environment=made_up.ENVIRONMENT, grain="spin[steps]", max_workers=2, results=backends
    )
    return _plain(results.as_json(run))


def break_even() -> Any:
    """Return what `execbench break-even` keeps."""
    spots = [
        SerialSpot(launch, 100, 2**place, [0.2] * 3, [0.1 * 2**place] * 3) for launch in range(3) for place in range(3)
    ]
    found = [Found("cost", False, spots), Found("tasks", True, [])]
    run = BreakEvenRun(
        command=["execbench"],
        environment=made_up.ENVIRONMENT,
        grain="spin[steps]",
        max_workers=2,
        fixed=Load(100, 4000),
        results=[BreakEven("pool", found), BreakEven("joblib", [], "died: exited with code 3")],
    )
    return _plain(results.as_json(run))


def trials() -> list[Trial]:
    """Return the trials of the run whose journal this is."""
    return [made_up.trial(record) for record in _records("spin", "cube") if not record.is_control]


def heading() -> Heading:
    """Return what that run is."""
    return Heading([trial.id for trial in trials()], SETTINGS, made_up.ENVIRONMENT, 7)


def journal() -> list[Any]:
    """Return the lines of the journal of a run whose races are all finished."""
    races = [FinishedRace((workload, 100), _records(workload)) for workload in ("spin", "cube")]
    return [_plain(msgspec.to_builtins(line)) for line in (heading(), *races)]


def _plain(content: Any) -> Any:
    return json.loads(msgspec.json.encode(content))


SOUND: Mapping[str, Callable[[], Any]] = {
    "artifact": artifact,
    "pytest_benchmark": pytest_benchmark,
    "metg": metg,
    "break_even": break_even,
    "journal": journal,
}
