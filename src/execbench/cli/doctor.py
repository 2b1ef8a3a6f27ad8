"""`execbench doctor`: what this machine can tell apart, and what costs it precision."""

import argparse

import msgspec

from execbench.api.progress import Progress
from execbench.cli import output
from execbench.cli.arguments import add_no_wait, add_output
from execbench.cli.exit_codes import BAD_INPUT, FINE
from execbench.doctor.examine import examine
from execbench.plugins.baseline import BASELINE
from execbench.records import compose
from execbench.records.diagnosis import Diagnosis
from execbench.report.diagnosis import diagnosis_document
from execbench.supervisor.lane import Nursery
from execbench.supervisor.turn import turn

WORKLOAD = "spin[steps=400]"
"""Its rounds are as short as most: a launch has many."""

DESCRIPTION = """\
Say what this machine can tell apart: race a trial against itself, which shows how small a difference a default race
can see, and look at what costs precision. Each line says what it costs, and the command that fixes it. It takes about
15 seconds, and changes nothing."""

EPILOG = """\
examples:
  execbench doctor                          the serial loop against itself
  execbench doctor -w my_jobs.py -b pool    your own workload on the backend that matters to you
  execbench run --doctor                    the same before a run, and at the head of its artifact and report

exit codes: 0 success, whatever it finds; 2 bad input; 130 Ctrl-C"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    told = "to race against itself, as for `execbench run`"
    parser.add_argument("-b", "--backend", default=BASELINE, metavar="NAME", help=f"backend {told} (default: serial)")
    parser.add_argument(
        "-w", "--workload", default=WORKLOAD, metavar="NAME", help=f"workload {told} (default: {WORKLOAD})"
    )
    add_no_wait(parser)
    add_output(parser, "json")


def examined(nursery: Nursery, progress: Progress) -> Diagnosis:
    """Examine this machine before a run, print what was found, and return it."""
    diagnosis = examine(nursery, WORKLOAD, BASELINE, progress.step)
    progress.pause()
    output.show(diagnosis_document(diagnosis))
    print(flush=True)
    return diagnosis


def run(parsed: argparse.Namespace) -> int:
    """Examine this machine, and print what was found."""
    output.check(parsed.report)
    with Nursery(adopts=True) as nursery, Progress() as progress, turn(progress.say, wait=not parsed.no_wait):
        diagnosis = examine(nursery, parsed.workload, parsed.backend, progress.step)
    document = diagnosis_document(diagnosis)
    if parsed.format != "json":
        return output.show_and_save(document, parsed)
    print(compose.encode(msgspec.to_builtins(diagnosis)).decode())
    return FINE if output.save_report(document, parsed.report) else BAD_INPUT
