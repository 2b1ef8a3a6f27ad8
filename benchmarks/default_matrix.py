"""How long the default matrix takes, and whether its verdicts are the same in every run.

    python benchmarks/default_matrix.py FOLDER [--runs 3] [--of NAME=PYTHON]... [-w WORKLOAD]...

Runs `execbench run` with this interpreter, or with each of several that have a version of execbench installed: their
runs take turns, so that the machine's moods affect all of them. Each run's artifact stays in the folder. If started
again, the program only does the runs that are missing.

For each version it prints the seconds of each run, and for each workload the winner of each run with the precision of
its interval. A workload agrees if the winner of each run is the winner, or level with it, in all other runs.

Targets, on two quiet cores: at most 150 s in the median; at least 17 of 18 workloads agree; winners within ±10 %.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from execbench.records import artifact
from execbench.records.calls import MANY
from execbench.records.record import Record
from execbench.records.winner import ties, winner


@dataclass(frozen=True)
class Verdict:
    """Which trial one run calls the fastest for a workload."""

    winner: str
    level: frozenset[str]
    """The winner, and the trials that tie with it."""
    precision: float | None
    """Of the winner's speedup; None for the serial loop."""

    def __str__(self) -> str:
        return f"{self.winner}{f' ±{self.precision:.0%}' if self.precision is not None else ''}"


def verdict_of(records: Sequence[Record]) -> Verdict:
    """Judge a race as its report does."""
    fastest = winner(records)
    if fastest is None:
        return Verdict("none", frozenset(), None)
    level = {record.title for record in records if record is fastest or (record.ok and ties(record, fastest, MANY))}
    return Verdict(fastest.title, frozenset(level), fastest.speedup.precision if fastest.speedup else None)


def agree(verdicts: Sequence[Verdict]) -> bool:
    """Return whether the winner of each run is level with the winner of each other run."""
    return all(one.winner in other.level for one, other in itertools.permutations(verdicts, 2))


def run(path: Path, python: str, arguments: Sequence[str]) -> None:
    """Race once, and keep the artifact and the seconds."""
    running = path.with_suffix(".running")
    start = time.perf_counter()
    command = [python, "-m", "execbench", "run", *arguments, "--json", str(running)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # a trial may fail
    path.with_suffix(".seconds").write_text(json.dumps(time.perf_counter() - start))
    running.rename(path)


def print_version(name: str, paths: Sequence[Path]) -> None:
    """Print what the runs of one version took and said."""
    seconds = [float(json.loads(path.with_suffix(".seconds").read_text())) for path in paths]
    print(f"{name}: {', '.join(f'{each:.0f}' for each in seconds)} s; median {median(seconds):.0f} s")
    runs = [_verdicts(path) for path in paths]
    agreed, widths = 0, []
    for workload in runs[0]:
        verdicts = [said[workload] for said in runs]
        agreed += agree(verdicts)
        widths += [verdict.precision for verdict in verdicts if verdict.precision is not None]
        print(f"  {workload:22} {'agrees' if agree(verdicts) else 'DIFFERS'}: {', '.join(map(str, verdicts))}")
    wide = sum(width > 0.1 for width in widths)
    print(f"  {agreed} of {len(runs[0])} workloads agree; {len(widths) - wide} of {len(widths)} winners within ±10 %")


def _verdicts(path: Path) -> Mapping[str, Verdict]:
    groups: dict[str, list[Record]] = {}
    read = artifact.read(path)
    for record in (*read.records, *read.controls):
        groups.setdefault(record.group, []).append(record)
    return {group: verdict_of(records) for group, records in groups.items()}


def main() -> None:
    """Do the runs that are missing, and print what all of them say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the artifacts")
    parser.add_argument("--runs", type=int, default=3, help="of each version")
    parser.add_argument("--of", action="append", default=[], metavar="NAME=PYTHON", help="a version of execbench")
    parser.add_argument("-w", action="append", default=[], metavar="WORKLOAD", help="instead of all")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    versions = dict(each.split("=", 1) for each in given.of) or {"this": sys.executable}
    paths = {name: [given.folder / f"{name}-{number}.json" for number in range(given.runs)] for name in versions}
    arguments = [word for workload in given.w for word in ("-w", workload)]
    for number, (name, python) in itertools.product(range(given.runs), versions.items()):
        if not paths[name][number].exists():
            run(paths[name][number], python, arguments)
    for name in versions:
        print_version(name, paths[name])


if __name__ == "__main__":
    main()
