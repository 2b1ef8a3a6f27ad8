"""The comparison itself: both sides race in the same heats, and each trial gets its verdict."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace as with_fields

from execbench import files
from execbench.api.comparing import compare
from execbench.api.progress import Progress
from execbench.ci.places import UNKNOWN, Place
from execbench.ci.plan import Plan, Preset, Rehearsed, planned, pooled, preset_settings, rehearsal, rounds_of
from execbench.ci.records import Base, Change, Folder, Outcome, Sides, Verdict, clipped
from execbench.ci.repository import Repository
from execbench.ci.trials import BASE, HEAD, BothSides, select_both
from execbench.ci.versions import Versions
from execbench.comparison import Comparison, Failure
from execbench.comparison.sides import SEPARATOR
from execbench.comparison.verdicts import Judged
from execbench.plugins.select import Request
from execbench.racing.run import Runner
from execbench.records import compose
from execbench.records.record import Record
from execbench.report import write
from execbench.report.comparison import as_json, comparison_document
from execbench.settings import Settings
from execbench.stats import launch_ratios
from execbench.supervisor.lane import Nursery
from execbench.supervisor.turn import turn


@dataclass(frozen=True)
class Asked:
    """What a user wants compared, and how."""

    name: str
    request: Request
    preset: Preset
    threshold: float
    max_seconds: float | None
    """None takes as long as the preset does."""
    command: Sequence[str]


def compare_sides(folder: Folder, repository: Repository, asked: Asked, progress: Progress) -> Outcome:
    """Race both sides, leave the artifact and the report in the folder, and return what to publish."""
    begun, base, sides = time.monotonic(), folder.load(Base), folder.load(Sides)
    head = repository.commit("HEAD")
    outcome = Outcome(name=asked.name, base=base.commit, why=base.why, head=head, begun=time.time())
    if sides.problem:
        failed = [Change(HEAD, "failed", note="it cannot be built")] if sides.base else []
        return with_fields(outcome, problem=sides.problem, changes=failed)
    versions = Versions(repository.root, folder.checkout, repository.renamed(base.commit))
    with Nursery(adopts=True) as nursery, turn(progress.say) as nursery.turn:
        pythons = {BASE: sides.base, HEAD: sides.head}
        both = select_both(nursery, asked.request, pythons, versions, repository)
        if not both.trials:
            nothing = "There is nothing that both sides can race."
            return with_fields(outcome, problem=nothing, changes=both.broken, notes=both.notes)
        plan = _plan(nursery, both, asked, begun, progress)
        progress.say(plan.in_words())
        runner = _raced(nursery, both, plan.settings, progress)
    content = compose.encode(compose.compose(runner.run(asked.command)))
    files.write(folder.artifact, content)
    base_side, head_side = (f"{folder.artifact}{SEPARATOR}{side}" for side in (BASE, HEAD))
    comparison = compare(base_side, head_side, asked.threshold)
    _write(folder, comparison, progress)
    return with_fields(outcome, changes=_changes(comparison, both), notes=[*both.notes, plan.in_words()])


def _raced(nursery: Nursery, both: BothSides, settings: Settings, progress: Progress) -> Runner:
    runner = Runner(nursery, settings, both.trials, None, progress.say)
    for key in runner.names:
        runner.race(key, progress.step)
    progress.pause()
    return runner


def _plan(nursery: Nursery, both: BothSides, asked: Asked, begun: float, progress: Progress) -> Plan:
    """Return the preset's settings, made to fit into the time if there is a limit."""
    settings = preset_settings(asked.preset)
    if asked.max_seconds is None:
        return Plan(settings, both.pairs, asked.threshold)
    started, how = time.monotonic(), rehearsal(settings)
    records = _raced(nursery, both, how, progress).records()
    rehearsed = _rehearsed(records, (time.monotonic() - started) / how.launches, rounds_of(how))
    left = asked.max_seconds - (time.monotonic() - begun)
    return planned(settings, both.pairs, asked.threshold, rehearsed, left)


def _rehearsed(records: Sequence[Record], launch_seconds: float, rounds: int) -> Rehearsed:
    ok = [record for record in records if record.ok]
    sides = {side: {_shared(record): record for record in ok if record.python.name == side} for side in (BASE, HEAD)}
    pairs = [(head, sides[BASE][id_]) for id_, head in sides[HEAD].items() if id_ in sides[BASE]]
    spread = pooled(launch_ratios(head.samples, base.samples) for head, base in pairs)
    return Rehearsed(launch_seconds, rounds, sum(record.samples.median for record in ok), spread)


def _shared(record: Record) -> str:
    """Return the name that a trial has on both sides."""
    return record.name.removesuffix(f"/py{record.python.name}")


def _write(folder: Folder, comparison: Comparison, progress: Progress) -> None:
    """Leave the verdicts for programs, and the report where its libraries are installed."""
    files.write(folder.comparison, as_json(comparison))
    if missing := write.missing():
        progress.say(f"no report is written: it needs {', '.join(missing)}")
        return
    write.write(comparison_document(comparison), folder.report)


def _changes(comparison: Comparison, both: BothSides) -> list[Change]:
    def place(id_: str) -> Place:
        return next((place for title, place in both.places.items() if id_.startswith(f"{title}/")), UNKNOWN)

    judged = [
        Change(clipped(trial.id), trial.verdict, trial.interval, *place(trial.id), note=_remark(trial))
        for trial in comparison.trials
    ]
    broken: list[tuple[Failure, Verdict, str]]
    broken = [(failure, "failed", "") for failure in comparison.failed]
    broken += [(failure, "failed", "on both sides: ") for failure in comparison.still_failed]
    broken += [(failure, "unclear", "on the base: ") for failure in comparison.fixed]
    failed = [
        Change(
            failure.id, verdict, None, *place(failure.id), note=clipped(f"{where}{failure.status}: {failure.reason}")
        )
        for failure, verdict, where in broken
    ]
    return [*both.broken, *failed, *judged]


def _remark(trial: Judged) -> str:
    if trial.verdict != "unclear":
        return ""
    if trial.needed is None or trial.ratio is None:
        return trial.note or "more launches would hardly make it clear"
    return f"about {trial.needed - trial.ratio.units} more {trial.ratio.unit} needed"
