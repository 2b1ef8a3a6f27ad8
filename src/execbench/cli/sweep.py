"""What `execbench metg` and `execbench break-even` have in common."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from execbench.cli import output
from execbench.cli.arguments import ROUND_TIMEOUT, add_report, count, launches_with_spread, option, repeatable, seconds
from execbench.cli.progress import Progress
from execbench.environment import usable_cpus
from execbench.plugins.trial import ChunkSize
from execbench.settings import Settings
from execbench.supervisor.lane import Nursery
from execbench.sweep.load import SweepPlan
from execbench.sweep.select import Chosen, choose


def add_arguments(parser: argparse.ArgumentParser, launches: int, budget: str) -> None:
    """Add the options, with the default of the launches, and what the time budget is for."""
    everything = "as for `execbench run`; repeatable (default: every available one but the serial loop)"
    repeatable(parser, "-b", "--backend", words=everything)
    parser.add_argument(
        "--grain",
        default="spin[steps]",
        metavar="WORKLOAD[OPTION]",
        help="workload, and its integer option that makes tasks longer (default: spin[steps])",
    )
    option(parser, "--max-workers", count, "number of workers (default: the usable CPUs)")
    option(parser, "--launches", launches_with_spread, "minimum launches", launches)
    option(parser, "--max-time", seconds, f"time budget {budget}", 40.0)
    option(parser, "--round-timeout", seconds, ROUND_TIMEOUT, Settings.round_timeout)
    option(parser, "--json", Path, "save all measurements, for `execbench report`")
    add_report(parser)


@contextmanager
def prepared(parsed: argparse.Namespace, chunksize: ChunkSize) -> Iterator[tuple[Nursery, Progress, Chosen, SweepPlan]]:
    """Check that the files can be written, and choose what is swept."""
    output.check(parsed.report, parsed.json)
    with Nursery(adopts=True) as nursery, Progress() as progress:
        chosen = choose(nursery, parsed.grain, parsed.backend)
        for reason in chosen.left_out:
            progress.say(f"left out: {reason}")
        settings = Settings(launches=parsed.launches, max_time=parsed.max_time, round_timeout=parsed.round_timeout)
        plan = SweepPlan(chosen.grain, parsed.max_workers or usable_cpus(), chunksize, settings)
        yield nursery, progress, chosen, plan
