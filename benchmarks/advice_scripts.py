"""Times the programs that `execbench advise` prints: as scripts, in plain Python."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from advice_table import FOLDER

RUNS = 5
SCRIPT_TIMEOUT = 120.0

_BEFORE = "from time import perf_counter as clock; began = clock()"
_AFTER = "print(clock() - began)"


def timed(program: str) -> str:
    """Return a program that prints how many seconds its last statement took, which calls the function."""
    tree = ast.parse(program)
    last = tree.body[-1]
    block = last.body if isinstance(last, ast.If) else tree.body
    block[-1:] = [*ast.parse(_BEFORE).body, block[-1], *ast.parse(_AFTER).body]
    return ast.unparse(tree)


def script_seconds(program: str, runs: int = RUNS) -> list[float]:
    """Run a program and return the seconds of each run; fewer if one fails, which ends them."""
    seconds: list[float] = []
    environment = {**os.environ, "PYTHONPATH": os.fspath(FOLDER)}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "program.py")
        script.write_text(timed(program), encoding="utf-8")
        for _ in range(runs):
            try:
                ended = subprocess.run(
                    [sys.executable, script],
                    cwd=FOLDER,
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                    timeout=SCRIPT_TIMEOUT,
                )
            except subprocess.SubprocessError:
                break
            seconds.append(float(ended.stdout.split()[-1]))
    return seconds
