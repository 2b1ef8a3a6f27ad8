"""`execbench metg`: the shortest tasks at which each backend still keeps its workers busy."""

import argparse
import sys

from execbench.cli import arguments, output
from execbench.cli.exit_codes import BAD_INPUT, FINE, TRIAL_FAILED
from execbench.cli.progress import Progress
from execbench.report.metg import metg_document, outcome
from execbench.supervisor.lane import Nursery
from execbench.sweep.load import SweepPlan
from execbench.sweep.metg import MetgLaunches, take_turns
from execbench.sweep.results import MetgRun, as_json
from execbench.sweep.select import choose

DESCRIPTION = "METG, the minimum effective task granularity: the shortest tasks that a backend runs efficiently."

EPILOG = """\
examples:
  execbench metg                              every available backend
  execbench metg -b pool -b threads           these
  execbench metg --report metg.html           its curves, too
  execbench metg --grain 'imbalance[steps]'   other tasks, with the option that makes them longer

exit codes: 0 fine; 1 a backend failed; 2 bad input; 130 Ctrl-C (what is known by then is printed)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    arguments.add_sweep(parser, launches=7)
    parser.add_argument(
        "--max-time",
        type=arguments.seconds,
        default=40.0,
        metavar="SECONDS",
        help="time budget per backend, once the minimum launches have run: go on until its METG is known within "
        "±10 %%; default: 40",
    )


def run(parsed: argparse.Namespace) -> int:
    """Sweep the backends in turns, say of each when it is known, and print them all."""
    output.check(parsed.report, parsed.json)
    with Nursery() as nursery, Progress() as progress:
        chosen = choose(nursery, parsed.grain, parsed.backend)
        progress.say_left_out(chosen.left_out)
        plan = SweepPlan(chosen.grain, arguments.workers(parsed), 1, arguments.sweep_settings(parsed))
        backends = [MetgLaunches(nursery, backend, plan) for backend in chosen.backends]
        try:
            for result in take_turns(backends, progress.step):
                progress.say(f"{result.backend}: {outcome(result)}")
        finally:
            progress.pause()
            # What was interrupted is as true, if known less well.
            results = [each.result for each in backends if each.result.launches > 1 or each.result.failure]
            command = ["execbench", *sys.argv[1:]]
            found = MetgRun(grain=parsed.grain, max_workers=plan.workers, results=results, command=command)
            kept = output.show_sweep(metg_document(found), as_json(found), parsed)
    if not kept:
        return BAD_INPUT
    return TRIAL_FAILED if any(result.failure for result in results) else FINE
