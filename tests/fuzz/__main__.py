"""`python -m tests.fuzz files 10000`, `python -m tests.fuzz storms 50`: more than a test run has time for."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.fuzz.reading import read_all
from tests.fuzz.sound import SOUND
from tests.fuzz.storm import SIGNALS, TOOLS, storm

_STROKES = 6


def main() -> int:
    """Run what was asked for, and print a summary; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    files = commands.add_parser("files", help="damaged files of each kind, given to their readers")
    files.set_defaults(command=_files)
    files.add_argument("--kind", choices=[*SOUND], action="append")
    storms = commands.add_parser("storms", help="runs that are stopped by signals and resumed until they are whole")
    storms.set_defaults(command=_storms)
    for command in (files, storms):
        command.add_argument("count", type=int, metavar="N", help="how many (of each kind)")
        command.add_argument("--first", type=int, default=0, metavar="K", help="the number of the first one")
    given = parser.parse_args()
    failed: bool = given.command(given, range(given.first, given.first + given.count))
    return int(failed)


def _files(given: argparse.Namespace, numbers: range) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        found = read_all(given.kind or [*SOUND], numbers, Path(folder))
    for fault in found.faults:
        _say(f"{fault}\n")
    said = ", ".join(f"{count:,} {ending}" for ending, count in found.endings.most_common())
    _say(f"{said}; at most {found.seconds:.1f} s of CPU and {found.memory >> 20} MiB each")
    return bool(found.faults)


def _storms(given: argparse.Namespace, numbers: range) -> bool:
    faults = strokes = 0
    for number in numbers:
        tool = TOOLS[number % len(TOOLS)]
        with tempfile.TemporaryDirectory() as folder:
            try:
                strokes += storm(tool, Path(folder), random.Random(number), SIGNALS, _STROKES)
            except AssertionError as fault:
                faults += 1
                _say(f"storm {number}, {tool}: {fault}\n")
    _say(f"{len(numbers):,} storms, {strokes:,} runs stopped, {faults:,} faults")
    return bool(faults)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
