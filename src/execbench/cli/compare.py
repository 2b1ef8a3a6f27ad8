"""`execbench compare`: two sides, a verdict for each trial, and a gate."""

import argparse
import json
import sys

from execbench.cli import arguments, output
from execbench.cli.exit_codes import BAD_INPUT, FINE, GATE_TRIPPED
from execbench.comparison import compare
from execbench.comparison.sides import read_sides
from execbench.report.comparison import as_json, comparison_document

KINDS = ("slower", "faster", "failed", "unclear")

DESCRIPTION = (
    "Compare two sides, each a file, a folder, or a quoted pattern of files, which are then several "
    "runs. FILE::NAME is what one interpreter of `run --python NAME=PATH` measured; two names of one file are "
    "compared heat by heat. Artifacts of plain pytest-benchmark are read, too."
)

EPILOG = """\
verdicts: slower, faster: the whole interval lies beyond the threshold; same: within it; unclear: neither, and the
report says about how many more launches would decide it.

examples:
  execbench compare old.json new.json --fail-on slower
  execbench compare 'base/*.json' 'head/*.json' --format markdown >> "$GITHUB_STEP_SUMMARY"
  execbench run -w cube --python base=old/bin/python --python head=new/bin/python --json run.json
  execbench compare run.json::base run.json::head

exit codes: 0 fine; 1 --fail-on tripped; 2 bad input; 130 Ctrl-C"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
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
        help=f"exit with 1 if any trial is of this kind: {', '.join(KINDS)} (failed on the new side only); repeatable",
    )
    output.add_format(parser, json=True)
    output.add_report(parser)


def run(parsed: argparse.Namespace) -> int:
    """Compare, print, and trip the gate."""
    output.check(parsed.report)
    comparison = compare(*read_sides(parsed.old, parsed.new), threshold=parsed.threshold)
    tripped = comparison.tripped(parsed.fail_on)
    document = comparison_document(comparison)
    if parsed.format == "json":
        print(json.dumps(as_json(comparison, tripped), indent=1, allow_nan=False))
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
