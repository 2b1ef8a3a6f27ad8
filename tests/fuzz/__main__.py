"""`python -m tests.fuzz files 10000`: more than a test run has time for."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.fuzz.reading import read_all
from tests.fuzz.sound import SOUND


def main() -> None:
    """Print what became of all files, and end with 1 if any was a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("files", type=int, help="how many damaged files of each kind")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--kind", choices=[*SOUND], action="append")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = read_all(given.kind or [*SOUND], range(given.first, given.first + given.files), Path(folder))
    for fault in found.faults:
        sys.stdout.write(f"{fault}\n\n")
    said = ", ".join(f"{count:,} {ending}" for ending, count in found.endings.most_common())
    sys.stdout.write(f"{said}; at most {found.seconds:.1f} s of CPU and {found.memory >> 20} MiB each\n")
    sys.exit(bool(found.faults))


if __name__ == "__main__":
    main()
