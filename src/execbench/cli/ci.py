"""`execbench ci`: the steps of the action in a project's CI; a workflow only calls them."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from execbench.ci.event import read_event
from execbench.ci.records import VERDICTS, Folder
from execbench.cli import output
from execbench.cli.exit_codes import FINE, GATE_TRIPPED

DESCRIPTION = """\
Compare a change with what it is merged into, step by step, as a job of GitHub Actions or GitLab CI. Each step leaves
what it found in --folder for the next one."""

EPILOG = """\
steps:
  base      find the commit to compare with, and fetch it
  publish   write the verdict: summary, outputs, comment and check

exit codes: 0 success; 1 --fail-on tripped; 2 bad input; 130 Ctrl-C"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the steps, each with its options."""
    steps = parser.add_subparsers(title="steps", required=True, metavar="STEP", parser_class=type(parser))
    base = _step(steps, "base", "find the commit to compare with, and fetch it", _base)
    base.add_argument("--base", default="", metavar="REVISION", help="the commit to compare with (default: found)")
    publish = _step(steps, "publish", "write the verdict: summary, outputs, comment and check", _publish)
    publish.add_argument(
        "--fail-on",
        type=_verdicts,
        default=["slower", "failed"],
        metavar="VERDICT[,VERDICT]",
        help="exit with 1 if any trial has such a verdict; empty for none (default: slower,failed)",
    )


def _step(
    steps: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    words: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = steps.add_parser(name, help=words, description=words.capitalize() + ".")
    parser.add_argument(
        "--folder", type=Path, required=True, help="where the steps of one comparison leave their files"
    )
    parser.set_defaults(step=run)
    return parser


def run(parsed: argparse.Namespace) -> int:
    """Run one step."""
    step: Callable[[argparse.Namespace], int] = parsed.step
    return step(parsed)


def _base(parsed: argparse.Namespace) -> int:
    from execbench.ci.base import find_base
    from execbench.ci.git import Repository

    base = find_base(Repository(Path()), read_event(os.environ), parsed.base)
    Folder(parsed.folder).save(base)
    print(f"base: {base.commit[:12]} ({base.why})" if base.commit else f"no base: {base.why}")
    return FINE


def _publish(parsed: argparse.Namespace) -> int:
    from execbench.ci.publish import publish

    outcome = publish(Folder(parsed.folder), os.environ, output.say)
    tripped = [verdict for verdict in parsed.fail_on if outcome.has(verdict)]
    if not tripped:
        return FINE
    print(f"execbench: --fail-on {','.join(parsed.fail_on)}: {', '.join(tripped)}", file=sys.stderr)
    return GATE_TRIPPED


def _verdicts(words: str) -> list[str]:
    found = [word.strip() for word in words.split(",") if word.strip()]
    if unknown := [word for word in found if word not in VERDICTS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is not one of {', '.join(VERDICTS)}")
    return found
