"""What every command does with its results: print them in the chosen format, and write the files."""

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from execbench import files
from execbench.cli.exit_codes import BAD_INPUT, FINE
from execbench.records import compose
from execbench.report import write
from execbench.report.document import Document
from execbench.report.escape import visible_lines
from execbench.report.render.terminal import LOG_WIDTH, as_text


def check(report: Path | None, json: Path | None = None) -> None:
    """Raise BadInput if one of the files cannot be written, or both are the same."""
    if report is not None:
        write.check(report)
    if json is not None:
        files.check_writable(json, "JSON")
    if report is not None and json is not None:
        files.refuse_same(report, json, "one would replace the other")


def show(document: Document, form: str = "text") -> None:
    """Print a document."""
    if form != "text":
        print(write.rendered(document, form), end="")  # type: ignore[arg-type]
        return
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else LOG_WIDTH
    print(as_text(document, colour=terminal, width=width), end="", flush=True)


def show_and_save(
    document: Document, parsed: argparse.Namespace, content: Mapping[str, Any] | None = None, code: int = FINE
) -> int:
    """Print a document and write the requested files; return the exit code, `code` unless a file cannot be written."""
    show(document, getattr(parsed, "format", "text"))
    kept = content is None or save_json(content, parsed.json)
    return code if save_report(document, parsed.report) and kept else BAD_INPUT


def save_report(document: Document, path: Path | None) -> bool:
    """Write a report if one was requested; return False where it cannot be written."""
    return path is None or save(path, "report", lambda: write.write(document, path))


def save_json(content: Mapping[str, Any], path: Path | None) -> bool:
    """Write a file for programs if one was requested; return False, and say where it is, if it cannot be written."""
    if path is None:
        return True
    encoded = compose.encode(content)
    if save(path, "JSON", lambda: files.write(path, encoded)):
        return True
    with suppress(OSError):
        say(f"It is {files.rescue(encoded, '.json')}")
    return False


def save(path: Path, what: str, write: Callable[[], None]) -> bool:
    """Write a file and say so; return False where it cannot be written."""
    try:
        write()
    except OSError as error:
        say(f"execbench: the {what} {path} could not be written: {error.strerror}")
        return False
    say(f"The {what} is {path}")
    return True


def say(text: str) -> None:
    """Print a line to standard error; a terminal shows, and does not obey, what is in a name."""
    print(visible_lines(text), file=sys.stderr)
