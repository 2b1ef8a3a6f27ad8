"""Race the functions listed in benchmarks/functions/ as they are, and write docs/functions.md.

    pip install -r benchmarks/functions/requirements.txt
    python docs/functions.py FOLDER

The artifacts are kept in FOLDER. A function whose artifact is there is not raced again, so an interrupted run goes on
where it was. Every backend that works here gets a column.
"""

from __future__ import annotations

import contextlib
import platform
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

from execbench.lane.preparing import load, plain_loop, with_options
from execbench.plugins.registry import find, find_tasks
from execbench.records import artifact
from execbench.records.record import Record
from execbench.report.escape import plain

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "benchmarks" / "functions"
PAGE = ROOT / "docs" / "functions.md"
BEGIN, END = "<!-- written by docs/functions.py -->\n", "<!-- end -->\n"
QUICK = ("--launches", "1", "--max-time", "0.01", "--min-rounds", "1")
LOOKED_INTO = 3
"""The type of a container names the types of this many items."""

Outcomes = Mapping[str, Record]
"""The records of one race by backend."""


@dataclass(frozen=True)
class Function:
    """A function as its library has it, and the tasks that it is raced on."""

    name: str
    tasks: str
    library: str | None = None
    """None for the standard library."""
    star: bool = False

    def race(self, path: Path, *more: str) -> None:
        """Race it on every backend, and write the artifact; a failed trial is in there, too."""
        star = ("--star",) if self.star else ()
        command = ("-m", "execbench", "run", self.name, "--tasks", self.tasks, *star, *QUICK, *more, "--json", path)
        finished = subprocess.run([sys.executable, *command], cwd=FOLDER, check=False, stdout=subprocess.DEVNULL)
        if finished.returncode not in (0, 1):
            sys.exit(f"{self.name} was not raced")

    def result_types(self) -> str:
        """Call it in a plain loop, and describe what it returns."""
        with contextlib.chdir(FOLDER), warnings.catch_warnings(action="ignore"):
            plugin = find("workload", self.name).with_tasks(find_tasks(self.tasks, star=self.star))
            workload = with_options(load(plugin.place), {})
            return type_names(plain_loop(workload, list(workload.tasks(workload.size))))

    @property
    def source(self) -> str:
        """The library with its version."""
        return f"{self.library} {metadata.version(self.library)}" if self.library else "standard library"


def listed() -> list[Function]:
    """Return the functions to race."""
    content = tomllib.loads((FOLDER / "functions.toml").read_text())
    return [Function(**entry) for entry in content["functions"]]


def type_names(values: Iterable[Any], between: str = " or ") -> str:
    """Name the types of values, each once."""
    return between.join(dict.fromkeys(map(_type_name, values)))


def _type_name(value: Any) -> str:
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    name = kind.__qualname__ if library == "builtins" else f"{library}.{kind.__qualname__}"
    items = value.values() if isinstance(value, dict) else value
    if isinstance(value, (list, tuple, set, dict)) and items:
        return f"{name} of {type_names(islice(items, LOOKED_INTO), ', ')}"
    return name


def raced(functions: Sequence[Function], folder: Path) -> dict[Function, Outcomes]:
    """Race the functions that have no artifact in a folder yet; return the outcomes of all."""
    folder.mkdir(parents=True, exist_ok=True)
    outcomes: dict[Function, Outcomes] = {}
    for number, function in enumerate(functions, 1):
        path = folder.resolve() / f"{function.name.replace(':', '.')}.json"
        if not path.exists():
            sys.stderr.write(f"{number} of {len(functions)}: {function.name}\n")
            function.race(path)
        outcomes[function] = {record.backend: record for record in artifact.read(path).records}
    return outcomes


def table(outcomes: Mapping[Function, Outcomes]) -> str:
    """Return the table in Markdown, with a numbered note for each reason why a trial failed."""
    backends = list(dict.fromkeys(backend for outcome in outcomes.values() for backend in sorted(outcome)))
    notes: dict[str, int] = {}
    rows = [
        [
            f"`{function.name}`",
            function.source,
            f"`{function.tasks}{' --star' if function.star else ''}`",
            plain(function.result_types()),
            *(_outcome(outcome[backend], notes) for backend in backends),
        ]
        for function, outcome in outcomes.items()
    ]
    heading = ["function", "library", "tasks", "results", *(f"`{backend}`" for backend in backends)]
    lines = [_row(heading), _row(["---"] * len(heading)), *map(_row, rows), ""]
    return "\n".join([*lines, *(f"{number}. {plain(note)}" for note, number in notes.items()), ""])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _outcome(record: Record, notes: dict[str, int]) -> str:
    """Return `right`, or the number of the note that says why not."""
    if record.ok:
        return "right"
    reason = (record.reason or "").partition("\n")[0]
    return f"note {notes.setdefault(f'{record.status}: {reason}', len(notes) + 1)}"


def main() -> None:
    """Race what is not in the folder yet, and put the table into the page."""
    outcomes = raced(listed(), Path(sys.argv[1]))
    before, _, rest = PAGE.read_text().partition(BEGIN)
    python = f"Python {platform.python_version()}, {platform.system()}, execbench {metadata.version('execbench')}.\n"
    PAGE.write_text(f"{before}{BEGIN}{python}\n{table(outcomes)}{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
