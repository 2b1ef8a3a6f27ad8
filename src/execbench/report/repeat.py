"""The command that repeats a run, or one race of it."""

import shlex
from collections.abc import Sequence
from pathlib import PurePath

_OUTPUTS = ("--json", "--benchmark-json", "--report", "--race-report")
_SWITCHES = ("--resume",)
_WORKLOADS = ("-w", "--workload")


def repeat_run(command: Sequence[str], seed: int) -> str:
    """Return the run's own command, with the seed that it drew."""
    return shlex.join(_with_seed(list(command), seed))


def repeat_race(command: Sequence[str], seed: int, group: str) -> str:
    """Return the run's command for one workload; for all of them where it cannot be told which is meant."""
    kept = _without([word for word in command if word not in _SWITCHES], _OUTPUTS)
    asked = _values(kept, _WORKLOADS)
    meant = [word for word in asked if word == group] or [word for word in asked if _stem(word) == _stem(group)]
    if len(meant) == 1 or not asked:
        kept = [*_without(kept, _WORKLOADS), *(("--workload", meant[0] if meant else group))]
    return shlex.join(_with_seed(kept, seed))


def _with_seed(command: list[str], seed: int) -> list[str]:
    option = "--race-seed" if _is_pytest(command) else "--seed"
    return command if _values(command, (option,)) else [*command, option, str(seed)]


def _is_pytest(command: Sequence[str]) -> bool:
    return PurePath(command[0]).name.startswith(("pytest", "py.test")) if command else False


def _values(command: Sequence[str], options: Sequence[str]) -> list[str]:
    """The values that an option has in a command line."""
    return [value for _, value in _found(command, options)]


def _without(command: Sequence[str], options: Sequence[str]) -> list[str]:
    gone = {place for places, _ in _found(command, options) for place in places}
    return [word for place, word in enumerate(command) if place not in gone]


def _found(command: Sequence[str], options: Sequence[str]) -> list[tuple[tuple[int, ...], str]]:
    """Where an option and its value stand: apart, joined by `=`, or, if it has one letter, in one word."""
    found: list[tuple[tuple[int, ...], str]] = []
    for place, word in enumerate(command):
        name, sign, value = word.partition("=")
        if word in options and place + 1 < len(command):
            found.append(((place, place + 1), command[place + 1]))
        elif sign and name in options and name.startswith("--"):
            found.append(((place,), value))
        elif word[:2] in options and len(word) > 2 and not word.startswith("--"):
            found.append(((place,), word[2:]))
    return found


def _stem(name: str) -> str:
    """The name without folder, suffix and options."""
    return PurePath(name.partition("[")[0].rpartition(":")[2]).stem
