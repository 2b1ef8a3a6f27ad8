"""The file of an advice: what it holds, and how it is read and checked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import field

from execbench import environment, files
from execbench.advice.answer import Advice
from execbench.environment import Environment
from execbench.errors import BadInput
from execbench.records.decode import decode

_MARK = "execbench-advice"


class SavedAdvice(msgspec.Struct, frozen=True, kw_only=True, rename={"schema": _MARK}):
    """What `execbench advise --json` writes."""

    schema: Literal[1] = 1
    datetime: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    command: Sequence[str]
    environment: Environment = field(default_factory=environment.describe)
    advice: Advice


def as_json(advice: Advice, command: Sequence[str]) -> dict[str, Any]:
    """Return the content of a file."""
    content: dict[str, Any] = msgspec.to_builtins(SavedAdvice(command=command, advice=advice))
    return content


def read(path: Path) -> Advice | None:
    """Read and check the file of an advice; None for any other file, and BadInput for one that is damaged."""
    try:
        content = files.read(path)
    except BadInput:  # reading it as an artifact says so
        return None
    if f'"{_MARK}"'.encode() not in content[:80]:
        return None
    try:
        return decode(content, SavedAdvice, "what execbench advise writes").advice
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None
