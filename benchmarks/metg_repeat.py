"""Whether METG is reproducible: runs `execbench metg` twice, and prints the ratio of the two for each backend.

    python benchmarks/metg_repeat.py [OPTION ...]

Options are passed to `execbench metg`. Targets: each run takes at most 5 minutes on 2 cores, and each ratio is at most
1.5.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from execbench.report.metg import outcome
from execbench.sweep import results
from execbench.sweep.metg import MetgResult


def metg(path: Path, options: list[str]) -> dict[str, MetgResult]:
    """Run the sweep, and print how long it took."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "execbench", "metg", *options, "--json", str(path)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    print(f"took {time.perf_counter() - start:.0f} s\n", flush=True)
    run = results.read(path, results.MetgRun)
    assert isinstance(run, results.MetgRun)
    return {result.backend: result for result in run.results}


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [metg(Path(folder, f"{number}.json"), sys.argv[1:]) for number in (1, 2)]
    for name, first in runs[0].items():
        second = runs[1][name]
        if first.metg and second.metg:
            ratio = first.metg.estimate / second.metg.estimate
            print(f"{name}: {max(ratio, 1 / ratio):.2f}")
        else:
            print(f"{name}: {outcome(first)}; {outcome(second)}")


if __name__ == "__main__":
    main()
