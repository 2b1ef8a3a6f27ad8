"""Git commands."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from execbench.errors import BadInput

_OF_A_HOOK = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
"""Variables that would lead our commands to the repository whose hook started us."""

_SECONDS = 600
"""How long a command may take, as one that waits for a server."""


class GitFailed(BadInput):
    """A git command failed; the message is git's own."""


def git(folder: Path, *arguments: str, given: bytes = b"", environment: Mapping[str, str] = os.environ) -> bytes:
    """Return what a git command prints; GitFailed if it fails or takes too long, and BadInput without git."""
    inherited = {name: value for name, value in environment.items() if name not in _OF_A_HOOK}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            input=given,
            capture_output=True,
            check=False,
            env={**inherited, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
            timeout=_SECONDS,
        )
    except FileNotFoundError as error:
        raise BadInput(f"git {arguments[0]}: git cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise GitFailed(f"git {arguments[0]} took longer than {_SECONDS} s") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise GitFailed(f"git {arguments[0]}: {' '.join(lines)}")
    return done.stdout


def line(folder: Path, *arguments: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return what a git command prints as text, without the line's end."""
    return git(folder, *arguments, environment=environment).decode(errors="replace").strip()
