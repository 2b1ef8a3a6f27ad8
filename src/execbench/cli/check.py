"""`execbench check`: what a backend must do, and what a user should know about it."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from execbench.api.progress import Progress
from execbench.cli import output
from execbench.cli.arguments import add_output, count, option
from execbench.cli.exit_codes import BAD_INPUT, CHECK_FAILED, FINE
from execbench.conformance.kit import Checkup, kits
from execbench.errors import BadInput
from execbench.report.conformance import conformance_document
from execbench.supervisor.lane import Nursery

DESCRIPTION = "Check that backends fulfil the contract, and see how they fail."

EPILOG = """\
examples:
  execbench check pool                          one backend in full
  execbench check pool 'pool[call=starmap]' my_backend.py --format markdown
  execbench check --all --json matrix.json      every available backend

The contract is what every backend must do: each check passes, fails, or does not apply. Chaos is what a user should
know before choosing: it is observed, and never a failure. Each runs in its own process with a time limit. Hypothesis
generates the inputs: pip install 'execbench[check]'

exit codes: 0 success; 1 a check of the contract failed; 2 bad input; 130 Ctrl-C"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("backends", nargs="*", metavar="NAME", help="as for `execbench run --backend`")
    parser.add_argument("--all", action="store_true", help="check every available backend, side by side")
    option(parser, "--max-workers", count, "number of workers", 2)
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="FILE", help="write the results as JSON (default: to standard output)"
    )
    add_output(parser)


def run(parsed: argparse.Namespace) -> int:
    """Check each backend and print the results."""
    if bool(parsed.backends) == parsed.all:
        raise BadInput("name the backends to check, or give --all; `execbench list` shows their names")
    output.check(parsed.report, None if parsed.json in (None, "-") else Path(parsed.json))
    checkups: dict[str, Checkup] = {}
    with Nursery(adopts=True) as nursery, Progress() as progress:
        for kit in kits(nursery, parsed.backends, parsed.max_workers):
            try:
                checkups[kit.title] = kit.checkup(progress.step)
            except BadInput as error:
                if not parsed.all:
                    raise
                progress.say(f"left out: {error}")
    document = conformance_document(checkups)
    kept = parsed.json is None or _keep_json(checkups, parsed)
    if parsed.json is None:
        output.show(document, parsed.format)
    if not (output.save_report(document, parsed.report) and kept):
        return BAD_INPUT
    return CHECK_FAILED if any(checkup.failed for checkup in checkups.values()) else FINE


def _keep_json(checkups: Mapping[str, Checkup], parsed: argparse.Namespace) -> bool:
    """Write the results where --json asks for them; return False where they cannot be written."""
    content = msgspec.to_builtins(dict(checkups))
    if not parsed.all and len(checkups) == 1:
        (content,) = content.values()
    for title, checkup in checkups.items():
        failed = f", {len(checkup.failed)} checks failed: {', '.join(checkup.failed)}" if checkup.failed else ""
        output.say(f"{title}: checked{failed}")
    if parsed.json == "-":
        print(json.dumps(content, indent=1))
        return True
    return output.save_json(content, Path(parsed.json))
