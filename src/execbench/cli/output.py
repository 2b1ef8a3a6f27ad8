"""What every command does with what it found: print it in the form that was asked for, and write the files."""

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from execbench import files
from execbench.records import compose
from execbench.report import write
from execbench.report.document import Document
from execbench.report.render.terminal import LOG_WIDTH, as_text

REPORT_HELP = "write a report, too: HTML, or what FILE ends in (.md, .csv); HTML and .md need execbench[report]"


def add_report(parser: argparse.ArgumentParser, more: str = "") -> None:
    """Add the option that writes a report."""
    parser.add_argument("--report", type=Path, metavar="FILE", help=f"{REPORT_HELP}{more}")


def add_format(parser: argparse.ArgumentParser, *, json: bool) -> None:
    """Add the option that chooses what is printed."""
    forms = ["text", "markdown", "html", "csv", *(["json"] if json else [])]
    parser.add_argument("--format", choices=forms, default="text", help="what is printed; default: text")


def check(report: Path | None, json: Path | None = None) -> None:
    """Find out before the work whether its files can be written.

    Raises:
        BadInput: one cannot, or they are the same.
    """
    if report is not None:
        write.check(report, write.form_of(report))
    if json is not None:
        files.check_writable(json, "JSON")
    if report is not None and json is not None:
        files.refuse_same(report, json, "one would replace the other")


def show(document: Document, form: str = "text") -> None:
    """Print a document, as text unless another form is asked for."""
    if form != "text":
        print(write.rendered(document, form), end="")  # type: ignore[arg-type]
        return
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else LOG_WIDTH
    print(as_text(document, colour=terminal, width=width), end="", flush=True)


def show_sweep(document: Document, content: Mapping[str, Any], parsed: argparse.Namespace) -> bool:
    """Print what a sweep has found and write the files that were asked for; return whether that was possible."""
    show(document)
    kept = save_json(content, parsed.json)
    return save_report(document, parsed.report) and kept


def save_report(document: Document, path: Path | None) -> bool:
    """Write a report, if one was asked for, and say so; return False where it could not be written."""
    return path is None or save(path, "report", lambda: write.write(document, path))


def save_json(content: Mapping[str, Any], path: Path | None) -> bool:
    """Write a file for programs, if one was asked for; return False where it could not be written."""
    return path is None or save(path, "JSON", lambda: files.write(path, compose.encode(content)))


def save(path: Path, what: str, write: Callable[[], None]) -> bool:
    """Write a file and say so; return False where it could not be written."""
    try:
        write()
    except OSError as error:
        print(f"execbench: the {what} {path} could not be written: {error.strerror}", file=sys.stderr)
        return False
    print(f"The {what} is {path}", file=sys.stderr)
    return True
