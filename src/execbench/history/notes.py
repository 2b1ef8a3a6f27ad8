"""What people wrote about commits, in a small TOML file: annotations, and changes that were expected."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from execbench import files
from execbench.errors import BadInput
from execbench.history.run import Commit

_SHORTEST = 7
"""The fewest letters that name a commit."""


class _OfCommit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    commit: str
    """Its id, or how it begins."""
    text: str

    def __post_init__(self) -> None:
        if len(self.commit) < _SHORTEST:
            raise ValueError(f"the commit {self.commit!r} is too short: give at least {_SHORTEST} letters")

    def is_of(self, commit: Commit) -> bool:
        """Return whether it is about a commit."""
        return commit.id.startswith(self.commit)


class Annotation(_OfCommit, frozen=True):
    """A remark on a commit."""


class Expected(_OfCommit, frozen=True):
    """A change that is no surprise."""

    trials: str = "*"
    """A pattern of names, such as `sort/*`."""


class Notes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of the file."""

    annotation: Sequence[Annotation] = ()
    expected: Sequence[Expected] = ()

    def about(self, commit: Commit) -> list[str]:
        """Return the annotations of a commit."""
        return [note.text for note in self.annotation if note.is_of(commit)]

    def why(self, commit: Commit, trial: str) -> str | None:
        """Return why a change of a trial at a commit was expected; None if it was not."""
        found = (note.text for note in self.expected if note.is_of(commit) and fnmatchcase(trial, note.trials))
        return next(found, None)


def read(path: Path | None) -> Notes:
    """Read the file; none has no notes. BadInput names the file, and what is wrong."""
    if path is None:
        return Notes()
    try:
        return msgspec.toml.decode(files.read(path), type=Notes)
    except (BadInput, ValueError) as error:
        raise BadInput(f"{path}: {error}") from error
