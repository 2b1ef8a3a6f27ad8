"""The files in which Linux describes a machine."""

from dataclasses import dataclass
from pathlib import Path


class Unseen(Exception):
    """A check cannot see what it looks for; the message says why."""


@dataclass(frozen=True)
class Files:
    """The files in which Linux describes itself. Another root holds those of another machine."""

    root: Path = Path("/")

    def path(self, path: str) -> Path:
        """Return where a file lies that has this absolute path on its machine."""
        return self.root / path.lstrip("/")

    def text(self, path: str) -> str:
        """Return a file's text.

        Raises:
            Unseen: it cannot be read.
        """
        try:
            return self.path(path).read_text(encoding="utf-8", errors="replace").strip()
        except OSError as error:
            raise Unseen(f"{path}: {error.strerror}") from error

    def text_or_none(self, path: str) -> str | None:
        """Return a file's text; None if it cannot be read."""
        try:
            return self.text(path)
        except Unseen:
            return None

    def texts(self, folder: str, pattern: str) -> dict[str, str]:
        """Return the text of each file in a folder that a pattern matches, by path below the folder."""
        names = [str(path.relative_to(self.path(folder))) for path in sorted(self.path(folder).glob(pattern))]
        return {name: text for name in names if (text := self.text_or_none(f"{folder}/{name}")) is not None}

    def fields(self, path: str) -> dict[str, int]:
        """Return the numbers of a file whose lines are names with numbers, such as /proc/vmstat."""
        pairs = (line.split() for line in self.text(path).splitlines())
        return {pair[0].rstrip(":"): int(pair[1]) for pair in pairs if len(pair) > 1 and pair[1].isdecimal()}
