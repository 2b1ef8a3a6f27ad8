"""The completion of commands and options in shells."""

import argparse
from collections.abc import Iterable
from pathlib import Path

import shtab


def script(parser: argparse.ArgumentParser, commands: Iterable[argparse.ArgumentParser], shell: str) -> str:
    """Return what a shell is to read; options that take a file complete names of files."""
    for command in commands:
        for action in command._actions:
            if action.type is Path:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    return str(shtab.complete(parser, shell))
