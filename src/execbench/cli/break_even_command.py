"""`execbench break-even`: from which task cost, and from how many tasks, each backend beats the serial loop."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from execbench.cli import arguments
from execbench.cli.exit_codes import BAD_INPUT, FINE, TRIAL_FAILED
from execbench.cli.keeping import keep

if TYPE_CHECKING:
    from execbench.sweep.break_even import BreakEven

_EPILOG = """\
examples:
  execbench break-even                        every available backend
  execbench break-even -b pool --size 1000    the task cost from which a thousand tasks are worth a pool
  execbench break-even --json found.json      keep it, with every round that was measured

exit codes: 0 fine; 1 a backend failed; 2 bad input; 130 Ctrl-C (finished backends were printed, and are kept)"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "break-even",
        help="find the task cost and the number of tasks from which each backend beats the serial loop",
        description="Break-even, found by measuring: each figure with the two places that prove it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_sweep(parser, least=5)
    parser.add_argument(
        "--size", type=arguments.count, metavar="N", help="the tasks whose cost is varied; default: the workload's own"
    )
    parser.add_argument(
        "--max-time",
        type=arguments.seconds,
        default=40.0,
        metavar="SECONDS",
        help="for one figure, beyond its least launches, until its bracket is proven; default: 40",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep what was found, for programs")
    parser.set_defaults(command=run)


def run(parsed: argparse.Namespace) -> int:
    """Search for one backend after the other, and print each as soon as it is known."""
    from execbench import artifact
    from execbench.cli.progress import Progress
    from execbench.environment import usable_cpus
    from execbench.lane.process import Nursery
    from execbench.report import break_even as words
    from execbench.settings import Settings
    from execbench.sweep import break_even_file
    from execbench.sweep.break_even import Finder, Plan
    from execbench.sweep.choosing import choose
    from execbench.sweep.lanes import Load, Setting

    workers = parsed.max_workers or usable_cpus()
    settings = Settings(launches=parsed.launches, max_time=parsed.max_time, round_timeout=parsed.round_timeout)
    if parsed.json:
        artifact.check_writable(parsed.json, "JSON")
    found: list[BreakEven] = []
    with Nursery() as nursery, Progress() as progress:
        chosen = choose(nursery, parsed.grain, parsed.backend)
        for reason in chosen.left_out:
            progress.say(f"left out: {reason}")
        fixed = Load(parsed.size or chosen.size, chosen.grain.default)
        plan = Plan(Setting(chosen.grain, workers, "fair", settings), chosen.serial, fixed)
        width = max(len(backend.title) for backend in chosen.backends)
        print(*words.heading(parsed.grain, fixed, workers, settings.launches), "", sep="\n")
        print(words.line(words.HEADINGS, width), flush=True)
        try:
            for backend in chosen.backends:
                found.append(Finder(nursery, backend, plan, progress.step).run())
                progress.pause()
                for row in words.rows(found[-1]):
                    print(words.line(row, width), flush=True)
        finally:
            content = break_even_file.as_json(parsed.grain, plan, found, ["execbench", *sys.argv[1:]])
            kept = keep(parsed.json, content)
    failures = [f"failed {entry.backend}: {entry.failure}" for entry in found if entry.failure]
    print(*failures, sep="\n", end="\n" if failures else "")
    if not kept:
        return BAD_INPUT
    return TRIAL_FAILED if failures else FINE
