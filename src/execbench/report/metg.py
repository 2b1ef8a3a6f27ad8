"""What is said of a METG sweep: a row for each backend, and its curves."""

import shlex
from collections.abc import Sequence

from execbench.records.doubts import FOREIGN_CPU
from execbench.report import numbers
from execbench.report.charts.metg import metg as metg_chart
from execbench.report.document import (
    Block,
    Cell,
    Code,
    Column,
    Document,
    Facts,
    Items,
    Paragraph,
    Section,
    Table,
    lines,
)
from execbench.report.escape import labels, shown
from execbench.sweep.metg import TASKS_PER_WORKER, MetgResult, mark_for
from execbench.sweep.results import MetgRun, Sweep

_COLUMNS = [Column("backend", numeric=False), *map(Column, ("METG [95 %]", "best efficiency", "launches"))]
_FIELDS = ("backend", "metg_seconds", "low", "high", "best_efficiency", "launches", "failure")


def metg_document(run: MetgRun) -> Document:
    """Return the report of a sweep."""
    names = labels(result.backend for result in run.results)
    titled = [(names[result.backend], result) for result in run.results]
    said = "; ".join(f"{title} {_in_words(result)}" for title, result in titled)
    curves = metg_chart(titled, f"METG: {said}.")
    workers = run.max_workers
    tasks = numbers.count(TASKS_PER_WORKER * workers, "task")
    blocks: list[Block] = [
        Paragraph(f"{shown(run.grain)}: {tasks} a round, one by one, on {numbers.count(workers, 'worker')}."),
        *map(Paragraph, rule(workers)),
        Table(_COLUMNS, [_row(title, result) for title, result in titled], "METG of each backend"),
        Items(lines(_failures(titled)), "Failures", "failed", "bad"),
        Items(lines(_doubts(titled)), "Doubts", "doubt", "warn"),
    ]
    return Document(
        f"METG of {shown(run.grain)}",
        [Section("The answer", [*blocks, *([curves] if curves else [])], anchor="answer"), where_measured(run)],
        note=run.datetime,
        data=Table([Column(name) for name in _FIELDS], [_flat(result) for result in run.results], "backends"),
    )


def where_measured(sweep: Sweep) -> Section:
    """Return what there is to know of the machine, and the command that repeats a sweep."""
    described = sweep.environment
    facts = {
        "usable CPUs": described.usable_cpus,
        "memory": numbers.memory(described.memory_bytes),
        "platform": described.platform,
        "Python": described.python,
        "execbench": described.execbench,
    }
    known = [(name, str(value)) for name, value in facts.items() if value not in (None, "-")]
    repeat = Section("To repeat it", [Code(shlex.join(sweep.command))])
    return Section("Where it was measured", [Facts(known), repeat], anchor="environment", aside=True)


def rule(workers: int) -> tuple[str, str]:
    """Say what the figures mean."""
    mark = numbers.percent(mark_for(workers))
    return (
        f"METG: the least wall time x workers / tasks at which the efficiency is {mark} "
        + ("(as Task Bench has it)." if workers >= 4 else "(not 50 %, which a serial loop has on two workers anyway)."),
        f"Efficiency: against the measured ceiling, {workers} independent processes without a pool.",
    )


def outcome(result: MetgResult) -> str:
    """Say where the mark is reached, or why that is not known."""
    if result.failure is not None:
        return f"failed: {result.failure.partition(':')[0]}"
    if result.metg is not None:
        return numbers.seconds_interval(result.metg)
    best, shortest = result.best, result.shortest
    if best is None or best < result.mark:
        return "not reached"
    if all(spot.ratio >= result.mark for spot in result.spots):
        return f"below {numbers.seconds(shortest)}, the shortest"
    return f"unsure: in {len(result.crossings)} of {result.launches} launches"


def _in_words(result: MetgResult) -> str:
    return numbers.seconds(result.metg.estimate) if result.metg else outcome(result)


def _row(title: str, result: MetgResult) -> list[Cell]:
    best = "-" if result.best is None else numbers.percent(result.best)
    return [
        Cell(title),
        Cell(outcome(result), result.metg.estimate if result.metg else "", "bad" if result.failure else ""),
        Cell(best, "" if result.best is None else result.best),
        Cell(str(result.launches)),
    ]


def _flat(result: MetgResult) -> list[Cell]:
    metg = result.metg
    ends = (metg.estimate, metg.low, metg.high) if metg else (None, None, None)
    values = (result.backend, *ends, result.best, result.launches, result.failure)
    return [Cell("", value) for value in values]


def _failures(titled: Sequence[tuple[str, MetgResult]]) -> list[str]:
    return [f"{title}: {result.failure}" for title, result in titled if result.failure]


def _doubts(titled: Sequence[tuple[str, MetgResult]]) -> list[str]:
    """Say of which backends' figures there is reason to doubt, and what to do about it."""
    return [
        f"busy_machine: {title}: other programs used {numbers.percent(result.foreign_cpu)} of the CPU, which slows the "
        "ceiling most: stop them, then run again"
        for title, result in titled
        if result.foreign_cpu > FOREIGN_CPU
    ]
