"""`execbench latency`: what single calls cost, by `submit`."""

import argparse
import sys
from pathlib import Path

from execbench.api.progress import Progress
from execbench.cli import output
from execbench.cli.arguments import (
    ROUND_TIMEOUT,
    add_layout,
    add_no_wait,
    add_output,
    count,
    option,
    repeatable,
    seconds,
    seed,
)
from execbench.cli.exit_codes import BAD_INPUT, FINE, TRIAL_FAILED
from execbench.plugins.select import parse_counts
from execbench.racing.latency import latency_trials
from execbench.racing.run import Runner
from execbench.records import artifact, compose
from execbench.report.latency import latency_document
from execbench.report.race import run_document
from execbench.settings import PRECISION, Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.turn import turn

_CALL = "noop[nbytes={nbytes}]"
"""A workload without work, with the bytes of each task."""

_MIN_ROUNDS = 10

DESCRIPTION = """\
Measure what a single call costs on each backend that takes one by `submit`: the round trip of an empty call at rest,
calls per second, the time to the first result, what arguments add, and how many calls can still be cancelled."""

EPILOG = """\
examples:
  execbench latency                                 every backend that has `submit`
  execbench latency -b threads -b process_pool      these two, and a plain call
  execbench latency --json latency.json             an artifact like all others
  execbench report latency.json -o latency.html     with charts
  execbench compare old.json new.json               what changed

exit codes: 0 success; 1 a trial failed; 2 bad input; 130 Ctrl-C (finished races are kept)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    every = "every available one that has `submit`"
    repeatable(parser, "-b", "--backend", words=f"as for `execbench run`; repeatable (default: {every})")
    parser.add_argument("--max-workers", metavar="N[,N]", help="numbers of workers (default: the usable CPUs)")
    option(parser, "--launches", count, "minimum launches per trial", Settings.launches)
    budget = "time budget per trial, once the minimum launches have run, until it is known within ±10 %%"
    option(parser, "--max-time", seconds, budget, Settings.max_time)
    option(parser, "--round-timeout", seconds, ROUND_TIMEOUT, Settings.round_timeout)
    add_layout(parser)
    add_no_wait(parser)
    option(parser, "--seed", seed, "seed of the order within heats, and of the layouts (default: random, and saved)")
    option(parser, "--json", Path, "save the artifact")
    add_output(parser)


def run(parsed: argparse.Namespace) -> int:
    """Race single calls on the backends; whatever ends the run, show and keep what was measured."""
    output.check(parsed.report, parsed.json)
    workers = () if parsed.max_workers is None else parse_counts("--max-workers", parsed.max_workers)
    names = ("launches", "max_time", "round_timeout", "layout", "seed")
    given = {name: value for name in names if (value := getattr(parsed, name)) is not None}
    settings = Settings(precision=PRECISION, min_rounds=_MIN_ROUNDS, **given)
    with Nursery(adopts=True) as nursery, Progress() as progress, turn(progress.say, wait=not parsed.no_wait) as taken:
        nursery.turn = taken
        selection = latency_trials(nursery, _CALL, parsed.backend, workers, progress.step)
        for reason in selection.left_out:
            progress.say(f"left out: {reason}")
        runner = Runner(nursery, settings, selection.trials, None, progress.say)
        try:
            for race in runner.names:
                runner.race(race, progress.step)
        finally:
            progress.pause()
            content = compose.compose(runner.run(["execbench", *sys.argv[1:]]))
            found = artifact.parse(compose.encode(content))
            output.show(latency_document(found.records), parsed.format)
            kept = output.save_json(content, parsed.json)
    if not (output.save_report(run_document(found), parsed.report) and kept):
        return BAD_INPUT
    return FINE if all(record.ok for record in found.records) else TRIAL_FAILED
