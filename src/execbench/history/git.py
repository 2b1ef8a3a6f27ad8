"""Git commands."""

import os
import subprocess
from pathlib import Path

from execbench.errors import BadInput

_OF_A_HOOK = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
"""Variables that would lead our commands to the repository whose hook started us."""


class GitFailed(BadInput):
    """A git command failed; the message is git's own."""


def git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Return what a git command prints; GitFailed if it fails, and BadInput without git."""
    inherited = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            input=given,
            capture_output=True,
            check=False,
            env={**inherited, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
        )
    except FileNotFoundError as error:
        raise BadInput(f"git {arguments[0]}: git cannot be run: {error.strerror}") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise GitFailed(f"git {arguments[0]}: {' '.join(lines)}")
    return done.stdout


def line(folder: Path, *arguments: str) -> str:
    """Return the one line that a git command prints."""
    return git(folder, *arguments).decode(errors="replace").strip()
