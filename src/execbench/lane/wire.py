"""How messages travel: each as a line of JSON with the name of its type and the sender's process id.

The parent sends `["Step", {"name": "round"}, 4700]`, and the lane answers `["Timed", {"seconds": 0.031}, 4711]`.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, fields
from typing import Any, get_args

from execbench.lane.arguments import SentOnce
from execbench.lane.layout import Layout
from execbench.lane.messages import Command, Expect, Place, Step, TaskSource

_WITHIN = {
    "Expect": Expect,
    "Layout": Layout,
    "Place": Place,
    "SentOnce | None": SentOnce,
    "TaskSource | None": TaskSource,
}
"""The dataclasses that commands hold, by the annotation of their field."""

_COMMANDS = {kind.__name__: kind for kind in get_args(Command)}


def encode(message: Any) -> bytes:
    """Return a message as a line of JSON; TypeError or ValueError if JSON cannot represent it."""
    return json.dumps([type(message).__name__, asdict(message), os.getpid()], allow_nan=False).encode() + b"\n"


def decode_command(line: bytes) -> Any:
    """Return the command that the parent sent."""
    name, content, _ = json.loads(line)
    return _decoded(_COMMANDS.get(name) or _seldom_used(name), content)


def _seldom_used(name: str) -> Any:
    from execbench.lane import kit_messages, questions  # noqa: PLC0415 -- lanes that race need neither

    return getattr(kit_messages, name, None) or getattr(questions, name)


def _decoded(kind: Any, content: dict[str, Any]) -> Any:
    """Make a dataclass, and those within it."""
    within = {entry.name: _WITHIN.get(str(entry.type)) for entry in fields(kind)}
    parts = {key: _decoded(within[key], value) if within[key] and value else value for key, value in content.items()}
    return kind(**parts)


def name_of(command: Any) -> str:
    """Return a command's name, such as `first_call`: the method of `Session`, or of the kit's `Commands`."""
    return command.name if isinstance(command, Step) else type(command).__name__.lower()
