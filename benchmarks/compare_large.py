"""How long `execbench compare` takes for two runs of 10,000 trials with 50 samples each, and how much memory.

    python benchmarks/compare_large.py

Targets: at most 3 s and 300 MB, in each format.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import made_up

from execbench import files
from execbench.records import compose
from execbench.records.record import Record

TRIALS = 10_000
LAUNCHES = 5
HEATS = 10
BACKENDS = 10
"""In each race, including the baseline."""


def record(number: int, numbers: random.Random) -> Record:
    """Make up a trial of a race of ten."""
    backend = f"backend{number % BACKENDS}/w2" if number % BACKENDS else "serial/w1"
    lives = [numbers.lognormvariate(0, 0.02) for _ in range(LAUNCHES)]
    times = [[0.01 * life * numbers.lognormvariate(0, 0.05) for _ in range(HEATS)] for life in lives]
    options = {"workload_options": {"steps": 100}, "startup_seconds": [0.001] * LAUNCHES}
    return made_up.record(f"work{number // BACKENDS}/{backend}", times, **options)


def write(path: Path, seed: int) -> None:
    """Write a run as `execbench run` would."""
    numbers = random.Random(seed)
    run = compose.Run([record(number, numbers) for number in range(TRIALS)], ["execbench"], seed)
    files.write(path, compose.encode(compose.compose(run)))


def measured(arguments: list[str]) -> tuple[float, float]:
    """Run a command, and return its seconds and its peak memory in MB."""
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "execbench", *arguments], stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.perf_counter() - start, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    """Measure each format."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("old.json", "new.json")]
        for seed, path in enumerate(paths):
            # In a separate process, as a child's peak memory includes that of its parent when it was forked.
            writer = multiprocessing.get_context("spawn").Process(target=write, args=(path, seed))
            writer.start()
            writer.join()
        print(f"two artifacts of {paths[0].stat().st_size / 1e6:.0f} MB")
        for form in ("text", "markdown", "json", "csv"):
            seconds, megabytes = measured(["compare", *map(str, paths), "--format", form])
            print(f"{form}: {seconds:.1f} s, {megabytes:.0f} MB")


if __name__ == "__main__":
    main()
