"""Certifies `execbench compare` on this machine: races in which the truth is known, because it was planted.

    python benchmarks/certify_live.py RESULTS.jsonl [--comparisons 200] [--planted 0,0.05,0.1] [--report]

Each comparison races a base and a head in the same heats: two names of one interpreter, whose environments make the
task do the same work (A/A), or 5 or 10 % more in the head (A/B); on a quiet machine, and with a neighbour that takes a
core in bursts. All kinds take turns. Each comparison is appended to the file at once. If started again, the program
resumes; with --report it only prints a table of the file.

The table shows, for each kind, the share of trials called slower or faster. If nothing was planted, these verdicts are
false, and the table adds an upper bound (Clopper and Pearson, 95 %, one-sided). Next to it is the verdict of
pytest-benchmark's gate, `mean:5%`, on the same samples; it only reports slower trials, so half of its false alarms do
not show.

Targets: at most 1 % false; 10 % is found in 95 % and 5 % in 80 % of races of at most 20 s.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from pytest_benchmark.utils import parse_compare_fail
from scipy.special import betaincinv

from execbench.comparison import compare
from execbench.comparison.sides import read_sides

VARIABLE = "EXECBENCH_PLANTED"

WORKLOAD = f'''
"""Even work in pure Python, and more of it if the environment says so."""

import os

from execbench import Workload

MORE = 1 + float(os.environ.get("{VARIABLE}", "0"))


def fn(task):
    total = task
    for number in range(int(2_000 * MORE)):
        total += number & 7
    return total


workload = Workload(fn=fn, tasks=range, size=64)
'''

NEIGHBOUR = """
import os, random, time
parent = os.getppid()
while os.getppid() == parent:
    end = time.perf_counter() + random.expovariate(2)
    while time.perf_counter() < end:
        pass
    time.sleep(random.expovariate(1))
"""
"""Half a second of work, a second of rest, on average; it ends with its parent."""

RACE = ("--launches", "24", "--min-rounds", "360", "--max-time", "1", "-b", "pool", "--max-workers", "1")
"""The settings for a gate: many more launches than for a choice, 15 rounds in each, in less than 20 s. The differences
between launches hide a change of 5 %, so 14 launches of 28 rounds were less precise. One worker leaves the second core
to other programs: with two workers, pilot races of the same length were mostly `unclear`."""

GATE = "mean:5%"

Kind = tuple[float, bool]
"""How much was planted, and whether there was a neighbour."""


def plan(planted: Sequence[float], comparisons: int, done: Sequence[Mapping[str, Any]]) -> Iterator[Kind]:
    """Yield the comparisons that are still missing, all kinds in turn."""
    made = Counter((row["planted"], row["neighbour"]) for row in done)
    for number in range(comparisons):
        for kind in itertools.product(planted, (False, True)):
            if made[kind] <= number:
                yield kind


def compared(planted: float, neighbour: bool) -> dict[str, Any]:
    """Race once, and return the verdicts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "planted.py").write_text(WORKLOAD)
        path = folder / "run.json"
        pythons = [f"{side}={_interpreter(folder / side, more)}" for side, more in (("base", 0.0), ("head", planted))]
        command = [sys.executable, "-m", "execbench", "run", "-w", str(folder / "planted.py"), *RACE]
        options = [word for python in pythons for word in ("--python", python)]
        start = time.perf_counter()
        with _neighbour(neighbour):
            subprocess.run([*command, *options, "--json", str(path)], check=True, capture_output=True, timeout=600)
        seconds = time.perf_counter() - start
        return {"planted": planted, "neighbour": neighbour, "seconds": seconds, "trials": _said(path)}


def _interpreter(path: Path, more: float) -> Path:
    """Make a program that runs this interpreter with the amount of extra work in its environment."""
    path.write_text(f'#!/bin/sh\n{VARIABLE}={more} exec "{sys.executable}" "$@"\n')
    path.chmod(0o755)
    return path


