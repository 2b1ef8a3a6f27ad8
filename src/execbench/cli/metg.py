"""`execbench metg`: the shortest tasks at which each backend still keeps its workers busy."""

import argparse
import sys

from execbench.cli import sweep
from execbench.records.turn import doubts_of
from execbench.report.metg import metg_document, outcome
from execbench.sweep.metg import MetgLaunches, take_turns
from execbench.sweep.results import MetgRun

DESCRIPTION = "Find the METG (minimum effective task granularity): the shortest tasks that a backend runs efficiently."

EPILOG = """\
examples:
  execbench metg                              every available backend
  execbench metg -b pool -b threads           these two
  execbench metg --report metg.html           with the curves
  execbench metg --grain 'imbalance[steps]'   other tasks, with the option that makes them longer

exit codes: 0 success; 1 a backend failed; 2 bad input; 130 Ctrl-C (after printing what is known so far)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    budget = "per backend, once the minimum launches have run, until its METG is known within ±10 %%"
    sweep.add_arguments(parser, launches=7, budget=budget)


def run(parsed: argparse.Namespace) -> int:
    """Sweep the backends in turns, report each once it is known, and print them all."""
    with sweep.prepared(parsed, chunksize=1) as (nursery, progress, plan):
        backends = [MetgLaunches(nursery, backend, plan) for backend in plan.backends]
        try:
            for result in take_turns(backends, progress.step):
                progress.say(f"{result.backend}: {outcome(result)}")
        finally:
            progress.pause()
            # An interrupted sweep is just as true, only less certain.
            results = [each.result for each in backends if each.result.launches > 1 or each.result.failure]
            found = MetgRun(
                grain=parsed.grain,
                max_workers=plan.max_workers,
                layout=plan.settings.layout,
                results=results,
                command=["execbench", *sys.argv[1:]],
                doubts=doubts_of(nursery.turn),
            )
            code = sweep.show_and_save(metg_document(found), parsed, found)
    return code
