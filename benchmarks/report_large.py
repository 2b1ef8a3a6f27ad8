"""How long `execbench report` takes for 1,000 trials with 50 samples each, how much memory, and how large the file is.

    python benchmarks/report_large.py [FOLDER]

Targets: under 10 s, under 1 GB, a file under 25 MB; for few large races and for many small ones. The files are kept if
a folder is given.
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

from execbench.records.doubts import Doubt
from execbench.records.record import Record

TRIALS = 1_000
LAUNCHES = 5
HEATS = 10
SUFFIXES = ("html", "md", "csv")


def times(seconds: float, numbers: random.Random) -> list[list[float]]:
    """Make up launches whose rounds take about this long."""
    lives = [numbers.lognormvariate(0, 0.02) for _ in range(LAUNCHES)]
    return [[seconds * life * numbers.lognormvariate(0, 0.05) for _ in range(HEATS)] for life in lives]


def race(number: int, trials: int, numbers: random.Random) -> list[Record]:
    """Make up a race: the baseline and its rivals."""
    serial = made_up.record(f"work{number}/serial/w1", times(0.01, numbers))
    return [serial, *(rival(serial, f"work{number}/backend{place}/w2", numbers) for place in range(1, trials))]


def rival(serial: Record, name: str, numbers: random.Random) -> Record:
    """Make up a trial; one in ten has a doubt."""
    doubts = [Doubt("busy_machine", {"foreign_cpu": 0.2}, "stop other programs")] if numbers.random() < 0.1 else ()
    startup = [numbers.random() / 100 for _ in range(LAUNCHES)]
    seconds = 0.01 * numbers.lognormvariate(0, 1)
    return made_up.against(serial, name, times(seconds, numbers), doubts=doubts, startup_seconds=startup)


def write(path: Path, trials: int) -> None:
    """Write a run whose races have this many trials, as `execbench run` would."""
    numbers = random.Random(0)
    records = [trial for number in range(TRIALS // trials) for trial in race(number, trials, numbers)]
    made_up.write_run(path, records)


def measured(arguments: list[str]) -> tuple[float, float]:
    """Run a command, and return its seconds and its peak memory in MB."""
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "execbench", *arguments], stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.perf_counter() - start, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    """Measure each format."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(sys.argv[1] if len(sys.argv) > 1 else folder)
        for trials in (50, 5):
            path = kept / f"races-of-{trials}.json"
            # In a separate process, as a child's peak memory includes that of its parent when it was forked.
            writer = multiprocessing.get_context("spawn").Process(target=write, args=(path, trials))
            writer.start()
            writer.join()
            for suffix in SUFFIXES:
                report = path.with_suffix(f".{suffix}")
                seconds, megabytes = measured(["report", str(path), "-o", str(report)])
                size = report.stat().st_size / 1e6
                print(f"races of {trials}, {suffix}: {seconds:.1f} s, {megabytes:.0f} MB, a file of {size:.1f} MB")


if __name__ == "__main__":
    main()