@contextmanager
def _neighbour(wanted: bool) -> Iterator[None]:
    """Run a neighbour in the background."""
    if not wanted:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", NEIGHBOUR]) as process:
        try:
            yield
        finally:
            process.kill()


def _said(path: Path) -> list[dict[str, Any]]:
    """Return the verdict on each trial, with pytest-benchmark's."""
    check = parse_compare_fail(GATE)
    stats = {entry["name"]: entry["stats"] for entry in json.loads(path.read_text())["benchmarks"]}
    comparison = compare(*read_sides(f"{path}::base", f"{path}::head"))
    assert comparison.method == "paired"
    return [
        {
            "id": trial.id,
            "verdict": trial.verdict,
            "estimate": trial.interval.estimate if trial.interval else None,
            "launches": trial.new.launches,
            "gate": bool(check.fails(stats[f"{trial.id}/pyhead"], stats[f"{trial.id}/pybase"])),
        }
        for trial in comparison.trials
    ]


def report(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of the results so far."""
    lines = [
        f"{'':48}  {'execbench compare':^34}  pytest-benchmark {GATE}",
        f"{'planted':>7} {'neighbour':>9} {'races':>6} {'seconds':>8}  {'trial':12}"
        f"  {'slower':>8} {'faster':>8} {'unclear':>8} {'bound':>7}  {'slower':>8} {'bound':>7}",
    ]
    for kind in sorted({(row["planted"], row["neighbour"]) for row in rows}):
        lines += _lines(kind, [row for row in rows if (row["planted"], row["neighbour"]) == kind])
    return "\n".join(lines)


def _lines(kind: Kind, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    seconds = float(np.median([row["seconds"] for row in rows]))
    for id_ in sorted({trial["id"] for row in rows for trial in row["trials"]}):
        trials = [trial for row in rows for trial in row["trials"] if trial["id"] == id_]
        counts = Counter(trial["verdict"] for trial in trials)
        gate = sum(trial["gate"] for trial in trials)
        said = " ".join(f"{counts[verdict] / len(trials):8.1%}" for verdict in ("slower", "faster", "unclear"))
        bounds = [_bound(count, len(trials), kind) for count in (counts["slower"] + counts["faster"], gate)]
        yield (
            f"{kind[0]:7.0%} {'bursts' if kind[1] else '-':>9} {len(rows):6} {seconds:8.1f}  "
            f"{id_.partition('/')[2]:12}  {said} {bounds[0]}  {gate / len(trials):8.1%} {bounds[1]}"
        )


def _bound(count: int, of: int, kind: Kind) -> str:
    """Return the upper bound of a share of false verdicts; blank if something was planted."""
    if kind[0]:
        return f"{'':7}"
    upper = float(betaincinv(count + 1, of - count, 0.95)) if count < of else 1.0
    return f"{upper:7.1%}"


def read(path: Path) -> list[dict[str, Any]]:
    """Read the comparisons of a file; ignore a last line that was cut off."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def append(path: Path, row: Mapping[str, Any]) -> None:
    """Append a comparison on a new line, after removing a last line that was cut off."""
    with path.open("a+b") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.truncate(path.read_bytes().rfind(b"\n") + 1)
        file.write(json.dumps(row).encode() + b"\n")


def main() -> None:
    """Resume where the file ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--comparisons", type=int, default=200, help="of each kind")
    parser.add_argument("--planted", type=lambda text: [float(part) for part in text.split(",")], default="0,0.05,0.1")
    parser.add_argument("--report", action="store_true", help="print the table without racing")
    given = parser.parse_args()
    if not given.report:
        for planted, neighbour in plan(given.planted, given.comparisons, read(given.results)):
            row = compared(planted, neighbour)
            append(given.results, row)
            verdicts = ", ".join(f"{trial['id']} {trial['verdict']}" for trial in row["trials"])
            print(f"{planted:.0%}{' bursts' if neighbour else ''}: {verdicts} after {row['seconds']:.0f} s", flush=True)
    print(report(read(given.results)))


if __name__ == "__main__":
    main()
