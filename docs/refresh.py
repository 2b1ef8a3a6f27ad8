"""Runs the commands that the documents show, and puts in what they print: `python docs/refresh.py README.md ...`.

A block of the language `console` holds one command after `$ `, and its output. A block of the language `python` after
the words "Save this as `name.py`" is that file, for the commands below it.
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
    """A command that a document shows, and the files that it has told the reader to save before."""

    command: str
    files: dict[str, str]


def examples(text: str) -> list[Example]:
    """Return the commands of a document in their order."""
    files: dict[str, str] = {}
    found: list[Example] = []
    for block in _BLOCK.finditer(text):
        if block["language"] == "python" and (name := _SAVED_AS.search(_paragraph_before(text, block.start()))):
            files[name["name"]] = block["body"]
        if block["language"] == "console":
            found += [Example(line[2:], dict(files)) for line in block["body"].splitlines() if line.startswith("$ ")]
    return found


def _paragraph_before(text: str, position: int) -> str:
    return text[:position].rstrip().rpartition("\n\n")[2]


def run(example: Example, *more: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command in an empty folder that holds its files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in example.files.items():
            Path(folder, name).write_text(content)
        program, *arguments = shlex.split(example.command)
        command = [str(Path(sys.executable).with_name(program)), *arguments, *more]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


def refreshed(text: str, output_of: Callable[[Example], str]) -> str:
    """Return a document with the outputs of its commands put in anew."""
    remaining = iter(examples(text))

    def replace(block: re.Match[str]) -> str:
        if block["language"] != "console":
            return block[0]
        commands = [line for line in block["body"].splitlines() if line.startswith("$ ")]
        parts = [f"{line}\n{output_of(next(remaining))}" for line in commands]
        return f"```console\n{''.join(parts)}```"

    return _BLOCK.sub(replace, text)


def main(paths: list[str]) -> None:
    """Refresh each document in its place."""
    for path in paths:
        document = Path(path)
        document.write_text(refreshed(document.read_text(), lambda example: run(example).stdout))


if __name__ == "__main__":
    main(sys.argv[1:])
