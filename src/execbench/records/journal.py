"""The journal of a run: each finished race is appended at once, so that a killed run loses none.

It is a file of JSON lines beside the artifact: a heading that describes the run, then the records of each race. It is
removed once the artifact holds them all. A last line that the run was killed while writing is ignored.

A journal belongs to one run, which has it locked from beginning to end. One that nobody has locked is that of an
interrupted run.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from io import FileIO
from pathlib import Path
from typing import Any, Self, TypeAlias

import msgspec

from execbench import environment, files
from execbench.environment import Environment
from execbench.errors import BadInput
from execbench.plugins.trial import Trial, by_race
from execbench.records.decode import decode
from execbench.records.record import Amount, Chunking, Record
from execbench.settings import Settings

RaceKey: TypeAlias = tuple[str, int]
"""A race, by workload and size."""

_MOST = 1000
"""How many runs without --json may share a folder."""

_COMPARED = {"matrix": "trials", "settings": "settings", "environment": "environment"}
"""What must not have changed for a run to be resumed: the word for it, and the field of `Heading`."""


class Heading(msgspec.Struct, frozen=True):
    """What is run."""

    trials: list[str]
    settings: dict[str, Any]
    environment: Environment
    seed: Amount

    @classmethod
    def of(cls, trials: Sequence[Trial], settings: Settings) -> Self:
        """Describe a run that is about to start."""
        how = asdict(settings)
        seed = how.pop("seed")
        return cls([trial.id for trial in trials], how, environment.describe(), seed)


class FinishedRace(msgspec.Struct, frozen=True):
    """A line of the journal: a race, and the records of its trials."""

    race: RaceKey
    records: list[Record]
    code: dict[str, str] = {}
    """The digest of each of the user's files that it imported, by path."""


class InUse(BadInput):
    """Another run is writing the journal."""


class Journal:
    """The journal of one run, which appends to it; it is locked until it is closed."""

    def __init__(self, path: Path, file: FileIO, heading: Heading, finished: Iterable[FinishedRace] = ()) -> None:
        self._file = file
        self.path = path
        self.heading = heading
        self.finished = {entry.race: entry.records for entry in finished}
        """The races that an interrupted run finished; they are not run again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @classmethod
    def begin(cls, path: Path, heading: Heading) -> Self:
        """Start a new journal; an existing one, of an interrupted run, is renamed to `*.old`.

        Raises:
            BadInput: it cannot be written, or another run is writing it.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            journal = cls(path, _lock_new(path), heading)
            try:
                journal._append(heading)
            except BaseException:
                journal.remove()
                raise
        except OSError as error:
            raise BadInput(f"the journal {path} cannot be written: {error.strerror}") from error
        return journal

    @classmethod
    def resume(cls, path: Path, heading: Heading, trials: Sequence[Trial], seed: int | None = None) -> Self:
        """Continue the journal of an interrupted run of these trials, and of this seed if one was given.

        Raises:
            BadInput: there is none, another run is writing it, it is damaged, or the run has changed.
        """
        try:
            file = _lock(path, create=False)
        except OSError as error:
            raise BadInput(f"there is no run to resume: {path}: {error.strerror}") from error
        try:
            content = _read(path)
            whole = content.rfind(b"\n") + 1
            first, *races = content[:whole].removesuffix(b"\n").split(b"\n")
            begun = _read_heading(first, heading, path, seed)
            finished = list(_read_races(races, trials, path))
            file.truncate(whole)
        except BaseException:
            file.close()
            raise
        return cls(path, file, begun, finished)

    def append(self, race: RaceKey, records: Iterable[Record], code: Mapping[str, str] | None = None) -> None:
        """Add a finished race, with the digests of the files that it imported.

        After an OSError, the run can continue without its journal.
        """
        self._append(FinishedRace(race, list(records), dict(code or {})))

    def remove(self) -> None:
        """Remove the file, as the artifact now holds all of it, unless another has taken its place."""
        with suppress(OSError):
            if files.is_at(self._file, self.path):
                self.path.unlink()
        self.close()

    def close(self) -> None:
        """Unlock the file and keep it, for the run to be resumed."""
        self._file.close()

    def _append(self, content: Heading | FinishedRace) -> None:
        whole = os.fstat(self._file.fileno()).st_size
        rest = msgspec.json.encode(content) + b"\n"
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._file.truncate(whole)
            raise


