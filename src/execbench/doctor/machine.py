"""What the checks look at."""

import sysconfig
from dataclasses import dataclass
from pathlib import Path

from execbench.doctor.files import Files, Unseen
from execbench.doctor.twice import Twice
from execbench.doctor.watch import Counters, Rest


@dataclass(frozen=True)
class Machine:
    """A machine: its files, what it did at rest, and what it did during the race of a trial against itself."""

    files: Files
    rest: Rest
    twice: Twice | Unseen
    during: Counters
    """What was counted during the race."""
    packages: Path = Path(sysconfig.get_path("purelib"))
    """The folder of the installed packages."""
