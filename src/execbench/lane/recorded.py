"""The file of a function's recorded calls: a line of JSON for each entry, and a pickle after that of each call.

Each entry is written at once, so that the file can be read however the process that records has ended. The parent reads
the lines and skips the pickles, as only a lane may load what a user's program has made.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any, Union

MAIN = "__main__"
"""The name of the module that a script is."""


@dataclass(frozen=True)
class Found:
    """The function was found, and is being recorded."""

    module: str
    """`__main__` for a function of the script itself."""
    attribute: str
    folder: str | None
    """The folder of the module, if it is not on Python's own path."""


@dataclass(frozen=True)
class Call:
    """A call, whose arguments follow."""

    positional: int
    keywords: list[str]
    size: int
    """Of the pickle, in bytes."""
    needs_script: bool
    """To load it, the script must be imported, as something in it is defined there."""

    @property
    def is_spread(self) -> bool:
        """Whether the function takes more or less than one task as it is."""
        return self.positional != 1 or bool(self.keywords)

    @property
    def form(self) -> str:
        """How the function is called."""
        count = f"{self.positional} argument{'s' if self.positional != 1 else ''}"
        names = [f"{name}=" for name in self.keywords]
        return ", ".join([count, *names] if self.positional or not names else names)


@dataclass(frozen=True)
class Refused:
    """The calls cannot be recorded."""

    why: str


Entry = Union[Found, Call, Refused]

_KINDS: dict[str, Any] = {kind.__name__: kind for kind in (Found, Call, Refused)}


def append(file: int, entry: Entry, content: bytes = b"") -> None:
    """Write an entry in one go, so that forked processes can write to the same file."""
    os.write(file, json.dumps([type(entry).__name__, asdict(entry)]).encode() + b"\n" + content)


def entries(path: str) -> Iterator[Entry]:
    """Yield what a file has, but for the pickles."""
    for entry, _ in _with_pickles(path):
        yield entry


def tasks(path: str, script: str | None) -> list[Any]:
    """Return the argument of each call; several arguments as a tuple, and those with keywords as a mapping.

    Args:
        path: the file.
        script: what the script is imported as, where an argument needs it.
    """
    calls = [content for entry, content in _with_pickles(path) if isinstance(entry, Call)]
    return [_task(*_Unpickler(content, script).load()) for content in calls]


def _task(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    if keywords:
        return keywords
    return arguments[0] if len(arguments) == 1 else arguments


def _with_pickles(path: str) -> Iterator[tuple[Entry, bytes]]:
    with open(path, "rb") as file:
        for line in file:
            if not line.endswith(b"\n"):  # the process was ended while it wrote
                return
            name, parts = json.loads(line)
            entry: Entry = _KINDS[name](**parts)
            content = file.read(entry.size) if isinstance(entry, Call) else b""
            if isinstance(entry, Call) and len(content) < entry.size:
                return
            yield entry, content


class _Unpickler(pickle.Unpickler):
    """Loads what a script has pickled as the main module, where it has another name."""

    def __init__(self, content: bytes, script: str | None) -> None:
        super().__init__(BytesIO(content))
        self._script = script

    def find_class(self, module: str, name: str) -> Any:
        """Return what a pickle refers to by name."""
        return super().find_class((module == MAIN and self._script) or module, name)
