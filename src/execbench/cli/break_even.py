"""`execbench break-even`: from which task cost, and from how many tasks, each backend beats the serial loop."""

import argparse
import sys

from execbench.cli import output, sweep
from execbench.cli.arguments import count, option
from execbench.cli.exit_codes import FINE, TRIAL_FAILED
from execbench.report.break_even import break_even_document, where
from execbench.sweep.break_even import BreakEven, BreakEvenPlan, Finder
from execbench.sweep.load import Load
from execbench.sweep.results import BreakEvenRun, as_json

DESCRIPTION = """\
Measure from which task cost, and from how many tasks, each backend beats the serial loop. Each figure comes with the
two measurements that prove it."""

EPILOG = """\
examples:
  execbench break-even                        every available backend
  execbench break-even -b pool --size 1000    the task cost from which a pool pays off for a thousand tasks
  execbench break-even --json found.json      also save every round that was measured

exit codes: 0 success; 1 a backend failed; 2 bad input; 130 Ctrl-C (after printing and saving finished backends)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    option(parser, "--size", count, "number of tasks whose cost varies (default: the workload's own)")
    budget = "per figure, once the minimum launches have run, until its bracket is proven"
    sweep.add_arguments(parser, launches=5, budget=budget)


def run(parsed: argparse.Namespace) -> int:
    """Search for one backend after another, report each once it is known, and print them all."""
    with sweep.prepared(parsed, chunksize="fair") as (nursery, progress, chosen, shared):
        results: list[BreakEven] = []
        fixed = Load(parsed.size or chosen.size, chosen.grain.default)
        plan = BreakEvenPlan(shared, chosen.serial, fixed)
        try:
            for backend in chosen.backends:
                results.append(Finder(nursery, backend, plan, progress.step).run())
                progress.say(f"{backend.title}: {', '.join(map(where, results[-1].found)) or 'failed'}")
        finally:
            progress.pause()
            found = BreakEvenRun(
                grain=parsed.grain,
                max_workers=shared.workers,
                fixed=fixed,
                launches=plan.launches,
                results=results,
                command=["execbench", *sys.argv[1:]],
            )
            code = TRIAL_FAILED if any(result.failure for result in results) else FINE
            code = output.show_and_save(break_even_document(found), parsed, as_json(found), code)
    return code
