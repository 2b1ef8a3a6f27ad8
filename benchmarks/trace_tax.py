"""How much longer a traced round takes than an untraced one, for tasks of about 1 ms.

    python benchmarks/trace_tax.py [ROUNDS]

Makes only the library calls, in this process, traced and untraced in turn. Target: a ratio of at most 1.10.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Pool
from statistics import median
from time import perf_counter
from typing import Any

import joblib
import numpy as np

from execbench.lane.wrappers import Traced
from execbench.stats import mean_of_launches

TASKS = 100
CHUNKSIZE = 13
STEPS = 20_000


def fn(task: int) -> int:
    """Take about a millisecond."""
    total = task
    for number in range(STEPS):
        total += number & 7
    return total


Round = Callable[[Callable[[int], Any]], list[Any]]


def ratios(run: Round, rounds: int) -> list[float]:
    """Return the logarithms of traced over untraced seconds, for pairs of rounds in random order."""
    found = []
    functions: dict[str, Callable[[int], Any]] = {"plain": fn, "traced": Traced(fn)}
    for _ in range(rounds):
        seconds = {}
        for name in random.sample(list(functions), 2):
            start = perf_counter()
            run(functions[name])
            seconds[name] = perf_counter() - start
        found.append(math.log(seconds["traced"] / seconds["plain"]))
    return found


def show(name: str, run: Round, rounds: int) -> None:
    """Print the ratio with its interval, from the medians of groups of ten pairs."""
    run(fn)
    logs = np.array(ratios(run, rounds))
    groups = [median(group) for group in np.array_split(logs, max(2, rounds // 10))]
    interval = mean_of_launches(groups).interval()
    print(f"{name:14} {interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}]", flush=True)


def main() -> None:
    """Measure the executors of the standard library and joblib."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    tasks = range(TASKS)
    show("serial", lambda each: [each(task) for task in tasks], rounds)
    with ThreadPoolExecutor(2) as threads:
        show("threads", lambda each: list(threads.map(each, tasks)), rounds)
    with Pool(2) as pool:
        show("pool", lambda each: pool.map(each, tasks, CHUNKSIZE), rounds)
    with ProcessPoolExecutor(2) as processes:
        show("process_pool", lambda each: list(processes.map(each, tasks, chunksize=CHUNKSIZE)), rounds)
    with joblib.Parallel(2, batch_size=CHUNKSIZE) as parallel:
        show("joblib", lambda each: list(parallel(joblib.delayed(each)(task) for task in tasks)), rounds)


if __name__ == "__main__":
    main()
