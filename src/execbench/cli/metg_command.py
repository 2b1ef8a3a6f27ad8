"""`execbench metg`: the shortest tasks at which each backend still keeps its workers busy."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from execbench.cli import arguments
from execbench.cli.exit_codes import BAD_INPUT, FINE, TRIAL_FAILED
from execbench.cli.keeping import keep
from execbench.cli.report_command import write_report

if TYPE_CHECKING:
    from execbench.sweep.metg import Swept
    from execbench.sweep.storing import Sweep

_EPILOG = """\
examples:
  execbench metg                              every available backend
  execbench metg -b pool -b threads           these
  execbench metg --report metg.html           its curves, too
  execbench metg --grain 'imbalance[steps]'   other tasks, with the option that makes them longer

exit codes: 0 fine; 1 a backend failed; 2 bad input; 130 Ctrl-C (what is known by then is printed)"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "metg",
        help="find the shortest tasks at which each backend still keeps its workers busy",
        description="METG, the minimum effective task granularity: the shortest tasks that a backend runs efficiently.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_sweep(parser, least=7)
    parser.add_argument(
        "--max-time",
        type=arguments.seconds,
        default=40.0,
        metavar="SECONDS",
        help="for one backend, beyond its least launches, until its METG is known within ±10 %%; default: 40",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep what was measured; `execbench report` reads it")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the curves and the table as HTML, too")
    parser.set_defaults(command=run)


def run(parsed: argparse.Namespace) -> int:
    """Sweep the backends in turns, and print each as soon as it is known."""
    from execbench.cli.progress import Progress
    from execbench.environment import usable_cpus
    from execbench.lane.process import Nursery
    from execbench.report import metg as words
    from execbench.settings import Settings
    from execbench.sweep import metg
    from execbench.sweep.choosing import choose
    from execbench.sweep.lanes import Setting
    from execbench.sweep.storing import Sweep

    workers = parsed.max_workers or usable_cpus()
    settings = Settings(launches=parsed.launches, max_time=parsed.max_time, round_timeout=parsed.round_timeout)
    _check(parsed)
    with Nursery() as nursery, Progress() as progress:
        chosen = choose(nursery, parsed.grain, parsed.backend)
        for reason in chosen.left_out:
            progress.say(f"left out: {reason}")
        setting = Setting(chosen.grain, workers, 1, settings)
        width = max(len(backend.title) for backend in chosen.backends)
        print(words.heading(parsed.grain, workers), *words.rule(workers), "", sep="\n")
        print(words.line(words.HEADINGS, width), flush=True)
        sweeping = metg.Sweeping(nursery, chosen.backends, setting, progress.step)
        shown: list[Swept] = []
        try:
            for swept in sweeping:
                progress.pause()
                print(words.line(words.cells(swept), width), flush=True)
                shown.append(swept)
        finally:
            progress.pause()
            found = [swept for swept in sweeping.swept if swept.launches > 1 or swept.failure]
            for swept in found:
                if swept not in shown:  # what was interrupted is as true, if known less well
                    print(words.line(words.cells(swept), width), flush=True)
            kept = _keep(parsed, Sweep(parsed.grain, workers, found, ["execbench", *sys.argv[1:]]))
    failures = [f"failed {swept.backend}: {swept.failure}" for swept in found if swept.failure]
    for line in (*failures, *(f"doubt {said}" for said in words.doubts(found))):
        print(line)
    if not kept:
        return BAD_INPUT
    return TRIAL_FAILED if failures else FINE


def _check(parsed: argparse.Namespace) -> None:
    """Find out before anything else whether what is asked for can be written."""
    from execbench import artifact
    from execbench.report import publishing

    if parsed.json:
        artifact.check_writable(parsed.json, "JSON")
    if parsed.report:
        publishing.check(parsed.report, "html")


def _keep(parsed: argparse.Namespace, sweep: Sweep) -> bool:
    """Write what was asked for; return whether all of it could be."""
    from execbench.report import publishing

    kept = keep(parsed.json, sweep.as_json())
    return (not parsed.report or write_report(publishing.SweepReport(sweep), parsed.report, "html")) and kept
