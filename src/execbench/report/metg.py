"""The report of a METG sweep: a row for each backend, and the curves."""

import shlex
from collections.abc import Sequence
from statistics import median

from execbench.records.doubts import FOREIGN_CPU
from execbench.report import columns, numbers
from execbench.report.charts.chart import chart
from execbench.report.columns import Field
from execbench.report.document import Block, Chart, Code, Document, FlatTable, Items, Paragraph, Section, known, lines
from execbench.report.escape import labels, shown
from execbench.sweep.metg import TASKS_PER_WORKER, MetgResult, mark_for
from execbench.sweep.results import MetgRun, Sweep


def metg_document(run: MetgRun) -> Document:
    """Return the report of a sweep."""
    names = labels(result.backend for result in run.results)
    titled = [(names[result.backend], result) for result in run.results]
    failures = [f"{title}: {result.failure}" for title, result in titled if result.failure]
    tasks = numbers.count(TASKS_PER_WORKER * run.max_workers, "task")
    workers = numbers.count(run.max_workers, "worker")
    blocks: list[Block] = [
        Paragraph(f"{shown(run.grain)}: {tasks} a round, one by one, on {workers}."),
        *map(Paragraph, rule(run.max_workers)),
        columns.table("backend", _FIELDS, titled, "METG of each backend"),
        Items(lines(failures), "Failures", "failed", "bad"),
        doubts(run, _doubts(titled)),
        *_curves(titled),
    ]
    return sweep_document("METG", run, blocks, columns.flat(_FIELDS, run.results))


def sweep_document(what: str, sweep: Sweep, blocks: Sequence[Block], data: FlatTable) -> Document:
    """Return a document of the results of a sweep, the machine, and the command that repeats it."""
    described = sweep.environment
    facts = {
        "usable CPUs": described.usable_cpus,
        "memory": numbers.memory(described.memory_bytes),
        "platform": described.platform,
        "Python": described.python,
        "execbench": described.execbench,
    }
    repeat = Section("To repeat it", [Code(shlex.join(sweep.command))])
    where = Section("Where it was measured", [known(facts), repeat], anchor="environment", aside=True)
    answer = Section("The answer", blocks, anchor="answer")
    return Document(f"{what} of {shown(sweep.grain)}", [answer, where], note=sweep.datetime, data=data)


def doubts(sweep: Sweep, others: Sequence[str] = ()) -> Items:
    """Return the doubts of all figures, and those of some backends'."""
    of_all = [f"{doubt.code}: {doubt.advice}" for doubt in sweep.doubts]
    return Items(lines([*of_all, *others]), "Doubts", "doubt", "warn")


def rule(workers: int) -> tuple[str, str]:
    """Return what the figures mean, in two sentences."""
    why = "as in Task Bench" if workers >= 4 else "not 50 %, which a serial loop alone reaches on two workers"
    return (
        "METG: the smallest granularity (wall time x workers / tasks) at which the efficiency is "
        f"{numbers.percent(mark_for(workers))} ({why}).",
        f"Efficiency: against the measured ceiling, {workers} independent processes without a pool.",
    )


def outcome(result: MetgResult) -> str:
    """Return where a backend reaches the mark, or why that is unknown."""
    if result.failure is not None:
        return f"failed: {result.failure.partition(':')[0]}"
    if result.metg is not None:
        return numbers.seconds_interval(result.metg)
    if result.best is None or result.best < result.mark:
        return "not reached"
    if all(spot.ratio >= result.mark for spot in result.spots):
        return f"below {numbers.seconds(min(map(result.granularity, result.spots)))}, the shortest"
    return f"unsure: in {len(result.crossings)} of {result.launches} launches"


_FIELDS: Sequence[Field[MetgResult]] = [
    Field("backend", lambda result: result.backend),
    Field(
        "metg_seconds",
        lambda result: result.metg.estimate if result.metg else None,
        "METG [95 %]",
        outcome,
        lambda result: "bad" if result.failure else "",
    ),
    Field("low", lambda result: result.metg.low if result.metg else None),
    Field("high", lambda result: result.metg.high if result.metg else None),
    Field(
        "best_efficiency",
        lambda result: result.best,
        "best efficiency",
        lambda result: "-" if result.best is None else numbers.percent(result.best),
    ),
    Field("launches", lambda result: result.launches, "launches"),
    Field("failure", lambda result: result.failure),
]


def _curves(titled: Sequence[tuple[str, MetgResult]]) -> list[Chart]:
    """Chart the efficiency by granularity, with a line for each backend and the mark."""
    rows = []
    for title, result in titled:
        for spots in result.curve:
            ratios = [spot.ratio for spot in spots]
            figures = {"efficiency": median(ratios), "low": min(ratios), "high": max(ratios), "mark": result.mark}
            rows.append({"backend": title, "seconds": median(map(result.granularity, spots)), **figures})
    said = "; ".join(
        f"{title} {numbers.seconds(result.metg.estimate) if result.metg else outcome(result)}"
        for title, result in titled
    )
    return chart("metg", rows, f"METG: {said}.")


def _doubts(titled: Sequence[tuple[str, MetgResult]]) -> list[str]:
    """Return which backends' figures are in doubt, and what to do about it."""
    return [
        f"busy_machine: {title}: other programs used {numbers.percent(result.foreign_cpu)} of the CPU, which slows the "
        "ceiling most: stop them, then run again"
        for title, result in titled
        if result.foreign_cpu > FOREIGN_CPU
    ]
