"""`execbench metg`: the shortest tasks at which each backend still keeps its workers busy."""

from __future__ import annotations

import argparse
from typing import Any

from execbench.cli import arguments
from execbench.cli.exit_codes import FINE, TRIAL_FAILED

_EPILOG = """\
examples:
  execbench metg                              every available backend
  execbench metg -b pool -b threads           these
  execbench metg --grain 'imbalance[steps]'   other tasks, with the option that makes them longer

exit codes: 0 fine; 1 a backend failed; 2 bad input; 130 Ctrl-C (finished backends were printed)"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "metg",
        help="find the shortest tasks at which each backend still keeps its workers busy",
        description="METG, the minimum effective task granularity: the shortest tasks that a backend runs efficiently.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_sweep(parser)
    parser.add_argument(
        "--max-time",
        type=arguments.seconds,
        default=40.0,
        metavar="SECONDS",
        help="for one backend, beyond its least launches, until its METG is known within ±10 %%; default: 40",
    )
    parser.set_defaults(command=run)


def run(parsed: argparse.Namespace) -> int:
    """Sweep one backend after the other, and print each as soon as it is known."""
    from execbench.cli.progress import Progress
    from execbench.environment import usable_cpus
    from execbench.lane.process import Nursery
    from execbench.report import metg as words
    from execbench.settings import Settings
    from execbench.sweep import metg
    from execbench.sweep.choosing import choose
    from execbench.sweep.lanes import Setting

    workers = parsed.max_workers or usable_cpus()
    settings = Settings(
        launches=parsed.launches or Settings.launches, max_time=parsed.max_time, round_timeout=parsed.round_timeout
    )
    failures: list[str] = []
    with Nursery() as nursery, Progress() as progress:
        chosen = choose(nursery, parsed.grain, parsed.backend)
        for reason in chosen.left_out:
            progress.say(f"left out: {reason}")
        setting = Setting(chosen.grain, workers, 1, settings)
        width = max(len(backend.title) for backend in chosen.backends)
        print(words.heading(parsed.grain, workers), *words.rule(workers), "", sep="\n")
        print(words.line(words.HEADINGS, width), flush=True)
        for backend in chosen.backends:
            swept = metg.sweep(nursery, backend, setting, progress.step)
            progress.pause()
            print(words.line(words.cells(swept), width), flush=True)
            if swept.failure:
                failures.append(f"failed {swept.backend}: {swept.failure}")
    print(*failures, sep="\n", end="\n" if failures else "")
    return TRIAL_FAILED if failures else FINE
