"""Where a history is kept: a folder, or a branch of a repository. Files are added to it, and never rewritten."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from execbench import files
from execbench.errors import BadInput
from execbench.history.branch import DEFAULT_BRANCH, Branch, is_bare
from execbench.supervisor.git import line


class Place(Protocol):
    """What holds the files of a history."""

    def contents(self) -> Iterator[tuple[str, bytes | BadInput]]:
        """Yield the name of each file with its content, or with what keeps it from being read."""

    def add(self, name: str, content: bytes, check: Callable[[Iterable[str]], None]) -> bool:
        """Add a file, unless a look at the names of all files raises; return False if it is there already."""


@dataclass(frozen=True)
class Folder:
    """A folder that only holds a history."""

    path: Path

    def contents(self) -> Iterator[tuple[str, bytes | BadInput]]:
        """Yield each file; files whose names begin with a dot are being written."""
        try:
            paths = sorted(self.path.iterdir()) if self.path.exists() else []
        except OSError as error:
            raise BadInput(f"{self.path}: {error.strerror}") from error
        for path in paths:
            if not path.name.startswith("."):
                yield path.name, _read(path)

    def add(self, name: str, content: bytes, check: Callable[[Iterable[str]], None]) -> bool:
        """Add a file whole or not at all."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            check(path.name for path in self.path.iterdir())
            files.create(self.path / name, content)
        except FileExistsError:
            if self.path.is_dir():
                return False
            raise BadInput(f"{self.path} is a file, not a folder") from None
        except OSError as error:
            raise BadInput(f"the history {self.path} cannot be written: {error.strerror}") from error
        return True


def _read(path: Path) -> bytes | BadInput:
    try:
        return files.read(path)
    except BadInput as error:
        return error


def place_of(text: str) -> Place:
    """Return the place that a user named: `branch:NAME`, `REPOSITORY#BRANCH` of a bare repository, or a folder."""
    if text.startswith("branch:"):
        here = line(Path(), "rev-parse", "--path-format=absolute", "--git-common-dir")
        return Branch(here, text.removeprefix("branch:"))
    repository, _, branch = text.partition("#")
    if "://" in repository or is_bare(Path(repository)):
        return Branch(repository, branch or DEFAULT_BRANCH)
    return Folder(Path(text))
