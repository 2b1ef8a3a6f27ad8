"""`execbench compare`: two sides, a verdict for each trial, and a gate."""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import TYPE_CHECKING, Any

from execbench.cli import arguments
from execbench.cli.exit_codes import FINE, GATE_TRIPPED

if TYPE_CHECKING:
    from execbench.compare import Comparison

KINDS = ("slower", "faster", "failed", "unclear")

_EPILOG = """\
verdicts: slower, faster: the whole interval lies beyond the threshold; same: within it; unclear: neither, and the
report says about how many more launches would tell.

examples:
  execbench compare old.json new.json --fail-on slower
  execbench compare 'base/*.json' 'head/*.json' --format markdown >> "$GITHUB_STEP_SUMMARY"
  execbench run -w cube --python base=old/bin/python --python head=new/bin/python --json run.json
  execbench compare run.json::base run.json::head

exit codes: 0 fine; 1 --fail-on tripped; 2 bad input; 130 Ctrl-C"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "compare",
        help="compare artifacts: which trials are faster, slower, the same, or cannot be told",
        description="Compare two sides, each a file, a folder, or a quoted pattern of files, which are then several "
        "runs. FILE::NAME is what one interpreter of `run --python NAME=PATH` measured; two names of one file are "
        "compared heat by heat. Artifacts of plain pytest-benchmark are read, too.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("new", metavar="NEW")
    parser.add_argument(
        "--threshold",
        type=arguments.share,
        default=0.02,
        metavar="SHARE",
        help="the change that matters: 0.02 or 2%%, the default",
    )
    parser.add_argument(
        "--fail-on",
        type=_kinds,
        action="extend",
        default=[],
        metavar="KIND[,KIND]",
        help=f"exit with 1 where a trial is of this kind: {', '.join(KINDS)} (failed on the new side only); repeatable",
    )
    parser.add_argument("--format", choices=("text", "markdown", "json", "csv"), default="text")
    parser.set_defaults(command=run)


def run(parsed: argparse.Namespace) -> int:
    """Compare, print, and trip the gate."""
    from execbench.compare import compare
    from execbench.compare.sides import read_sides

    comparison = compare(*read_sides(parsed.old, parsed.new), threshold=parsed.threshold)
    tripped = comparison.tripped(parsed.fail_on)
    print(_report(comparison, parsed.format, tripped), end="")
    if not tripped:
        return FINE
    sys.stdout.flush()
    print(f"execbench: --fail-on {','.join(parsed.fail_on)}: {len(tripped)} trials", file=sys.stderr)
    return GATE_TRIPPED


def _report(comparison: Comparison, form: str, tripped: list[str]) -> str:
    from execbench.report import comparison as report
    from execbench.report.rendering import LOG_WIDTH

    if form == "markdown":
        return report.markdown(comparison)
    if form == "json":
        return report.as_json(comparison, tripped)
    if form == "csv":
        return report.as_csv(comparison)
    terminal = sys.stdout.isatty()
    return report.text(comparison, colour=terminal, width=shutil.get_terminal_size().columns if terminal else LOG_WIDTH)


def _kinds(words: str) -> list[str]:
    kinds = [word.strip() for word in words.split(",")]
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(KINDS)}")
    return kinds
