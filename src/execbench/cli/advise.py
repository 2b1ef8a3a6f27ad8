"""`execbench advise`: which executor to use for a function, and the code to paste."""

import argparse
import sys
import time
from pathlib import Path

from execbench.advice import saved
from execbench.advice.advise import BUDGET, Adviser, Question
from execbench.advice.recording import Recorder
from execbench.api.progress import Progress
from execbench.cli import output
from execbench.cli.arguments import (
    add_calls,
    add_no_wait,
    add_report,
    add_tasks,
    gigabytes,
    option,
    repeatable,
    seconds,
    tolerance,
)
from execbench.errors import BadInput
from execbench.plugins.select import Request, parse_tasks
from execbench.report.advice import advice_document
from execbench.report.write import form_of
from execbench.supervisor.lane import Nursery
from execbench.supervisor.turn import turn

STDLIB = "stdlib"
"""What stands for all backends of the standard library."""

DESCRIPTION = """\
Say which executor to use for a function on this machine, how much it gains, how sure that is, and why; and print the
program to paste. It takes about 15 seconds beyond the function's own imports."""

EPILOG = """\
examples:
  execbench advise jobs.py:resize --tasks jobs.py:paths
  execbench advise jobs.py:resize --tasks jobs.py:paths --calls many    for a pool that lives on
  execbench advise jobs.py:resize --tasks jobs.py:paths --only stdlib   from the standard library
  execbench advise script.py --call jobs.resize                         with what a script calls it with

exit codes: 0 success, whatever the advice is; 2 bad input; 130 Ctrl-C"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    words = "function to call, as file.py:name or module:name; with --call, a script"
    parser.add_argument("function", metavar="FUNCTION", help=words)
    add_tasks(parser)
    words = (
        "run the script FUNCTION, and take as tasks what it calls this function of its own (name) or of a module that \
it imports (module.name) with"
    )
    parser.add_argument("--call", metavar="NAME", help=words)
    add_calls(parser, "once")
    option(parser, "--budget", seconds, "seconds that the advice may take, beyond the function's own imports", BUDGET)
    words = "consider this backend only, or `stdlib` for all that need no library; repeatable (default: all that work)"
    repeatable(parser, "--only", words=words)
    option(parser, "--worth", seconds, "stay serial unless a call gets shorter by this much (default: 0)")
    option(parser, "--memory", gigabytes, "gigabytes that all workers may use (default: what is free)")
    accepted = "accept floats that differ by this much, relative to the larger one; 0 accepts no difference"
    option(parser, "--tolerance", tolerance, f"{accepted} (default: 1e-9)")
    add_no_wait(parser)
    option(parser, "--json", Path, "save the advice for programs")
    add_report(parser)


def run(parsed: argparse.Namespace) -> int:
    """Give the advice."""
    output.check(parsed.report, parsed.json)
    if parsed.report is not None and form_of(parsed.report) not in {"html", "markdown"}:
        raise BadInput(
            f"{parsed.report}: an advice is reported as HTML or Markdown: name a file that ends in .html or .md"
        )
    if parsed.call is not None and (parsed.tasks is not None or parsed.star):
        raise BadInput("--call records the tasks, and how they are passed: leave out --tasks and --star")
    spent = time.monotonic() - parsed.begun
    with (
        Nursery(adopts=True) as nursery,
        Progress() as progress,
        turn(progress.say, wait=not parsed.no_wait) as nursery.turn,
    ):
        question = Question(
            _request(parsed, nursery, progress),
            only_stdlib=STDLIB in parsed.only,
            calls=parsed.calls or "once",
            budget=parsed.budget,
            worth=parsed.worth or 0.0,
            memory=None if parsed.memory is None else int(parsed.memory * 1e9),
            tolerance=parsed.tolerance,
            spent=spent,
        )
        advice = Adviser(nursery, question, progress.step, progress.say).advise()
        progress.pause()
    return output.show_and_save(advice_document(advice), parsed, saved.as_json(advice, ["execbench", *sys.argv[1:]]))


def _request(parsed: argparse.Namespace, nursery: Nursery, progress: Progress) -> Request:
    """Return the function with its tasks, which a script may have to be run for."""
    backends = [name for name in parsed.only if name != STDLIB]
    if parsed.call is None:
        return Request(backends, [parsed.function], tasks=parse_tasks(parsed.tasks, star=parsed.star))
    progress.step(f"{parsed.function}: running it, to record the calls of {parsed.call}")
    recording = Recorder(nursery, parsed.function, parsed.call, parsed.budget).recording()
    progress.say(recording.said)
    return Request(backends, [recording.workload], tasks=recording.tasks)
