"""Counts the page faults of `monte_carlo_pi`'s serial loop in several environments, with each kind of layout.

    python benchmarks/layout_faults.py PYTHON ...

Each interpreter needs NumPy. For each one and each kind of layout, it prints the page faults of a warm round in four
launches, from /proc (Linux). With a fixed layout, an environment has the same number in each launch, and another
environment may have another one: luck that no interval of one of them shows.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

from execbench.environment import library_threads
from execbench.lane.messages import Open
from execbench.plugins.select import Request, select
from execbench.plugins.trial import Trial
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.layout import LaunchLayout, LayoutKind, layout_of
from execbench.supervisor.python import Python

LAUNCHES = 4


def layouts(kind: LayoutKind) -> list[LaunchLayout]:
    """Return the layouts of the first launches that have this kind."""
    settings = Settings(seed=1, layout="fixed" if kind == "fixed" else "varied")
    drawn = (layout_of(settings, "layout_faults", launch) for launch in range(2 * LAUNCHES))
    return [layout for layout in drawn if layout.kind == kind][:LAUNCHES]


def faults_of_a_round(nursery: Nursery, trial: Trial, layout: LaunchLayout) -> int:
    """Return the page faults of a round in a new lane, after the first call and a warm-up round."""
    variables = {**library_threads(baseline=True), **layout.variables}
    with nursery.lane(trial.python, variables) as lane:
        lane.start_prepare(trial.prepare(None, layout.lane))
        lane.greet()
        lane.finish_prepare()
        lane.open(Open(trial.max_workers, dict(trial.backend.options), disable_gc=False))
        lane.first_call()
        lane.round()
        before = faults(lane.pid)
        lane.round()
        return faults(lane.pid) - before


def faults(pid: int) -> int:
    """Return the minor page faults of a process so far."""
    fields_after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields_after_name[7])


def main() -> None:
    """Count in each environment."""
    pythons = [Python(path, str(number)) for number, path in enumerate(sys.argv[1:], 1)]
    with Nursery() as nursery:
        request = Request(["serial"], ["monte_carlo_pi"], chunksizes=["fair"], pythons=pythons)
        for trial in select(nursery, request).trials:
            print(trial.python.path)
            for kind in get_args(LayoutKind):
                counts = [faults_of_a_round(nursery, trial, layout) for layout in layouts(kind)]
                print(f"  {kind:6} {' '.join(f'{count:7,}' for count in counts)}", flush=True)


if __name__ == "__main__":
    main()
