"""`execbench compare`: two sides, a verdict for each trial, and a gate."""

import argparse
import sys

from execbench.api.comparing import compare
from execbench.cli import output
from execbench.cli.arguments import add_output, option, share, side
from execbench.cli.exit_codes import BAD_INPUT, FINE, GATE_TRIPPED
from execbench.comparison import THRESHOLD
from execbench.report.comparison import as_json, comparison_document

KINDS = ("slower", "faster", "failed", "unclear")

DESCRIPTION = """\
Compare two sides. Each is a file, a folder, or a quoted pattern of files; several files are several runs. FILE::NAME is
what one interpreter of `execbench run --python NAME=PATH` measured; two names of one file are compared heat by heat.
Artifacts of plain pytest-benchmark work, too."""

EPILOG = """\
verdicts:
  slower, faster   the whole interval lies beyond the threshold
  same             the whole interval lies within it
  unclear          neither; the report estimates how many more launches would decide it

examples:
  execbench compare old.json new.json --fail-on slower
  execbench compare 'base/*.json' 'head/*.json' --format markdown >> "$GITHUB_STEP_SUMMARY"
  execbench run -w cube --python base=old/bin/python --python head=new/bin/python --json run.json
  execbench compare run.json::base run.json::head

exit codes: 0 success; 1 --fail-on tripped; 2 bad input; 130 Ctrl-C"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("old", type=side, metavar="OLD", help="the side to compare with")
    parser.add_argument("new", type=side, metavar="NEW", help="the side to judge")
    option(parser, "--threshold", share, "smallest change that matters, as 0.02 or 2%%", THRESHOLD)
    parser.add_argument(
        "--fail-on",
        type=_kinds,
        action="extend",
        default=[],
        metavar="KIND[,KIND]",
        help=f"exit with 1 if any trial is {', '.join(KINDS[:-1])} (on the new side only) or {KINDS[-1]}; repeatable",
    )
    add_output(parser, "json")


def run(parsed: argparse.Namespace) -> int:
    """Compare, print, and trip the gate."""
    output.check(parsed.report)
    comparison = compare(parsed.old, parsed.new, parsed.threshold)
    tripped = comparison.tripped(parsed.fail_on)
    document = comparison_document(comparison)
    if parsed.format == "json":
        print(as_json(comparison, tripped))
    else:
        output.show(document, parsed.format)
    if not output.save_report(document, parsed.report):
        return BAD_INPUT
    if not tripped:
        return FINE
    sys.stdout.flush()
    print(f"execbench: --fail-on {','.join(parsed.fail_on)}: {len(tripped)} trials", file=sys.stderr)
    return GATE_TRIPPED


def _kinds(words: str) -> list[str]:
    kinds = [word.strip() for word in words.split(",")]
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is not one of {', '.join(KINDS)}")
    return kinds
