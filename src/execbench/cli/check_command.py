"""`execbench check`: what a backend must do, and what a user should know of it."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from execbench.cli import arguments
from execbench.cli.exit_codes import CHECK_FAILED, FINE
from execbench.errors import BadInput

if TYPE_CHECKING:
    from execbench.conformance.kit import Checkup
    from execbench.lane.describing import Description
    from execbench.lane.process import Nursery

_EPILOG = """\
examples:
  execbench check pool                          one backend in full
  execbench check pool 'pool[call=starmap]' my_backend.py --markdown
  execbench check --all --json matrix.json      every available backend

The contract is what every backend must do: each check passes, fails, or does not apply. Chaos is what a user should
know before choosing: what was seen, never a failure. Each runs in a process of its own with a time limit.

exit codes: 0 fine; 1 a check of the contract failed; 2 bad input; 130 Ctrl-C"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="check that a backend does what every backend must, and see how it fails",
        description="Check backends: no test code is needed from their authors.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("backends", nargs="*", metavar="NAME", help="as for `execbench run --backend`")
    parser.add_argument("--all", action="store_true", help="every available backend, side by side")
    parser.add_argument(
        "--max-workers", type=arguments.count, default=2, metavar="N", help="number of workers; default: 2"
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument(
        "--json", nargs="?", const="-", metavar="FILE", help="write what was found as JSON; default: standard output"
    )
    output.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.set_defaults(command=run)


def run(parsed: argparse.Namespace) -> int:
    """Check each backend and print what was found."""
    from execbench.cli.progress import Progress
    from execbench.conformance.kit import Kit, failed
    from execbench.lane.process import Nursery

    if bool(parsed.backends) == parsed.all:
        raise BadInput("name the backends to check, or give --all; `execbench list` shows their names")
    _check_writable(parsed.json)
    checkups: dict[str, Checkup] = {}
    with Nursery() as nursery, Progress() as progress:
        for description in _described(nursery, parsed):
            try:
                checkups[description.title] = Kit(nursery, description, parsed.max_workers).checkup(progress.step)
            except BadInput as error:
                if not parsed.all:
                    raise
                progress.say(f"left out: {error}")
        progress.pause()
    _print(parsed, checkups)
    return CHECK_FAILED if any(failed(checkup) for checkup in checkups.values()) else FINE


def _described(nursery: Nursery, parsed: argparse.Namespace) -> list[Description]:
    from execbench.lane.describing import chosen, describe, describe_catalogue, usable

    if parsed.all:
        catalogue = describe_catalogue(nursery, "backend")
        return [description for description in catalogue if not (description.unavailable or description.broken)]
    return [usable(description) for description in describe(nursery, chosen("backend", parsed.backends))]


def _check_writable(target: str | None) -> None:
    from execbench import artifact

    if target not in (None, "-"):
        artifact.check_writable(Path(str(target)))


def _print(parsed: argparse.Namespace, checkups: dict[str, Checkup]) -> None:
    from execbench.report import conformance

    if parsed.json is not None:
        single = not parsed.all and len(checkups) == 1
        text = json.dumps(next(iter(checkups.values())) if single else checkups, indent=1)
        if parsed.json == "-":
            print(text)
        else:
            Path(parsed.json).write_text(text + "\n", encoding="utf-8")
    elif parsed.markdown:
        print(conformance.markdown(checkups))
    else:
        terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if terminal else conformance.LOG_WIDTH
        print(conformance.terminal(checkups, colour=terminal, width=width))
    out = sys.stderr if parsed.json is not None or parsed.markdown else sys.stdout
    for title, checkup in checkups.items():
        print(conformance.summary(title, checkup), file=out)
