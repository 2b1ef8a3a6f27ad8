"""The journal of a run: each finished race, appended at once, so that a run that is killed loses none.

A line of JSON each: first what is being run, then each race's records. It stands beside the artifact until the run is
whole, when it is all in the artifact. A line that was not finished when the run was killed is passed over.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from execbench import environment
from execbench.errors import BadInput
from execbench.record import Record
from execbench.registry import Plugin, find_spec
from execbench.settings import Settings
from execbench.trial import Trial

RaceKey = tuple[str, int]
"""A race, by workload and size."""

_DEFAULT = Path(".benchmarks", "execbench")


@dataclass(frozen=True)
class Heading:
    """What is being run: a run is resumed only where all of it is as it was."""

    trials: Sequence[str]
    settings: Mapping[str, Any]
    environment: Mapping[str, Any]
    code: Mapping[str, str]
    """The digest of each plugin's file."""
    seed: int

    @classmethod
    def of(cls, trials: Sequence[Trial], settings: Settings) -> Heading:
        """Describe the run that is about to begin."""
        how = asdict(settings)
        seed = how.pop("seed")
        plugins = [choice.plugin for trial in trials for choice in (trial.workload, trial.backend)]
        return cls([trial.id for trial in trials], how, environment.describe(), _digests(plugins), seed)

    def differences(self, other: Heading) -> list[str]:
        """Name what is not as it was."""
        parts = {"matrix": "trials", "settings": "settings", "environment": "environment", "code": "code"}
        return [word for word, name in parts.items() if getattr(self, name) != getattr(other, name)]


class Journal:
    """Open for one run, which appends to it."""

    def __init__(self, path: Path, heading: Heading) -> None:
        self.path = path
        self.heading = heading
        self.finished: dict[RaceKey, list[Record]] = {}
        """The races of an interrupted run that are not run again."""

    @classmethod
    def begin(cls, path: Path, heading: Heading) -> Journal:
        """Start a new one; that of an interrupted run is kept beside it."""
        journal = cls(path, heading)
        with suppress(FileNotFoundError):
            path.replace(path.with_name(f"{path.name}.old"))
        path.parent.mkdir(parents=True, exist_ok=True)
        journal._append(asdict(heading))
        return journal

    @classmethod
    def resume(cls, path: Path, heading: Heading) -> Journal:
        """Go on with that of an interrupted run.

        Raises:
            BadInput: there is none, or the run was another: the message says what has changed.
        """
        lines, whole = _lines(path)
        try:
            first = Heading(**lines[0])
        except (IndexError, TypeError) as error:
            raise BadInput(f"{path} is not the journal of a run: run again without --resume") from error
        if changed := first.differences(heading):
            raise BadInput(
                f"the run cannot be resumed, as its {' and '.join(changed)} changed since: run again without --resume "
                f"({path} keeps what was finished)"
            )
        journal = cls(path, first)
        os.truncate(path, whole)
        for line in lines[1:]:
            name, size = line["race"]
            journal.finished[name, size] = [Record.from_json(entry["name"], entry) for entry in line["records"]]
        return journal

    def append(self, race: RaceKey, records: Iterable[Record]) -> None:
        """Keep a finished race; where there is no room, the run goes on without its journal.

        Raises:
            OSError: it cannot be written.
        """
        self._append({"race": race, "records": [{"name": record.name, **record.as_json()} for record in records]})

    def close(self) -> None:
        """Remove it, as all that it holds is in the artifact."""
        self.path.unlink(missing_ok=True)

    def _append(self, content: Mapping[str, Any]) -> None:
        whole = self.path.stat().st_size if self.path.exists() else 0
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(content, allow_nan=False) + "\n")
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


def _lines(path: Path) -> tuple[list[dict[str, Any]], int]:
    """Read every whole line, and the number of bytes that they take."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"there is no run to resume: {path}: {error.strerror}") from error
    lines: list[dict[str, Any]] = []
    whole = 0
    for line in content.splitlines(keepends=True):
        try:
            found = json.loads(line)
        except ValueError:
            break
        if not line.endswith(b"\n") or not isinstance(found, dict):
            break
        lines.append(found)
        whole += len(line)
    return lines, whole


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
