"""A branch as a place for files: each one is a commit of its own, pushed and never forced.

All work is done in a temporary repository, so that no checkout is touched. Where another push came first, the file is
added to what that one left.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from execbench.errors import BadInput
from execbench.supervisor.git import GitFailed, git, line

DEFAULT_BRANCH = "execbench-history"

_TRIES = 30
"""Of a push, where others push, too."""

_LONGEST_PAUSE = 0.5
"""In seconds."""

_CAME_SECOND = ("[rejected]", "cannot lock ref", "failed to update ref", "incorrect old value", "already exists")
"""What git says to a push if another one came first."""

_COMMITTER = "execbench <execbench@localhost>"
"""A machine that runs CI often has no name of its own."""

_FETCHED, _ADDED = "refs/heads/fetched", "refs/heads/added"


@dataclass(frozen=True)
class Branch:
    """A branch of a repository."""

    repository: str
    """Its path or its address."""
    name: str

    def __post_init__(self) -> None:
        """Refuse a name that git would."""
        try:
            line(Path(), "check-ref-format", "--branch", self.name)
        except GitFailed:
            raise BadInput(f"{self.name[:80]!r} cannot be the name of a branch") from None

    def contents(self) -> Iterator[tuple[str, bytes | BadInput]]:
        """Yield each file of the branch."""
        with self._fetched() as (folder, tip):
            yield from _contents(folder, tip) if tip else ()

    def add(self, name: str, content: bytes, check: Callable[[Iterable[str]], None]) -> bool:
        """Add a file in a commit, and push it; try again where another push came first."""
        for tried in range(_TRIES):
            time.sleep(random.uniform(0, _LONGEST_PAUSE) * tried / _TRIES)
            with self._fetched() as (folder, tip):
                names = _names(folder, tip) if tip else []
                check(names)
                if name in names:
                    return False
                if self._push(folder, _commit(folder, tip, name, content)):
                    return True
        raise BadInput(f"{self.repository}, {self.name}: other pushes came first {_TRIES} times: try again")

    @contextmanager
    def _fetched(self) -> Iterator[tuple[Path, str]]:
        """Make a temporary repository with the branch in it; give its folder and the last commit, if there is one."""
        with tempfile.TemporaryDirectory(prefix="execbench-history-") as name:
            folder = Path(name)
            git(folder, "init", "--quiet", "--bare", ".")
            self._borrow_objects(folder)
            yield folder, self._fetch(folder)

    def _fetch(self, folder: Path) -> str:
        """Fetch the last commit of the branch, and return its id; an empty text if there is no such branch."""
        try:
            git(folder, "fetch", "--quiet", "--depth=1", self._address, f"+refs/heads/{self.name}:{_FETCHED}")
        except GitFailed as error:
            if "couldn't find remote ref" in str(error):
                return ""
            raise
        return line(folder, "rev-parse", _FETCHED)

    @property
    def _address(self) -> str:
        path = Path(self.repository)
        return str(path.resolve()) if path.exists() else self.repository

    def _borrow_objects(self, folder: Path) -> None:
        """Read the objects of a repository on this machine where they are, rather than copy them."""
        objects = Path(self._address, "objects")
        if objects.is_dir():
            (folder / "objects" / "info" / "alternates").write_text(f"{objects}\n")

    def _push(self, folder: Path, commit: str) -> bool:
        """Push a commit; return False if another push came first."""
        try:
            git(folder, "push", "--quiet", self._address, f"{commit}:refs/heads/{self.name}")
        except GitFailed as error:
            if any(words in str(error) for words in _CAME_SECOND):
                return False
            raise
        return True


def is_bare(path: Path) -> bool:
    """Return whether a path is that of a bare repository."""
    if not (path / "objects").is_dir():
        return False
    return line(path, "rev-parse", "--is-bare-repository") == "true"


def _commit(folder: Path, tip: str, name: str, content: bytes) -> str:
    """Return a new commit that adds a file to those of another."""
    message = f"Add {name}"
    head = [f"commit {_ADDED}", f"committer {_COMMITTER} {int(time.time())} +0000", f"data {len(message)}", message]
    head += [f"from {tip}"] if tip else []
    head += [f"M 100644 inline {name}", f"data {len(content)}", ""]
    git(folder, "fast-import", "--quiet", given="\n".join(head).encode() + content + b"\n")
    return line(folder, "rev-parse", _ADDED)


def _names(folder: Path, tip: str) -> list[str]:
    return git(folder, "ls-tree", "-z", "--name-only", tip).decode(errors="replace").split("\0")


def _contents(folder: Path, tip: str) -> Iterator[tuple[str, bytes | BadInput]]:
    """Yield each file at the top of a commit's tree."""
    entries = [entry.split(b"\t", 1) for entry in git(folder, "ls-tree", "-z", tip).split(b"\0") if entry]
    blobs = [
        (about.split()[2], name.decode(errors="replace")) for about, name in entries if about.split()[1] == b"blob"
    ]
    answer = git(folder, "cat-file", "--batch", given=b"\n".join(blob for blob, _ in blobs) + b"\n" if blobs else b"")
    place = 0
    for _, name in blobs:
        end = answer.index(b"\n", place)
        size = int(answer[place:end].split()[2])
        yield name, answer[end + 1 : end + 1 + size]
        place = end + size + 2
