"""The two sides of a comparison: each a file, a folder or a pattern, and one interpreter of it where that is named."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from execbench.compare.reading import Entry, ReadRun, read
from execbench.errors import BadInput

SEPARATOR = "::"
"""Between the files of a side and the name of an interpreter that raced there: `artifact.json::base`."""


@dataclass(frozen=True)
class Side:
    """The runs of one side, the oldest first."""

    text: str
    """As the user named it."""
    runs: Sequence[ReadRun]
    python: str | None = None
    """The one interpreter that counts; its trials have lost its name."""

    def ids(self) -> list[str]:
        """Return the trials of all runs, each once."""
        return list(dict.fromkeys(id_ for run in self.runs for id_ in run.entries))

    @property
    def paths(self) -> list[Path]:
        """The files."""
        return [run.path for run in self.runs]


def read_sides(old: str, new: str) -> tuple[Side, Side]:
    """Read both sides, each file once.

    Raises:
        BadInput: a side has no artifact, or something that is none.
    """
    known: dict[Path, ReadRun] = {}
    return _read_side(old, known), _read_side(new, known)


def _read_side(text: str, known: dict[Path, ReadRun]) -> Side:
    pattern, python = _split(text)
    for path in (paths := _paths(pattern)):
        if path.resolve() not in known:
            known[path.resolve()] = read(path)
    runs = sorted((known[path.resolve()] for path in paths), key=lambda run: (run.datetime, str(run.path)))
    if python is not None:
        runs = [_of_python(run, python) for run in runs]
    return Side(text, runs, python)


def _split(text: str) -> tuple[str, str | None]:
    if SEPARATOR not in text or Path(text).exists():
        return text, None
    pattern, _, python = text.rpartition(SEPARATOR)
    return pattern, python


def _paths(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        if found := sorted(path.rglob("*.json")):
            return found
        raise BadInput(f"the folder {pattern} holds no artifact (*.json)")
    if path.exists():
        return [path]
    if found := sorted(Path(name) for name in glob.glob(pattern, recursive=True) if Path(name).is_file()):
        return found
    raise BadInput(f"{pattern}: no such file or folder, and no file matches it as a pattern")


def _of_python(run: ReadRun, python: str) -> ReadRun:
    """Keep the trials of one interpreter, under the names that they share with the other's."""
    names = {entry.python for entry in run.entries.values() if entry.python is not None}
    if python not in names:
        known = ", ".join(sorted(names)) or "none"
        raise BadInput(f"{run.path}: no trial ran under an interpreter named {python!r}; named there: {known}")
    entries = [_unnamed(entry, python) for entry in run.entries.values() if entry.python == python]
    baselines = [_unnamed(entry, python) for entry in run.baselines.values() if entry.python == python]
    return replace(run, entries=_by_id(entries), baselines={entry.race: entry for entry in baselines})


def _unnamed(entry: Entry, python: str) -> Entry:
    return replace(entry, id=entry.id.removesuffix(f"/py{python}"), race=(*entry.race[:2], None))


def _by_id(entries: Sequence[Entry]) -> Mapping[str, Entry]:
    return {entry.id: entry for entry in entries}
