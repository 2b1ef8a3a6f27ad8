"""Python scripts run as subprocesses: the tutorial's three scripts, repeated, with their output."""

from __future__ import annotations

import subprocess
import sys

from execbench import Workload

_SCRIPTS = (
    "import sys; print('script 1 was given', sys.argv[1])",
    "import sys; print('script 2 squares it:', int(sys.argv[1]) ** 2)",
    "import sys; print('script 3 counts to it:', *range(int(sys.argv[1]) + 1))",
)


def run_script(task: tuple[str, int]) -> str:
    """Run a script with a number as its argument and return what it printed."""
    script, number = task
    command = [sys.executable, "-I", "-S", "-c", script, str(number)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def tasks(size: int) -> list[tuple[str, int]]:
    """Return the scripts in turn, each with the task's number."""
    return [(_SCRIPTS[number % len(_SCRIPTS)], number) for number in range(size)]


workload = Workload(fn=run_script, tasks=tasks, size=4)
