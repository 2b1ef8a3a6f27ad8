"""The journal of a run: each finished race, appended at once, so that a run that is killed loses none.

Lines of JSON: first what is being run, then each race's records. It stands beside the artifact until the run is
whole and the artifact holds it all. A last line that was not finished when the run was killed is passed over.
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


class Heading(msgspec.Struct, frozen=True):
    """What is being run: a run is resumed only where all of it is as it was."""

    trials: list[str]
    settings: dict[str, Any]
    environment: Environment
    code: dict[str, str]
    """The digest of each plugin's file."""
    seed: int

    @classmethod
    def of(cls, trials: Sequence[Trial], settings: Settings) -> Self:
        """Describe the run that is about to begin."""
        how = asdict(settings)
        seed = how.pop("seed")
        plugins = [choice.plugin for trial in trials for choice in (trial.workload, trial.backend)]
        return cls([trial.id for trial in trials], how, environment.describe(), _digests(plugins), seed)

    def differences(self, other: Self) -> list[str]:
        """Name what is not as it was."""
        parts = {"matrix": "trials", "settings": "settings", "environment": "environment", "code": "code"}
        return [word for word, name in parts.items() if getattr(self, name) != getattr(other, name)]


class FinishedRace(msgspec.Struct, frozen=True):
    """A line of the journal: a race, and the records of its trials."""

    race: RaceKey
    records: list[Record]


class Journal:
    """Open for one run, which appends to it."""

    def __init__(self, path: Path, heading: Heading) -> None:
        self.path = path
        self.heading = heading
        self.finished: dict[RaceKey, list[Record]] = {}
        """The races of an interrupted run that are not run again."""

    @classmethod
    def begin(cls, path: Path, heading: Heading) -> Self:
        """Start a new one; that of an interrupted run is kept beside it."""
        journal = cls(path, heading)
        with suppress(FileNotFoundError):
            path.replace(path.with_name(f"{path.name}.old"))
        path.parent.mkdir(parents=True, exist_ok=True)
        journal._append(heading)
        return journal

    @classmethod
    def resume(cls, path: Path, heading: Heading) -> Self:
        """Go on with that of an interrupted run.

        Raises:
            BadInput: there is none, or the run was another: the message says what has changed.
        """
        lines, whole = _lines(path)
        try:
            first = decode(lines[0] if lines else b"", Heading, "the heading of a journal")
            finished = [decode(line, FinishedRace, "a finished race") for line in lines[1:]]
        except BadInput as error:
            raise BadInput(f"{path} is not the journal of a run: {error}: run again without --resume") from error
        if changed := first.differences(heading):
            raise BadInput(
                f"the run cannot be resumed, as its {' and '.join(changed)} changed since: run again without --resume "
                f"({path} keeps what was finished)"
            )
        journal = cls(path, first)
        os.truncate(path, whole)
        journal.finished = {entry.race: entry.records for entry in finished}
        return journal

    def append(self, race: RaceKey, records: Iterable[Record]) -> None:
        """Keep a finished race; where there is no room, the run goes on without its journal.

        Raises:
            OSError: it cannot be written.
        """
        self._append(FinishedRace(race, list(records)))

    def close(self) -> None:
        """Remove it, as the artifact now holds all of it."""
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
    """Open the journal that stands beside an artifact, or in the storage folder.

    Raises:
        BadInput: it cannot be written, or there is no run to resume, or another.
    """
    place = artifact or _DEFAULT
    path = place.with_name(f"{place.name}.journal")
    heading = Heading.of(trials, settings)
    try:
        return Journal.resume(path, heading) if resume else Journal.begin(path, heading)
    except OSError as error:
        raise BadInput(f"the journal {path} cannot be written: {error.strerror}") from error


def _lines(path: Path) -> tuple[list[bytes], int]:
    """Read every whole line, and the number of bytes that they take."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"there is no run to resume: {path}: {error.strerror}") from error
    whole = content.rfind(b"\n") + 1
    return content[:whole].split(b"\n")[:-1], whole


def _digests(plugins: Iterable[Plugin]) -> dict[str, str]:
    """Digest the file of each plugin, found without importing it."""
    found: dict[str, str] = {}
    for plugin in plugins:
        if plugin.module not in found:
            path = Path(plugin.folder, f"{plugin.module}.py") if plugin.folder else _file_of(plugin.module)
            content = path.read_bytes() if path and path.is_file() else b""
            found[plugin.module] = hashlib.sha256(content).hexdigest()
    return found


def _file_of(module: str) -> Path | None:
    spec = find_spec(module)
    return Path(spec.origin) if spec and spec.origin else None