def open_beside(
    artifact: Path | None, trials: Sequence[Trial], settings: Settings, *, resume: bool, seed: int | None
) -> Journal:
    """Open the journal beside an artifact; without one, the first of those in the storage folder that can be had.

    Args:
        artifact: Its path, if the user gave one.
        trials: What is run.
        settings: How.
        resume: Whether to continue an interrupted run.
        seed: The one that the user gave, which a run that is resumed must have.

    Raises:
        BadInput: the journal cannot be written, another run is writing it, or there is no such run to resume.
    """
    heading = Heading.of(trials, settings)
    if not resume:
        return _first(_paths(artifact), lambda path: Journal.begin(path, heading), unless=InUse)
    existing = [path for path in _paths(artifact) if path.exists()] or [next(_paths(artifact))]
    return _first(existing, lambda path: Journal.resume(path, heading, trials, seed), unless=BadInput)


def refuse_same(artifact: Path | None, report: Path | None) -> None:
    """Raise BadInput if the journal would be the artifact or the report of its run."""
    path = next(_paths(artifact))
    for other in filter(None, (artifact, report)):
        files.refuse_same(other, path, "the journal of the run would be lost")


def _paths(artifact: Path | None) -> Iterator[Path]:
    """The path beside an artifact; without one, a series, as several runs may share the folder."""
    if artifact is not None:
        yield artifact.with_name(f"{artifact.name}.journal")
        return
    for number in range(1, _MOST + 1):
        yield Path(".benchmarks", f"execbench-{number}.journal" if number > 1 else "execbench.journal")


def _first(paths: Iterable[Path], open_one: Callable[[Path], Journal], unless: type[BadInput]) -> Journal:
    """Return the first journal that opens; where none does, raise the reason that says most."""
    refused: list[BadInput] = []
    for path in paths:
        try:
            return open_one(path)
        except unless as error:
            refused.append(error)
    raise min(refused, key=lambda error: isinstance(error, InUse))


def _lock(path: Path, *, create: bool) -> FileIO:
    try:
        return files.lock(path, create=create)
    except BlockingIOError:
        raise InUse(
            f"another run is writing {path}: wait for it, or give another --json (pytest: --benchmark-json)"
        ) from None


def _lock_new(path: Path) -> FileIO:
    """Make a journal, and lock it; rename any that an interrupted run left there."""
    while True:
        file = _lock(path, create=True)
        if not os.fstat(file.fileno()).st_size:
            return file
        with file:
            path.replace(path.with_name(f"{path.name}.old"))


def _read(path: Path) -> bytes:
    try:
        return files.read(path)
    except BadInput as error:
        raise BadInput(f"{path} cannot be read: {error}") from None


def _read_heading(line: bytes, heading: Heading, path: Path, seed: int | None) -> Heading:
    """Return the heading of a journal; BadInput if it is not that of the run that `heading` describes."""
    try:
        begun = decode(line, Heading, "the heading of a journal")
    except BadInput as error:
        raise BadInput(f"{path} is not the journal of a run: {error}: run again without --resume") from error
    if changed := [word for word, name in _COMPARED.items() if getattr(begun, name) != getattr(heading, name)]:
        raise BadInput(
            f"the run cannot be resumed, as its {' and '.join(changed)} changed: run again without --resume "
            f"({path} keeps the finished races)"
        )
    if seed not in (None, begun.seed):
        raise BadInput(
            f"the run cannot be resumed with the seed {seed}, as {path} has {begun.seed}: "
            f"leave the seed out, or run again without --resume"
        )
    return begun


def _read_races(lines: Iterable[bytes], trials: Sequence[Trial], path: Path) -> Iterator[FinishedRace]:
    """Read the finished races; BadInput for one that is not of this run, or does not hold just its trials."""
    waiting = {race[0].race: race for race in by_race(trials)}
    for number, line in enumerate(lines, 2):
        try:
            found = decode(line, FinishedRace, "a finished race")
            if (race := waiting.pop(found.race, None)) is None:
                raise BadInput(f"the race {found.race} is not one of this run, or is there twice")
            asked = [record for record in found.records if not record.is_control]
            if len(asked) != len(race) or not all(map(_is_finished, asked, race)):
                raise BadInput(f"the records of {found.race} are not those of its trials")
            if changed := [file for file, digest in found.code.items() if files.digest(file) != digest]:
                raise BadInput(f"{found.race[0]} imported {changed[0]}, which has changed")
        except BadInput as error:
            raise BadInput(f"{path}, line {number}: {error}: run again without --resume") from error
        yield found


def _is_finished(record: Record, trial: Trial) -> bool:
    """Return whether a record is that of a trial which was not interrupted."""
    described = (
        (record.name, record.size, record.max_workers, record.chunksize, record.python.name),
        (record.workload, record.workload_options),
        (record.backend, record.backend_options),
    )
    expected = (
        (trial.id, trial.size, trial.max_workers, Chunking(trial.chunksize, trial.used_chunksize), trial.python.name),
        (trial.workload.plugin.name, trial.workload.recorded_options),
        (trial.backend.plugin.name, trial.backend.options),
    )
    complete = len(record.samples) > 0 if record.ok else record.status != "cancelled"
    return complete and described == expected
