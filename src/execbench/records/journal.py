"""The journal of a run: each finished race is appended at once, so that a killed run loses none.

It is a file of JSON lines beside the artifact: a heading that describes the run, then the records of each race. It is
removed once the artifact holds them all. A last line that the run was killed while writing is ignored.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self, TypeAlias

import msgspec

from execbench import environment
from execbench.environment import Environment
from execbench.errors import BadInput
from execbench.plugins.registry import Plugin, find_spec
from execbench.plugins.trial import Trial
from execbench.records.decode import decode
from execbench.records.record import Record
from execbench.settings import Settings

RaceKey: TypeAlias = tuple[str, int]
"""A race, by workload and size."""

_DEFAULT = Path(".benchmarks", "execbench")

_COMPARED = {"matrix": "trials", "settings": "settings", "environment": "environment", "code": "code"}
"""What must not have changed for a run to be resumed: the word for it, and the field of `Heading`."""


class Heading(msgspec.Struct, frozen=True):
    """What is run."""

    trials: list[str]
    settings: dict[str, Any]
    environment: Environment
    code: dict[str, str]
    """The digest of each plugin's file."""
    seed: int

    @classmethod
    def of(cls, trials: Sequence[Trial], settings: Settings) -> Self:
        """Describe a run that is about to start."""
        how = asdict(settings)
        seed = how.pop("seed")
        plugins = dict.fromkeys(choice.plugin for trial in trials for choice in (trial.workload, trial.backend))
        code = {plugin.module: _digest(plugin) for plugin in plugins}
        return cls([trial.id for trial in trials], how, environment.describe(), code, seed)


class FinishedRace(msgspec.Struct, frozen=True):
    """A line of the journal: a race, and the records of its trials."""

    race: RaceKey
    records: list[Record]


class Journal:
    """The journal of one run, which appends to it."""

    def __init__(self, path: Path, heading: Heading, finished: Iterable[FinishedRace] = ()) -> None:
        self.path = path
        self.heading = heading
        self.finished = {entry.race: entry.records for entry in finished}
        """The races that an interrupted run finished; they are not run again."""

    @classmethod
    def begin(cls, path: Path, heading: Heading) -> Self:
        """Start a new journal; an existing one, of an interrupted run, is renamed to `*.old`."""
        journal = cls(path, heading)
        with suppress(FileNotFoundError):
            path.replace(path.with_name(f"{path.name}.old"))
        path.parent.mkdir(parents=True, exist_ok=True)
        journal._append(heading)
        return journal

    @classmethod
    def resume(cls, path: Path, heading: Heading) -> Self:
        """Continue the journal of an interrupted run; BadInput where there is none, or the run has changed."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BadInput(f"there is no run to resume: {path}: {error.strerror}") from error
        whole = content.rfind(b"\n") + 1
        first, *races = content[:whole].removesuffix(b"\n").split(b"\n")
        try:
            begun = decode(first, Heading, "the heading of a journal")
            finished = [decode(race, FinishedRace, "a finished race") for race in races]
        except BadInput as error:
            raise BadInput(f"{path} is not the journal of a run: {error}: run again without --resume") from error
        if changed := [word for word, name in _COMPARED.items() if getattr(begun, name) != getattr(heading, name)]:
            raise BadInput(
                f"the run cannot be resumed, as its {' and '.join(changed)} changed: run again without --resume "
                f"({path} keeps the finished races)"
            )
        os.truncate(path, whole)
        return cls(path, begun, finished)

    def append(self, race: RaceKey, records: Iterable[Record]) -> None:
        """Add a finished race; after an OSError, the run can continue without its journal."""
        self._append(FinishedRace(race, list(records)))

    def close(self) -> None:
        """Remove the file, as the artifact now holds all of it."""
        self.path.unlink(missing_ok=True)

    def _append(self, content: Heading | FinishedRace) -> None:
        whole = self.path.stat().st_size if self.path.exists() else 0
        try:
            with self.path.open("ab") as file:
                file.write(msgspec.json.encode(content) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                os.truncate(self.path, whole)
            raise


def open_beside(artifact: Path | None, trials: Sequence[Trial], settings: Settings, *, resume: bool) -> Journal:
    """Open the journal beside an artifact, or by default in the storage folder; BadInput where that fails."""
    place = artifact or _DEFAULT
    path = place.with_name(f"{place.name}.journal")
    heading = Heading.of(trials, settings)
    try:
        return Journal.resume(path, heading) if resume else Journal.begin(path, heading)
    except OSError as error:
        raise BadInput(f"the journal {path} cannot be written: {error.strerror}") from error


def _digest(plugin: Plugin) -> str:
    """Return the digest of a plugin's file, which is found without importing it."""
    folder, module = plugin.folder, plugin.module
    file = os.path.join(folder, f"{module}.py") if folder else getattr(find_spec(module), "origin", None)
    content = Path(file).read_bytes() if file and os.path.isfile(file) else b""
    return hashlib.sha256(content).hexdigest()
