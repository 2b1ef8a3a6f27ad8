"""How light execbench is: the seconds and the memory of a serial lane before its plugin's imports, and of `--help`.

    python benchmarks/light.py

Targets: a lane is open within 0.15 s and takes less than 30 MB; `execbench --help` answers within 0.2 s.
"""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from execbench.supervisor.lane import Nursery
from execbench.supervisor.memory import high_water_marks

ROUNDS = 15


def lane_seconds_and_bytes(nursery: Nursery) -> tuple[float, int]:
    """Start a lane; return the seconds until it answers, and its peak memory in bytes."""
    start = time.perf_counter()
    with nursery.lane() as lane:
        lane.greet()
        return time.perf_counter() - start, high_water_marks(lane.tree.members())


def help_seconds() -> float:
    """Return the seconds that the whole process of `execbench --help` takes."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "execbench", "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print the medians."""
    with Nursery() as nursery:
        lanes = [lane_seconds_and_bytes(nursery) for _ in range(ROUNDS)]
    seconds, memory = (median(column) for column in zip(*lanes, strict=True))
    print(f"a lane answers after {seconds:.3f} s, with {memory / 1e6:.1f} MB (medians of {ROUNDS})")
    print(f"execbench --help takes {median(help_seconds() for _ in range(ROUNDS)):.3f} s")


if __name__ == "__main__":
    main()
