"""What tasks do to the world outside their process: the files, connections and processes that audit events tell of."""

from __future__ import annotations

import os
import sys
from typing import Any

_MOST = 3
"""How many of a kind are named."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Effects:
    """Notes the effects of what runs within its context, in any thread of this process."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, None]] = {}
        self._is_over = False

    def __enter__(self) -> Effects:
        sys.addaudithook(self._hear)  # which cannot be taken back
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True

    @property
    def said(self) -> list[str]:
        """A phrase for each kind of effect, with the first few that it had."""
        return [_phrase(verb, list(what)) for verb, what in self._found.items()]

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._is_over:
            return
        effect = _effect_of(event, arguments)
        if effect is not None:
            verb, what = effect
            self._found.setdefault(verb, {})[what] = None


def _phrase(verb: str, what: list[str]) -> str:
    more = f" and {len(what) - _MOST} more" if len(what) > _MOST else ""
    return f"{verb} {', '.join(what[:_MOST])}{more}"


def _effect_of(event: str, arguments: tuple[Any, ...]) -> tuple[str, str] | None:
    """Return what an event does, and to what; None for all others."""
    if event == "open":
        path, mode, flags = arguments
        is_writing = not set("wax+").isdisjoint(mode) if isinstance(mode, str) else bool(flags & _WRITING)
        return ("writes", os.fsdecode(path)) if is_writing and _is_worth_naming(path) else None
    if event in ("os.remove", "os.rename", "os.mkdir", "os.rmdir"):
        return "changes", os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes)) else "files"
    if event == "socket.connect":
        return "connects to", _address(arguments[1])
    if event in ("subprocess.Popen", "os.posix_spawn", "os.exec"):
        return "starts", os.path.basename(os.fsdecode(arguments[0] or "a process"))
    if event in ("os.fork", "os.forkpty", "os.system"):
        return "starts", "child processes"
    return None


def _is_worth_naming(path: Any) -> bool:
    """Return whether a path is that of a file, and not of a cache or a device."""
    if not isinstance(path, (str, bytes)):
        return False
    name = os.fsdecode(path)
    return not name.startswith(os.path.join(os.sep, "dev", "")) and "__pycache__" not in name


def _address(address: Any) -> str:
    if isinstance(address, tuple) and len(address) >= 2:
        return f"{address[0]}:{address[1]}"
    return os.fsdecode(address) if isinstance(address, (str, bytes)) else "a socket"
