"""`execbench ci`: the steps of the action in a project's CI; a workflow only calls them."""

import argparse
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import msgspec

from execbench.ci.event import read_event
from execbench.ci.plan import Preset
from execbench.ci.records import VERDICTS, Folder, Name
from execbench.cli import output
from execbench.cli.arguments import add_matrix, minutes, option, share
from execbench.cli.exit_codes import FINE, GATE_TRIPPED
from execbench.comparison import THRESHOLD
from execbench.errors import BadInput
from execbench.plugins.baseline import BASELINE
from execbench.plugins.select import Request, parse_request

DESCRIPTION = """\
Compare a change with what it is merged into, step by step, as a job of GitHub Actions or GitLab CI. Each step leaves
what it found in --folder for the next one."""

EPILOG = """\
steps:
  base      find the commit to compare with, and fetch it
  build     install both sides, each in an environment of its own
  compare   race both sides in the same heats
  publish   write the verdict: summary, outputs, comment and check

exit codes: 0 success; 1 --fail-on tripped; 2 bad input; 130 Ctrl-C"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the steps, each with its options."""
    steps = parser.add_subparsers(title="steps", required=True, metavar="STEP", parser_class=type(parser))
    base = _step(steps, "base", "find the commit to compare with, and fetch it", _base)
    base.add_argument("--base", default="", metavar="REVISION", help="the commit to compare with (default: found)")
    build = _step(steps, "build", "install both sides, each in an environment of its own", _build)
    build.add_argument("--install", default=".", help="what to install of each side, in words of a shell (default: .)")
    _add_compare(_step(steps, "compare", "race both sides in the same heats", _compare))
    publish = _step(steps, "publish", "write the verdict: summary, outputs, comment and check", _publish)
    publish.add_argument("--report", type=_address, default="", metavar="URL", help="where readers can get the report")
    publish.add_argument(
        "--fail-on",
        type=_verdicts,
        default=["slower", "failed"],
        metavar="VERDICT[,VERDICT]",
        help="exit with 1 if any trial has such a verdict; empty for none (default: slower,failed)",
    )


def _add_compare(parser: argparse.ArgumentParser) -> None:
    matrix = type(parser)(prog="--arguments", add_help=False)
    for group in (matrix, parser.add_argument_group("what to race")):
        add_matrix(group)
    parser.set_defaults(matrix=matrix)
    how = parser.add_argument_group("how to compare")
    how.add_argument("--arguments", default="", help="the options above in one text, as --arguments='-w jobs.py'")
    how.add_argument(
        "--preset",
        choices=get_args(Preset),
        default="gate",
        help="gate: what docs/certification.md certifies; quick: five launches; thorough: twice those of the gate",
    )
    fit = "fit all races into this time, and say in advance what can be seen (default: as long as the preset takes)"
    how.add_argument("--max-minutes", type=_limit, metavar="MINUTES", help=fit)
    option(how, "--threshold", share, "smallest change that matters, as 0.02 or 2%%", THRESHOLD)
    named = "tells the comments of several comparisons apart (default: execbench)"
    how.add_argument("--name", type=_name, default="execbench", help=named)


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
    from execbench.ci.repository import Repository

    base = find_base(Repository(Path()), read_event(os.environ), parsed.base)
    Folder(parsed.folder).save(base)
    print(f"base: {base.commit[:12]} ({base.why})" if base.commit else f"no base: {base.why}")
    return FINE


def _build(parsed: argparse.Namespace) -> int:
    from execbench.ci.build import build
    from execbench.ci.repository import Repository

    repository, folder = Repository(Path()), Folder(parsed.folder.absolute())
    project = Path.cwd().resolve().relative_to(repository.root.resolve())
    sides = build(folder, repository, project, _words("--install", parsed.install), output.say)
    folder.save(sides)
    if sides.problem:
        output.say(sides.problem)
    return FINE


def _compare(parsed: argparse.Namespace) -> int:
    from execbench.api.progress import Progress
    from execbench.ci.comment import headline
    from execbench.ci.compare import Asked, compare_sides
    from execbench.ci.repository import Repository

    if parsed.arguments:
        parsed.matrix.parse_args(_words("--arguments", parsed.arguments), parsed)
    asked = Asked(
        name=parsed.name,
        request=_request(parsed),
        preset=parsed.preset,
        threshold=parsed.threshold,
        max_seconds=None if parsed.max_minutes is None else 60 * parsed.max_minutes,
        command=["execbench", *sys.argv[1:]],
    )
    folder = Folder(parsed.folder.absolute())
    with Progress() as progress:
        outcome = compare_sides(folder, Repository(Path()), asked, progress)
    folder.save(outcome)
    print(headline(outcome))
    return FINE


def _request(parsed: argparse.Namespace) -> Request:
    """Return what to race: by default the serial loop alone, and one worker, as the certified gate has."""
    named = [*parsed.function, *parsed.workload]
    if not named:
        raise BadInput("name what to race: -w bench/my_jobs.py, or bench/my_jobs.py:function with --tasks")
    return parse_request(
        parsed.backend or [BASELINE],
        named,
        max_workers=parsed.max_workers or "1",
        sizes=parsed.size,
        chunksizes=parsed.chunksize,
        pythons=(),
        tasks=parsed.tasks,
        star=parsed.star,
    )


def _name(text: str) -> str:
    try:
        return msgspec.convert(text, Name)
    except msgspec.ValidationError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: use up to 60 letters, digits, spaces, and any of ._-") from error


def _limit(text: str) -> float | None:
    """Read a number of minutes; empty, as the input of an action may be, is no limit."""
    return minutes(text) if text else None


def _words(option: str, text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise BadInput(f"{option} {text}: {error}") from error


def _publish(parsed: argparse.Namespace) -> int:
    from execbench.ci.publish import latest, publish

    outcomes = [publish(folder, parsed.report, os.environ, output.say) for folder in latest(Folder(parsed.folder))]
    tripped = [verdict for verdict in parsed.fail_on if any(outcome.has(verdict) for outcome in outcomes)]
    if not tripped:
        return FINE
    print(f"execbench: --fail-on {','.join(parsed.fail_on)}: {', '.join(tripped)}", file=sys.stderr)
    return GATE_TRIPPED


def _address(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^\s()<>]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address of the web")
    return text


def _verdicts(words: str) -> list[str]:
    found = [word.strip() for word in words.split(",") if word.strip()]
    if unknown := [word for word in found if word not in VERDICTS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is not one of {', '.join(VERDICTS)}")
    return found
