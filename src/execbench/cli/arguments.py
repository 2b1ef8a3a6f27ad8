"""Options that several commands share, and the types of their values."""

import argparse
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from execbench.errors import BadInput
from execbench.settings import Layout, Settings, parse_calls

ROUND_TIMEOUT = "treat a longer round as hung, and end its lane"


def count(text: str) -> int:
    """Read a whole number above 0."""
    return _whole(text, "a whole number above 0", at_least=1)


def launches_with_spread(text: str) -> int:
    """Read a number of launches that has a spread: two or more."""
    return _whole(text, "a whole number above 1: an interval needs two launches", at_least=2)


def seed(text: str) -> int:
    """Read a seed."""
    return _whole(text, "a whole number from 0 to 2^63 - 1", below=2**63)


def seconds(text: str) -> float:
    """Read a time above 0."""
    return _above_zero(text, "a number of seconds above 0")


def minutes(text: str) -> float:
    """Read a time above 0."""
    return _above_zero(text, "a number of minutes above 0")


def gigabytes(text: str) -> float:
    """Read an amount of memory above 0."""
    return _above_zero(text, "a number of gigabytes above 0")


def fraction(text: str) -> float:
    """Read a fraction above 0."""
    return _above_zero(text, "a fraction above 0, such as 0.05")


def share(text: str) -> float:
    """Read a fraction above 0, or a percentage."""
    number = _above_zero(text.removesuffix("%"), "a share above 0, such as 0.02 or 2%")
    return number / 100 if text.endswith("%") else number


def tolerance(text: str) -> float:
    """Read a relative difference: 0, which means none, or a fraction below 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to below 1, such as 1e-6")
    return value


def side(text: str) -> str:
    """Read a side of a comparison: a file, a folder or a pattern, but nothing that no file can be named."""
    try:
        Path(text).exists()
    except OSError as error:
        raise BadInput(f"{text[:80]}: {error.strerror}") from error
    return text


def option(
    group: argparse._ActionsContainer, name: str, read: Callable[[str], Any], words: str, default: float | None = None
) -> None:
    """Add an option with a value; its help ends with its default unless that is None."""
    words += "" if default is None else " (default: %(default)g)"
    group.add_argument(name, type=read, default=default, metavar=_METAVARS.get(read, "N"), help=words)


def repeatable(group: argparse._ActionsContainer, *names: str, words: str, metavar: str = "NAME") -> None:
    """Add an option that may be given several times."""
    group.add_argument(*names, action="append", default=[], metavar=metavar, help=words)


def add_calls(group: argparse._ActionsContainer, default: str) -> None:
    """Add the option for the question that comes first."""
    words = f"name first what suits a pool that is opened for one call, for many calls, or for N (default: {default})"
    group.add_argument("--calls", type=parse_calls, metavar="once|many|N", help=words)


def add_tasks(group: argparse._ActionsContainer) -> None:
    """Add the options for a function that is no workload."""
    group.add_argument(
        "--tasks",
        help="what the function is called with: a list such as 'range(100)', file.py:name of a list or of a function "
        "that returns one, or a file (.txt, .json, .jsonl, .csv, .npy, .parquet)",
    )
    group.add_argument("--star", action="store_true", help="call fn(*task), or fn(**task) if a task is a mapping")


def add_matrix(group: argparse._ActionsContainer) -> None:
    """Add the options that say what to race."""
    group.add_argument(
        "function", nargs="*", metavar="FUNCTION", help="function to race, as file.py:name or module:name, with --tasks"
    )
    add_tasks(group)
    repeatable(
        group,
        "-b",
        "--backend",
        words="backend from `execbench list`, module:attribute, or path/to/file.py, with options as in "
        "'pool[call=starmap]'; repeatable (default: every available one); the serial baseline is always added",
    )
    repeatable(
        group, "-w", "--workload", words="workload, named in the same ways; repeatable (default: every available one)"
    )
    group.add_argument("--size", metavar="N[,N]", help="numbers of tasks (default: the workload's own)")
    group.add_argument("--max-workers", metavar="N[,N]", help="numbers of workers (default: the usable CPUs)")
    group.add_argument(
        "--chunksize",
        default="fair",
        metavar="SIZE[,SIZE]",
        help="fair (about four chunks per worker), library (each library's own default), or a number (default: fair)",
    )


def add_layout(group: argparse._ActionsContainer) -> None:
    """Add the option that turns the varied layouts off."""
    group.add_argument(
        "--layout",
        choices=get_args(Layout),
        default=Settings.layout,
        help="whether what should not matter (holes in the heap, the size of the environment, the CPU that lanes start "
        "on) is drawn anew for each launch, so that intervals count it (default: varied)",
    )


def add_no_wait(group: argparse._ActionsContainer) -> None:
    """Add the option to race beside other runs."""
    words = "race at once, even if another run on this machine has not ended: a doubt says so"
    group.add_argument("--no-wait", action="store_true", help=words)


def add_output(parser: argparse.ArgumentParser, *more_formats: str) -> None:
    """Add the options for what is printed, and for a report."""
    formats = ["text", "markdown", "html", "csv", *more_formats]
    parser.add_argument("--format", choices=formats, default="text", help="format of the output (default: text)")
    add_report(parser)


def add_report(parser: argparse.ArgumentParser, suffixes: str = ".md, .csv") -> None:
    """Add the option that writes a report."""
    forms = f"HTML, or what FILE ends in ({suffixes}); HTML and .md need execbench[report]"
    option(parser, "--report", Path, f"also write a report: {forms}")


def _whole(text: str, wanted: str, at_least: int = 0, below: float = math.inf) -> int:
    if not (text.isdecimal() and at_least <= int(text) < below):
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return int(text)


def _above_zero(text: str, wanted: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return value


_METAVARS: Mapping[Callable[[str], Any], str] = {
    seconds: "SECONDS",
    gigabytes: "GB",
    fraction: "FRACTION",
    tolerance: "FRACTION",
    share: "SHARE",
    Path: "FILE",
}
