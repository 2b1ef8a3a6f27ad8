"""`execbench break-even`: from which task cost, and from how many tasks, each backend beats the serial loop."""

import argparse
import sys

from execbench.cli import arguments, output
from execbench.cli.exit_codes import BAD_INPUT, FINE, TRIAL_FAILED
from execbench.cli.progress import Progress
from execbench.report.break_even import break_even_document, where
from execbench.supervisor.lane import Nursery
from execbench.sweep.break_even import BreakEven, BreakEvenPlan, Finder
from execbench.sweep.load import Load, SweepPlan
from execbench.sweep.results import BreakEvenRun, as_json
from execbench.sweep.select import choose

DESCRIPTION = "Break-even, found by measuring: each figure with the two places that prove it."

EPILOG = """\
examples:
  execbench break-even                        every available backend
  execbench break-even -b pool --size 1000    the task cost from which a thousand tasks are worth a pool
  execbench break-even --json found.json      keep it, with every round that was measured

exit codes: 0 fine; 1 a backend failed; 2 bad input; 130 Ctrl-C (finished backends are printed, and kept)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    arguments.add_sweep(parser, launches=5)
    parser.add_argument(
        "--size", type=arguments.count, metavar="N", help="the tasks whose cost is varied; default: the workload's own"
    )
    parser.add_argument(
        "--max-time",
        type=arguments.seconds,
        default=40.0,
        metavar="SECONDS",
        help="time budget per figure, once the minimum launches have run: go on until its bracket is proven; "
        "default: 40",
    )


def run(parsed: argparse.Namespace) -> int:
    """Search for one backend after the other, say when each is known, and print them all."""
    output.check(parsed.report, parsed.json)
    results: list[BreakEven] = []
    with Nursery() as nursery, Progress() as progress:
        chosen = choose(nursery, parsed.grain, parsed.backend)
        progress.say_left_out(chosen.left_out)
        fixed = Load(parsed.size or chosen.size, chosen.grain.default)
        sweep = SweepPlan(chosen.grain, arguments.workers(parsed), "fair", arguments.sweep_settings(parsed))
        plan = BreakEvenPlan(sweep, chosen.serial, fixed)
        try:
            for backend in chosen.backends:
                results.append(Finder(nursery, backend, plan, progress.step).run())
                progress.say(f"{backend.title}: {', '.join(map(where, results[-1].found)) or 'failed'}")
        finally:
            progress.pause()
            found = BreakEvenRun(
                grain=parsed.grain,
                max_workers=sweep.workers,
                fixed=fixed,
                launches=plan.launches,
                results=results,
                command=["execbench", *sys.argv[1:]],
            )
            kept = output.show_sweep(break_even_document(found), as_json(found), parsed)
    if not kept:
        return BAD_INPUT
    return TRIAL_FAILED if any(result.failure for result in results) else FINE
