"""What a lane adds to a round: each backend in a lane, compared with the same library call in a plain script.

    python benchmarks/harness_tax.py

The lane and the script run their rounds in random order, in several launches of both; the ratio and its interval come
from `execbench.stats`. The workload is `spin`, with rounds of at least 10 ms on every backend. Target: a ratio of at
most 1.02.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys

from execbench.environment import library_threads
from execbench.lane.messages import Open, Prepare
from execbench.plugins.select import Request, select
from execbench.plugins.trial import Trial
from execbench.stats import Samples, paired_ratio
from execbench.supervisor.lane import Nursery

_SCRIPT = """
import sys, time
from execbench.workloads.spin import spin, tasks as make_tasks
tasks, chunksize = make_tasks({size}, steps={steps}), {chunksize}
{opening}
    {call}
    {call}
    for line in sys.stdin:
        start = time.perf_counter()
        {call}
        print(time.perf_counter() - start, flush=True)
"""

PLAIN = {
    "serial": ("if True:", "results = [spin(task) for task in tasks]"),
    "threads": (
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool:",
        "results = list(pool.map(spin, tasks, chunksize=chunksize))",
    ),
    "pool": (
        "from multiprocessing import Pool\nwith Pool(2) as pool:",
        "results = pool.map(spin, tasks, chunksize=chunksize)",
    ),
    "process_pool": (
        "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor(2) as pool:",
        "results = list(pool.map(spin, tasks, chunksize=chunksize))",
    ),
    "joblib": (
        "from joblib import Parallel, delayed\nwith Parallel(2) as parallel:",
        "results = parallel(delayed(spin)(task) for task in tasks)",
    ),
    "processes": (
        "from execbench.backends.processes import backend\nwith backend(2) as pool:",
        "results = pool.map(spin, tasks, chunksize=chunksize)",
    ),
}
"""How a user would write it: the code that opens the executor, and the call that is timed."""


class Lane:
    """A trial in a lane, warmed up."""

    def __init__(self, nursery: Nursery, trial: Trial) -> None:
        self._lane = nursery.lane(environment=library_threads(baseline=False))
        self._lane.greet()
        workload, backend = trial.workload.plugin.place, trial.backend.plugin.place
        options = dict(trial.workload.options)
        self._lane.start_prepare(Prepare(workload, options, trial.size, trial.used_chunksize, backend))
        self._lane.finish_prepare()
        self._lane.open(Open(trial.max_workers, dict(trial.backend.options), False))
        self._lane.first_call()
        self._lane.start_check()
        self._lane.finish_check()
        self.round()

    def round(self) -> float:
        """Return the seconds of one round."""
        seconds = self._lane.round()
        self._lane.judge()
        return seconds

    def close(self) -> None:
        """End the lane."""
        self._lane.close()
        self._lane.dismiss()
        self._lane.end(patience=5)


class Script:
    """The same call in a plain script, warmed up."""

    def __init__(self, trial: Trial) -> None:
        opening, call = PLAIN[trial.backend.plugin.name]
        text = _SCRIPT.format(
            size=trial.size,
            steps=trial.workload.options["steps"],
            chunksize=trial.used_chunksize,
            opening=opening,
            call=call,
        )
        environment = {**os.environ, **library_threads(baseline=False)}
        command = [sys.executable, "-c", text]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1, env=environment)

    def round(self) -> float:
        """Return the seconds of one round."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the script."""
        self._process.communicate()


def measure(nursery: Nursery, trial: Trial, launches: int, rounds: int) -> tuple[Samples, Samples]:
    """Return the samples of the lane and of the script, taken in turns."""
    samples: dict[str, list[tuple[float, int, int]]] = {"lane": [], "script": []}
    for launch in range(launches):
        sides: dict[str, Lane | Script] = {"lane": Lane(nursery, trial), "script": Script(trial)}
        sides["script"].round()
        for heat in range(rounds):
            for name in random.sample(list(sides), 2):
                samples[name].append((sides[name].round(), launch, heat))
        for side in sides.values():
            side.close()
    return _samples(samples["lane"]), _samples(samples["script"])


def _samples(rounds: list[tuple[float, int, int]]) -> Samples:
    seconds, launches, heats = zip(*rounds, strict=True)
    return Samples(seconds, launches, heats)


def main() -> None:
    """Print the ratio of each backend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("backends", nargs="*", default=list(PLAIN), metavar="BACKEND")
    parser.add_argument("--launches", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=20)
    parsed = parser.parse_args()
    print(f"{'backend':14}{'lane':>10}{'script':>10}   lane / script")
    with Nursery() as nursery:
        selection = select(nursery, Request(workloads=["spin[steps=4000]"], backends=parsed.backends, max_workers=[2]))
        for trial in selection.trials:
            lane, script = measure(nursery, trial, parsed.launches, parsed.rounds)
            ratio = paired_ratio(lane, script)
            assert ratio is not None
            print(
                f"{trial.backend.title:14}{lane.median * 1e3:7.1f} ms{script.median * 1e3:7.1f} ms   "
                f"{ratio.estimate:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]",
                flush=True,
            )


if __name__ == "__main__":
    main()
