"""The two sides of a comparison: each a file, a folder or a pattern, optionally only one interpreter of it."""

import glob
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from execbench.errors import BadInput
from execbench.records import artifact
from execbench.records.artifact import Artifact
from execbench.records.record import Record

SEPARATOR = "::"
"""Between the files of a side and the name of an interpreter that raced there: `artifact.json::base`."""

Race: TypeAlias = tuple[Hashable, str | None]
"""What shares a baseline: a race, under one interpreter."""


@dataclass(frozen=True)
class SideRun:
    """One artifact of a side."""

    path: Path
    artifact: Artifact
    python: str | None = None
    """The one interpreter that counts; the names of its trials leave it out."""

    @cached_property
    def trials(self) -> Mapping[str, Record]:
        """The selected trials by name."""
        return {record.name: record for record in self._of_python(self.artifact.selected)}

    @cached_property
    def baselines(self) -> Mapping[Race, Record]:
        """The baseline of each race, whether or not it was selected."""
        records = self._of_python((*self.artifact.baselines, *self.artifact.selected))
        return {race_of(record): record for record in records if record.is_baseline and record.ok}

    def _of_python(self, records: Sequence[Record]) -> Sequence[Record]:
        """Keep the trials of the one interpreter, under names that another's trials have, too."""
        if self.python is None:
            return records
        kept = [record for record in records if record.python.name == self.python]
        return [replace(record, name=record.name.removesuffix(f"/py{self.python}")) for record in kept]


def race_of(record: Record) -> Race:
    """Return what a trial shares with its baseline."""
    return record.race, record.python.name


@dataclass(frozen=True)
class Side:
    """The runs of one side, the oldest first."""

    text: str
    """As the user named it."""
    runs: Sequence[SideRun]
    python: str | None = None

    def ids(self) -> list[str]:
        """Return the trials of all runs, each once."""
        return list(dict.fromkeys(id_ for run in self.runs for id_ in run.trials))


def read_sides(old: str, new: str) -> tuple[Side, Side]:
    """Read both sides, each file once; BadInput if one has no artifact, or a file that is not one."""
    read = cache(artifact.read)
    return read_side(old, read), read_side(new, read)


def read_side(text: str, read: Callable[[Path], Artifact] = artifact.read) -> Side:
    """Read one side, as `read_sides` does."""
    pattern, python = _split(text)
    runs = [SideRun(path, read(path), python) for path in _paths(pattern)]
    for run in runs:
        _refuse_unknown(run)
    return Side(text, sorted(runs, key=lambda run: (run.artifact.datetime, str(run.path))), python)


def _split(text: str) -> tuple[str, str | None]:
    if SEPARATOR not in text or _exists(Path(text)):
        return text, None
    pattern, _, python = text.rpartition(SEPARATOR)
    return pattern, python


def _paths(pattern: str) -> list[Path]:
    path = Path(pattern)
    if _exists(path) and not path.is_dir():
        return [path]
    if path.is_dir():
        if found := sorted(path.rglob("*.json")):
            return found
        raise BadInput(f"the folder {pattern} holds no artifact (*.json)")
    if found := sorted(Path(name) for name in glob.glob(pattern, recursive=True) if Path(name).is_file()):
        return found
    raise BadInput(f"{pattern}: no such file or folder, and no file matches it as a pattern")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # a name that is too long, a folder without permission
        raise BadInput(f"{path}: {error.strerror}") from error


def _refuse_unknown(run: SideRun) -> None:
    names = {record.python.name for record in run.artifact.selected if record.python.name is not None}
    if run.python is not None and run.python not in names:
        known = ", ".join(sorted(names)) or "none"
        raise BadInput(f"{run.path}: no trial ran under an interpreter named {run.python!r}; named there: {known}")
