"""Run the commands in documents and replace the output shown with theirs: `python docs/refresh.py README.md ...`.

A `console` block holds commands, each after `$ ` and followed by its output. A `python` block after the words
"Save this as `name.py`" is that file, for all commands below it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"```(?P<language>\w+)\n(?P<body>.*?)```", re.DOTALL)
_SAVED_AS = re.compile(r"[Ss]ave this as\s+`(?P<name>[\w./]+)`")


@dataclass(frozen=True)
class Example:
    """A command in a document, and the files that the document tells the reader to save first."""

    command: str
    files: dict[str, str]


def examples(text: str) -> list[Example]:
    """Return a document's commands, in order."""
    files: dict[str, str] = {}
    commands: list[Example] = []
    for block in _BLOCK.finditer(text):
        if block["language"] == "python" and (name := _SAVED_AS.search(_paragraph_before(text, block.start()))):
            files[name["name"]] = block["body"]
        if block["language"] == "console":
            lines = block["body"].splitlines()
            commands += [Example(line[2:], dict(files)) for line in lines if line.startswith("$ ")]
    return commands


def _paragraph_before(text: str, position: int) -> str:
    return text[:position].rstrip().rpartition("\n\n")[2]


def save(example: Example, folder: Path) -> None:
    """Save the files that a command needs."""
    for name, content in example.files.items():
        (folder / name).write_text(content)


def run(example: Example) -> subprocess.CompletedProcess[str]:
    """Run a command in a new folder that holds only its files."""
    with tempfile.TemporaryDirectory() as folder:
        save(example, Path(folder))
        program, *arguments = shlex.split(example.command)
        command = [str(Path(sys.executable).with_name(program)), *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def refreshed(text: str, output_of: Callable[[Example], str]) -> str:
    """Return a document with the output of each command replaced."""
    remaining = iter(examples(text))

    def replace(block: re.Match[str]) -> str:
        if block["language"] != "console":
            return block[0]
        commands = [line for line in block["body"].splitlines() if line.startswith("$ ")]
        parts = [f"{line}\n{output_of(next(remaining))}" for line in commands]
        return f"```console\n{''.join(parts)}```"

    return _BLOCK.sub(replace, text)


def main(paths: list[str]) -> None:
    """Refresh documents in place."""
    for path in paths:
        document = Path(path)
        document.write_text(refreshed(document.read_text(), lambda example: run(example).stdout))


if __name__ == "__main__":
    main(sys.argv[1:])
