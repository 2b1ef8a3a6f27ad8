"""Holds `execbench latency` against what engines measure of single calls themselves: Ray and Parsl, in turns with ours.

    python -m pip install 'execbench[ray,parsl]' grpcio
    python benchmarks/latency_anchors.py [--turns 3]

Both say how many empty calls an engine makes in a second:

- `ray microbenchmark`: "single client tasks sync" waits for each call before the next, as our calls in turn do;
  "single client tasks async" submits 1,000 and gets all results, as our calls at once do.
- `parsl-perf --iterate 1000,1000,1000`: 1,000 calls at once; the last iteration counts, as the first two warm up.

A turn is a run of theirs and one of ours. The table shows the median of each over the turns, their ratio, and the range
that either went through.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import TypeAlias

from execbench.records import artifact

Rates: TypeAlias = Mapping[str, float]
"""Calls per second, in turn or at once."""

_OF_RAY = {"single client tasks sync": "in_turn", "single client tasks async": "at_once"}

_PARSL = """\
import sys
from parsl.config import Config
from parsl.executors import HighThroughputExecutor
from parsl.providers import LocalProvider

executor = HighThroughputExecutor(
    address="127.0.0.1",
    loopback_address="127.0.0.1",
    max_workers_per_node={workers},
    cores_per_worker=1e-3,
    encrypted=False,
    provider=LocalProvider(init_blocks=1, min_blocks=1, max_blocks=1),
)
config = Config([executor], run_dir={folder!r}, strategy="none", initialize_logging=False)
"""


def ray_itself() -> Rates:
    """Run Ray's own benchmark."""
    command = [sys.executable, "-m", "ray._private.ray_perf"]  # what `ray microbenchmark` runs first
    said = _said(command, TESTS_TO_RUN="single client tasks", RAY_USAGE_STATS_ENABLED="0")
    found = {name: re.search(rf"{name} per second ([\d.]+)", said) for name in _OF_RAY}
    return {_OF_RAY[name]: float(match[1]) for name, match in found.items() if match}


def parsl_itself() -> Rates:
    """Run Parsl's own benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config.py")
        path.write_text(_PARSL.format(workers=os.cpu_count(), folder=folder))
        said = _said([_script("parsl-perf"), "--config", str(path), "--iterate", "1000,1000,1000"])
    *_, last = re.findall(r"Tasks per second: ([\d.]+)", said)
    return {"at_once": float(last)}


def ours(backend: str) -> Rates:
    """Run ours."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "latency.json")
        _said([_script("execbench"), "latency", "-b", backend, "--json", str(path)])
        records = artifact.read(path).records
    empty = [record for record in records if record.backend == backend and not record.workload_options["nbytes"]]
    return {record.mode: record.size / record.samples.median for record in empty}


ENGINES: Mapping[str, Callable[[], Rates]] = {"ray": ray_itself, "parsl": parsl_itself}


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _said(command: list[str], **variables: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **variables}
    ended = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=900)
    return ended.stdout + ended.stderr


def main() -> None:
    """Run both in turns, and print a row for each figure that both have."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this one; repeatable")
    given = parser.parse_args()
    print("| engine | calls | theirs | ours | ours / theirs |")
    print("|---|---|---:|---:|---:|")
    for engine in given.engine or ENGINES:
        turns = [(ENGINES[engine](), ours(engine)) for _ in range(given.turns)]
        for mode in turns[0][0]:
            theirs, mine = zip(*((them[mode], us[mode]) for them, us in turns), strict=True)
            ratio = median(mine) / median(theirs)
            print(f"| {engine} | {mode} | {_range(theirs)} | {_range(mine)} | {ratio:.2f} |", flush=True)


def _range(rates: tuple[float, ...]) -> str:
    return f"{median(rates):,.0f}/s ({min(rates):,.0f} to {max(rates):,.0f})"


if __name__ == "__main__":
    main()
