"""`execbench break-even`: from which task cost, and from how many tasks, each backend beats the serial loop."""

import argparse
import sys
from dataclasses import replace
from functools import partial
from time import monotonic

from execbench.api.progress import Progress
from execbench.cli import sweep
from execbench.cli.arguments import count, option
from execbench.records.turn import doubts_of
from execbench.report.break_even import break_even_document, where
from execbench.supervisor.remaining import in_words
from execbench.sweep.break_even import BreakEven, find
from execbench.sweep.load import Load
from execbench.sweep.results import BreakEvenRun

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
    with sweep.prepared(parsed, chunksize="fair") as (nursery, progress, chosen):
        plan = replace(chosen, load=Load(parsed.size or chosen.load.size, chosen.load.grain))
        results: list[BreakEven] = []
        begun, left = monotonic(), ""
        try:
            for number, backend in enumerate(plan.backends, 1):
                step = partial(_step, progress, f"backend {number} of {len(plan.backends)}{left}: ")
                results.append(find(nursery, backend, plan, step))
                seconds = (monotonic() - begun) / number * (len(plan.backends) - number)
                left = f" ({in_words(seconds)})"
                progress.say(f"{backend.title}: {', '.join(map(where, results[-1].found)) or 'failed'}")
        finally:
            progress.pause()
            found = BreakEvenRun(
                grain=parsed.grain,
                max_workers=plan.max_workers,
                layout=plan.settings.layout,
                fixed=plan.load,
                launches=plan.settings.launches,
                results=results,
                command=["execbench", *sys.argv[1:]],
                doubts=doubts_of(nursery.turn),
            )
            code = sweep.show_and_save(break_even_document(found), parsed, found)
    return code


def _step(progress: Progress, place: str, text: str) -> None:
    progress.step(place + text)
