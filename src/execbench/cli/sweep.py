"""What `execbench metg` and `execbench break-even` have in common."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from execbench.api.progress import Progress
from execbench.cli import output
from execbench.cli.arguments import (
    ROUND_TIMEOUT,
    add_layout,
    add_no_wait,
    add_report,
    add_tasks,
    count,
    launches_with_spread,
    option,
    repeatable,
    seconds,
)
from execbench.cli.exit_codes import FINE, TRIAL_FAILED
from execbench.environment import usable_cpus
from execbench.plugins.select import parse_tasks
from execbench.plugins.trial import ChunkSize
from execbench.report.document import Document
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.turn import turn
from execbench.sweep.load import SweepPlan
from execbench.sweep.results import SweepRun, as_json
from execbench.sweep.select import choose


def add_arguments(parser: argparse.ArgumentParser, launches: int, budget: str) -> None:
    """Add the options, with the default of the launches, and what the time budget is for."""
    everything = "as for `execbench run`; repeatable (default: every available one but the serial loop)"
    repeatable(parser, "-b", "--backend", words=everything)
    parser.add_argument(
        "--grain",
        default="spin[steps]",
        metavar="WORKLOAD[OPTION]",
        help="workload, and its integer option that makes tasks longer (default: spin[steps]); or with --tasks a "
        "function, and the argument of the function that makes its tasks: jobs.py:resize[width] --tasks jobs.py:images",
    )
    add_tasks(parser)
    option(parser, "--max-workers", count, "number of workers (default: the usable CPUs)")
    option(parser, "--launches", launches_with_spread, "minimum launches", launches)
    option(parser, "--max-time", seconds, f"time budget {budget}", 40.0)
    option(parser, "--round-timeout", seconds, ROUND_TIMEOUT, Settings.round_timeout)
    add_layout(parser)
    add_no_wait(parser)
    option(parser, "--json", Path, "save all measurements, for `execbench report`")
    add_report(parser)


@contextmanager
def prepared(parsed: argparse.Namespace, chunksize: ChunkSize) -> Iterator[tuple[Nursery, Progress, SweepPlan]]:
    """Check that the files can be written, and plan the sweep."""
    output.check(parsed.report, parsed.json)
    names = ("launches", "max_time", "round_timeout", "layout")
    settings = Settings(**{name: getattr(parsed, name) for name in names})
    workers = parsed.max_workers or usable_cpus()
    with Nursery(adopts=True) as nursery, Progress() as progress:
        plan = choose(nursery, parsed.grain, parsed.backend, parse_tasks(parsed.tasks, star=parsed.star))
        for reason in plan.left_out:
            progress.say(f"left out: {reason}")
        with turn(progress.say, wait=not parsed.no_wait) as nursery.turn:
            yield nursery, progress, replace(plan, max_workers=workers, chunksize=chunksize, settings=settings)


def show_and_save(document: Document, parsed: argparse.Namespace, run: SweepRun) -> int:
    """Print what was found, write the requested files, and return the exit code."""
    code = TRIAL_FAILED if any(result.failure for result in run.results) else FINE
    return output.show_and_save(document, parsed, as_json(run), code)
