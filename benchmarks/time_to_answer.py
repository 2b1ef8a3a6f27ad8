"""How soon `pytest --benchmark-only` has an answer, and how many of its intervals are within ±10 %.

    python benchmarks/time_to_answer.py [ARTIFACT]

Runs everything unless an artifact is given. Targets: 8 minutes on 2 cores, and a speedup interval within ±10 % for 90 %
of the trials without a doubt. Also prints the seconds until `execbench run` shows its first table on a terminal: at
most 4.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from execbench.records import artifact

ROOT = Path(__file__).parent.parent


def run_everything(path: Path) -> None:
    """Race every workload on every backend, and print how long it took."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "--benchmark-only", f"--benchmark-json={path}"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    print(f"pytest --benchmark-only took {time.perf_counter() - start:.0f} s")


def print_share_of_precise(path: Path) -> None:
    """Print how many trials without a doubt have an interval within ±10 %, and list the others."""
    records = [record for record in artifact.read(path).records if record.speedup and not record.doubts]
    wide = [record for record in records if record.speedup and record.speedup.precision > 0.1]
    print(f"{len(records) - len(wide)} of {len(records)} trials without a doubt are known within ±10 %; wider:")
    for record in wide:
        assert record.speedup is not None
        print(f"  {record.name}: ±{record.speedup.precision:.1%} after {record.launches} launches")


def print_first_table() -> None:
    """Print how soon `execbench run` shows a table on a terminal."""
    terminal, end = pty.openpty()
    with tempfile.TemporaryDirectory() as folder, open(terminal, "rb", buffering=0) as shown:
        start = time.perf_counter()
        command = [sys.executable, "-m", "execbench", "run", "--json", f"{folder}/artifact.json"]
        with subprocess.Popen(
            command, stdin=end, stdout=end, stderr=end, env={**os.environ, "TERM": "xterm", "COLUMNS": "150"}
        ) as run:
            os.close(end)
            seen = b""
            while b"speedup" not in seen:
                seen += shown.read(4096)
            print(f"execbench run shows its first table after {time.perf_counter() - start:.1f} s")
            run.terminate()
            with suppress(OSError):  # the other end is closed
                while shown.read(4096):
                    pass


def main() -> None:
    """Race, or read an artifact, and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder, "artifact.json")
        if len(sys.argv) == 1:
            run_everything(path)
        print_share_of_precise(path)
    print_first_table()


if __name__ == "__main__":
    main()
