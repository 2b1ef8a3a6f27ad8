"""`execbench run`: the races, without pytest."""

import argparse
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import get_args

from msgspec import UNSET

from execbench import files
from execbench.api.progress import Progress
from execbench.cli import doctor, output
from execbench.cli.arguments import (
    ROUND_TIMEOUT,
    add_calls,
    add_layout,
    add_matrix,
    add_no_wait,
    add_report,
    count,
    fraction,
    option,
    repeatable,
    seconds,
    seed,
    tolerance,
)
from execbench.cli.exit_codes import BAD_INPUT, FINE, TRIAL_FAILED
from execbench.environment import usable_cpus
from execbench.plugins.select import parse_request, select
from execbench.racing.run import Runner
from execbench.records import artifact, compose, journal
from execbench.report import write
from execbench.report.race import race_document, run_document
from execbench.settings import Check, Settings
from execbench.supervisor.lane import Nursery
from execbench.supervisor.turn import turn

DESCRIPTION = "Race workloads on backends, check every result, and write the artifact."

EPILOG = """\
examples:
  execbench run jobs.py:resize --tasks jobs.py:paths     your own function, as it is
  execbench run -w cube                                  one workload on every backend
  execbench run -w 'spin[steps=2000]' -b pool -b joblib  options in brackets
  execbench run -w my_jobs.py -b concurrent.futures:ThreadPoolExecutor
  execbench run -w cube --max-workers 1,2,4 --json cube.json
  execbench run -w payload --trace                       also show where the time of a round went
  execbench run --json all.json --resume                 continue a run that was killed
  execbench run --python base=old/bin/python --python head=new/bin/python
  execbench run --python gil='python3.14t -X gil=1' --python nogil='python3.14t -X gil=0'

exit codes: 0 success; 1 a trial failed; 2 bad input; 130 Ctrl-C (finished trials are kept)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    matrix = parser.add_argument_group("what to race")
    add_matrix(matrix)
    repeatable(
        matrix,
        "--python",
        metavar="[NAME=]PATH",
        words="race under this interpreter, Python 3.9 or later, which needs the libraries of the backends and "
        "workloads, but not execbench; its options may follow, then `env` and variables, as in "
        "'nogil=python3.14t -X gil=0 env OMP_NUM_THREADS=1'; repeatable",
    )
    _add_settings(parser.add_argument_group("how to measure"))
    option(parser, "--json", Path, "where to write the artifact (default: pytest-benchmark's storage, .benchmarks/)")
    add_report(parser, ".md, .csv, .trace.json")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue an interrupted run of the same matrix with the same --json, and keep its finished races",
    )


def _add_settings(group: argparse._ArgumentGroup) -> None:
    budget = "time budget per trial, once the minimum launches have run"
    option(group, "--launches", count, "minimum launches per trial that may be the fastest", Settings.launches)
    option(group, "--max-time", seconds, budget, Settings.max_time)
    option(
        group,
        "--min-rounds",
        count,
        "minimum rounds per trial that may be the fastest, over all its launches",
        Settings.min_rounds,
    )
    precise = "measure every trial until its speedup is known within ±FRACTION"
    option(group, "--precision", fraction, f"{precise} (default: 0.1, for those that may be the fastest)")
    option(group, "--round-timeout", seconds, ROUND_TIMEOUT, Settings.round_timeout)
    accepted = "accept floats that differ by this much, relative to the larger one; 0 accepts no difference"
    option(group, "--tolerance", tolerance, f"{accepted} (default: the workload's own, or 1e-9)")
    group.add_argument(
        "--check",
        choices=get_args(Check),
        help="what to check of each round: the results, which must be those of a plain loop; only their order, for "
        "functions that do not repeat their results; or nothing (default: results)",
    )
    add_calls(group, str(Settings.calls))
    group.add_argument(
        "--stream",
        action="store_true",
        help="give executors the tasks from an iterator, and take the results one by one: also shows the time to the "
        "first result, and how many tasks an executor takes ahead",
    )
    group.add_argument(
        "--trace",
        action="store_true",
        help="run one more round per trial, which does not count, and show where its time went: below each race, in "
        "the report, and in Perfetto (`execbench report RUN -o run.trace.json`)",
    )
    add_layout(group)
    group.add_argument(
        "--doctor",
        action="store_true",
        help="first see what this machine can tell apart, and keep that in the artifact and the report",
    )
    add_no_wait(group)
    option(group, "--seed", seed, "seed of the order within heats, and of the layouts (default: random, and saved)")


def run(parsed: argparse.Namespace) -> int:
    """Race what was asked for; whatever ends the run, write the finished trials."""
    request = parse_request(
        parsed.backend,
        [*parsed.function, *parsed.workload],
        max_workers=parsed.max_workers,
        sizes=parsed.size,
        chunksizes=parsed.chunksize,
        pythons=parsed.python,
        tasks=parsed.tasks,
        star=parsed.star,
        mode="stream" if parsed.stream else "map",
    )
    settings = _settings(parsed)
    _check_files(parsed)
    with Nursery(adopts=True) as nursery, Progress() as progress, ExitStack() as on_exit:
        selection = select(nursery, request)
        for reason in selection.left_out:
            progress.say(f"left out: {reason}")
        notes = on_exit.enter_context(
            journal.open_beside(parsed.json, selection.trials, settings, resume=parsed.resume, seed=parsed.seed)
        )
        nursery.turn = on_exit.enter_context(turn(progress.say, wait=not parsed.no_wait))
        diagnosis = doctor.examined(nursery, progress) if parsed.doctor else UNSET
        runner = Runner(nursery, settings, selection.trials, notes, progress.say)
        try:
            for race in runner.names:
                records = runner.race(
                    race,
                    progress.step,
                    lambda so_far: progress.show(race_document(so_far, usable_cpus(), settings.calls)),
                )
                progress.pause()
                output.show(race_document(records, usable_cpus(), settings.calls))
                print(flush=True)
        finally:
            progress.pause()
            raced = replace(runner.run(["execbench", *sys.argv[1:]]), doctor=diagnosis)
            content = compose.encode(compose.compose(raced))
            kept = _keep(content, parsed.json)
        if not kept:
            return BAD_INPUT
        notes.remove()
    if parsed.report and not output.save_report(run_document(artifact.parse(content)), parsed.report):
        return BAD_INPUT
    return TRIAL_FAILED if any(not (record.ok or record.is_control) for record in runner.records()) else FINE


def _settings(parsed: argparse.Namespace) -> Settings:
    given = {name: getattr(parsed, name, None) for name in Settings.__dataclass_fields__}
    return Settings(**{name: value for name, value in given.items() if value is not None})


def _check_files(parsed: argparse.Namespace) -> None:
    """Raise BadInput if a file cannot be written, or two of them are the same."""
    if parsed.json:
        files.check_writable(parsed.json, "artifact")
    else:
        compose.check_storage()
    if parsed.report:
        write.check(parsed.report, traced=parsed.trace)
    if parsed.report and parsed.json:
        files.refuse_same(parsed.report, parsed.json, "one would replace the other")
    journal.refuse_same(parsed.json, parsed.report)


def _keep(content: bytes, path: Path | None) -> bool:
    """Write the artifact, elsewhere if need be; return whether it is where it was wanted."""
    place = path or compose.storage()
    try:
        if path:
            files.write(path, content)
        else:
            place = compose.save_in_storage(content)
    except OSError as error:
        try:
            instead = f"the artifact is {files.rescue(content, '.json')}"
        except OSError:
            instead = "nor could any other file: make room, then --resume keeps what the journal holds"
        output.say(f"execbench: {place} could not be written ({error.strerror}); {instead}")
        return False
    output.say(f"The artifact is {place}")
    return True
