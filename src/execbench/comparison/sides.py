"""The two sides of a comparison: each a file, a folder or a pattern, and one interpreter of it where that is named."""

import glob
import statistics
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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
    """One artifact of a side, and its trials by name."""

    path: Path
    artifact: Artifact
    python: str | None = None
    """The one interpreter that counts; its trials have lost its name."""
    trials: Mapping[str, Record] = field(init=False)
    baselines: Mapping[Race, Record] = field(init=False)
    """The baseline of each race, whether it was selected or not."""

    def __post_init__(self) -> None:
        selected, hidden = (self._of_python(each) for each in (self.artifact.selected, self.artifact.baselines))
        baselines = [record for record in (*hidden, *selected) if record.is_baseline and record.ok]
        object.__setattr__(self, "trials", {record.name: record for record in selected})
        object.__setattr__(self, "baselines", {race_of(record): record for record in baselines})

    @cached_property
    def reference_seconds(self) -> float | None:
        """The median of the reference kernel, under all interpreters; None in artifacts without it."""
        records = (*self.artifact.baselines, *self.artifact.selected)
        seconds = [each for record in records for each in record.reference_seconds]
        return statistics.median(seconds) if seconds else None

    def _of_python(self, records: Sequence[Record]) -> Sequence[Record]:
        """Keep the trials of one interpreter, under the names that they share with another's."""
        if self.python is None:
            return records
        ending = f"/py{self.python}"
        return [
            replace(record, name=record.name.removesuffix(ending))
            for record in records
            if record.python.name == self.python
        ]


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

    @property
    def paths(self) -> list[Path]:
        """The files."""
        return [run.path for run in self.runs]


def read_sides(old: str, new: str) -> tuple[Side, Side]:
    """Read both sides, each file once.

    Raises:
        BadInput: a side has no artifact, or something that is not one.
    """
    known: dict[Path, Artifact] = {}
    return _read_side(old, known), _read_side(new, known)


def _read_side(text: str, known: dict[Path, Artifact]) -> Side:
    pattern, python = _split(text)
    for path in (paths := _paths(pattern)):
        if path.resolve() not in known:
            known[path.resolve()] = artifact.read(path)
    found = {path: known[path.resolve()] for path in paths}
    if python is not None:
        for path, content in found.items():
            _refuse_unknown(path, content, python)
    paths = sorted(paths, key=lambda path: (found[path].datetime, str(path)))
    return Side(text, [SideRun(path, found[path], python) for path in paths], python)


def _split(text: str) -> tuple[str, str | None]:
    if SEPARATOR not in text or _exists(Path(text)):
        return text, None
    pattern, _, python = text.rpartition(SEPARATOR)
    return pattern, python


def _paths(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        if found := sorted(path.rglob("*.json")):
            return found
        raise BadInput(f"the folder {pattern} holds no artifact (*.json)")
    if _exists(path):
        return [path]
    if found := sorted(Path(name) for name in glob.glob(pattern, recursive=True) if Path(name).is_file()):
        return found
    raise BadInput(f"{pattern}: no such file or folder, and no file matches it as a pattern")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # a name that is too long, a folder that may not be read
        raise BadInput(f"{path}: {error.strerror}") from error


def _refuse_unknown(path: Path, content: Artifact, python: str) -> None:
    names = {record.python.name for record in content.selected if record.python.name is not None}
    if python not in names:
        known = ", ".join(sorted(names)) or "none"
        raise BadInput(f"{path}: no trial ran under an interpreter named {python!r}; named there: {known}")
