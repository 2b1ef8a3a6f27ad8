"""What one step leaves for the next: typed records, which the publishing step reads as a stranger's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from execbench import files
from execbench.errors import BadInput
from execbench.records.decode import decode
from execbench.stats import Interval

Name: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}$")]
"""Of a comparison: it tells the comments and checks of one pull request apart."""

Commit: TypeAlias = Annotated[str, Meta(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})?$")]
"""A full commit; empty where there is none."""

MAX_TEXT = 2_000
Text: TypeAlias = Annotated[str, Meta(max_length=MAX_TEXT)]
Verdict: TypeAlias = Literal["failed", "slower", "unclear", "faster", "same"]

VERDICTS: Sequence[Verdict] = ("failed", "slower", "unclear", "faster", "same")
"""The worst first: that of a comparison is the first that one of its trials has."""

Kind = TypeVar("Kind")


def clipped(words: str) -> str:
    """Return a text that is no longer than records may hold."""
    return words if len(words) <= MAX_TEXT else f"{words[: MAX_TEXT - 1]}…"


class Base(msgspec.Struct, frozen=True):
    """The commit to compare with."""

    commit: Commit
    """Empty where there is none."""
    why: Text
    """Which commit that is, or why there is none."""


class Sides(msgspec.Struct, frozen=True):
    """The interpreters of both sides, each with the project alone."""

    base: str = ""
    """Empty where the base cannot be built."""
    head: str = ""
    problem: Text = ""
    """Why a side cannot be raced."""


class Change(msgspec.Struct, frozen=True):
    """A trial that both sides raced, or that failed."""

    id: Text
    verdict: Verdict
    ratio: Interval | None = None
    """How many times as long it takes on the head."""
    file: Text = ""
    """The file of its function, within the repository; empty where that is unknown."""
    line: Annotated[int, Meta(ge=0)] = 0
    note: Text = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison found, as it is published."""

    name: Name
    base: Commit = ""
    head: Commit = ""
    why: Text = ""
    """Which commit the base is."""
    changes: Annotated[Sequence[Change], Meta(max_length=20_000)] = ()
    problem: Text = ""
    """Why there is nothing to compare, or not all."""
    begun: Annotated[float, Meta(ge=0, le=1e12)] = 0.0
    """When, in seconds since 1970: a job that is run again leaves an older outcome beside its own."""
    notes: Annotated[Sequence[Text], Meta(max_length=1_000)] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its trials; unclear where something could not be compared."""
        return next(verdict for verdict in VERDICTS if self.has(verdict))

    def has(self, verdict: Verdict) -> bool:
        """Return whether a trial has a verdict; what was not compared is unclear."""
        return self.count(verdict) > 0 or (verdict == "unclear" and bool(self.problem or not self.changes))

    def count(self, verdict: Verdict) -> int:
        """Return how many trials have a verdict."""
        return sum(change.verdict == verdict for change in self.changes)


class Folder:
    """The folder in which the steps of one comparison leave what they found."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def checkout(self) -> Path:
        """The files of the base."""
        return self.path / "base"

    @property
    def artifact(self) -> Path:
        """The samples of both sides."""
        return self.path / "run.json"

    @property
    def comparison(self) -> Path:
        """The verdicts, as `execbench compare --format json` writes them."""
        return self.path / "comparison.json"

    @property
    def report(self) -> Path:
        """The report as a page."""
        return self.path / "report.html"

    def outcomes(self) -> "list[Folder]":
        """Return this folder, or those in it, as they were downloaded, that hold what a comparison found."""
        found = [Folder(path) for path in sorted(self.path.glob("*/")) if Folder(path)._file(Outcome).exists()]
        return [self] if self._file(Outcome).exists() or not found else found

    def save(self, record: Base | Sides | Outcome) -> None:
        """Leave a record, in a file that is named after its type."""
        self.path.mkdir(parents=True, exist_ok=True)
        files.write(self._file(type(record)), msgspec.json.format(msgspec.json.encode(record), indent=1))

    def load(self, kind: type[Kind]) -> Kind:
        """Read a record; BadInput where the step that leaves it has not run, or it is not one."""
        path = self._file(kind)
        if not path.exists():
            raise BadInput(f"there is no {path}: the steps are `execbench ci base`, `build`, `compare`, then `publish`")
        try:
            return decode(files.read(path), kind, f"a record of {kind.__name__.lower()}")
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from error

    def _file(self, kind: type) -> Path:
        return self.path / f"{kind.__name__.lower()}.json"
