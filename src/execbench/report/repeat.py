"""The command that repeats a run, or one race of it."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import PurePath

_OPTIONS = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
"""The options that repeating a race leaves out or replaces."""

_OPTIONS.add_argument("-w", "--workload", action="append", default=[])
_OPTIONS.add_argument("--resume", action="store_true")
for _output in ("--json", "--benchmark-json", "--report", "--race-report"):
    _OPTIONS.add_argument(_output)

IN_PYTHON = "execbench.race"
"""The command of a race that a Python program asked for."""


def repeat_run(command: Sequence[str], seed: int) -> str:
    """Return the run's own command, with the seed that it drew."""
    if list(command) == [IN_PYTHON]:
        return f"execbench.race(fn, tasks, seed={seed})"
    program = PurePath(command[0]).name if command else ""
    option = "--race-seed" if program.startswith(("pytest", "py.test")) else "--seed"
    is_given = any(word.partition("=")[0] == option for word in command)
    return shlex.join(command if is_given else [*command, option, str(seed)])


def repeat_race(command: Sequence[str], seed: int, group: str) -> str:
    """Return the run's command for one workload; for all of them where it is unclear which one is meant."""
    if list(command) == [IN_PYTHON]:
        return repeat_run(command, seed)
    try:
        given, others = _OPTIONS.parse_known_args(command)
    except argparse.ArgumentError:  # no run of ours: whoever wrote the artifact made it up
        return repeat_run(command, seed)
    if not given.workload and any(":" in word and _stem(word) == _stem(group) for word in others):
        return repeat_run(others, seed)  # its function is an argument of its own
    asked: list[str] = given.workload or [group]
    meant = [name for name in asked if name == group] or [name for name in asked if _stem(name) == _stem(group)]
    for name in meant if len(meant) == 1 else asked:
        others += ["--workload", name]
    return repeat_run(others, seed)


def _stem(name: str) -> str:
    """The name without folder, suffix and options."""
    return PurePath(name.partition("[")[0].rpartition(":")[2]).stem
