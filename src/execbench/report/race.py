"""What is said of races: the section of each one, and the report of a whole run."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from execbench.records.artifact import Artifact, RunInfo
from execbench.records.record import Record
from execbench.report import numbers, scaling, splits
from execbench.report.charts import race as race_charts
from execbench.report.charts import trace as trace_charts
from execbench.report.charts.overview import overview
from execbench.report.charts.workers import workers
from execbench.report.document import (
    Block,
    Chart,
    Code,
    Document,
    Facts,
    Item,
    Items,
    Paragraph,
    Section,
    lines,
)
from execbench.report.entries import Entry, by_python, entries, measured
from execbench.report.escape import labels
from execbench.report.perfetto import chrome_trace
from execbench.report.repeat import repeat_race, repeat_run
from execbench.report.trials import flat_table, shown_table
from execbench.report.verdict import verdict


def race_document(records: Sequence[Record], usable_cpus: int) -> Document:
    """Return the report of one race, for a terminal or a log."""
    found = entries(records)
    return Document("", [_section(records[0].group, found, usable_cpus, _evidence(found, usable_cpus))])


def run_document(artifact: Artifact) -> Document:
    """Return the report of a whole run."""
    assert isinstance(artifact.execbench, RunInfo)
    info, records = artifact.execbench, artifact.records
    usable_cpus = info.environment.usable_cpus
    races = _races(records)
    titles = labels(title for title, _ in races)
    shown = [(titles[title], entries(found), found[0].group) for title, found in races]
    sections = [
        _section(
            title,
            found,
            usable_cpus,
            [
                *_evidence(found, usable_cpus),
                *_charts(found, usable_cpus),
                Section("To repeat it", [Code(repeat_race(info.command, info.seed, group))]),
            ],
            anchor=f"race-{number}",
        )
        for number, (title, found, group) in enumerate(shown, 1)
    ]
    return Document(
        "execbench report",
        [_answer([(title, found) for title, found, _ in shown]), *sections, _environment(artifact, info)],
        note=_headline(races, records),
        data=flat_table(records),
        traces=lambda: chrome_trace(records),
    )


def _races(records: Sequence[Record]) -> list[tuple[str, list[Record]]]:
    """The races with their titles, which tell the number of tasks only where that tells races apart."""
    races: dict[Hashable, list[Record]] = {}
    for record in records:
        races.setdefault(record.race, []).append(record)
    groups = [found[0].group for found in races.values()]
    return [
        (f"{group}, {numbers.count(found[0].size, 'task')}" if groups.count(group) > 1 else group, found)
        for group, found in zip(groups, races.values(), strict=True)
    ]


def _headline(races: Sequence[Any], records: Sequence[Record]) -> str:
    failed = sum(not record.ok for record in records)
    said = f"{failed:,} failed" if failed else "all of them ok" if records else "no records"
    return f"{numbers.count(len(races), 'race')}, {numbers.count(len(records), 'trial')}, {said}"


def _answer(races: Sequence[tuple[str, Sequence[Entry]]]) -> Section:
    if not races:
        nothing = "The artifact holds no trial: nothing was selected, or nothing was finished."
        return Section("The answer", [Paragraph(nothing)], anchor="answer")
    said = [Item(" ".join(_verdicts(found)), title, f"race-{number}") for number, (title, found) in enumerate(races, 1)]
    heat_map = overview(races)
    return Section("The answer", [Items(said), *([heat_map] if heat_map else [])], anchor="answer")


def _section(
    title: str, found: Sequence[Entry], usable_cpus: int, evidence: Sequence[Block], anchor: str = ""
) -> Section:
    size = numbers.count(found[0].record.size, "task")
    note = f"{size}, {numbers.count(len(found), 'trial')}, {numbers.count(usable_cpus, 'usable CPU')}"
    return Section(title, [*(Paragraph(said, "verdict") for said in _verdicts(found)), *evidence], note, anchor)


def _verdicts(found: Sequence[Entry]) -> list[str]:
    """A verdict for each interpreter."""
    return [f"{f'{python}: ' if python else ''}{verdict(group)}" for python, group in by_python(found).items()]


def _evidence(found: Sequence[Entry], usable_cpus: int) -> list[Block]:
    """What the verdict of a race stands on, and what there is to know beside it."""
    curves = scaling.curves([entry.record for entry in found], usable_cpus)
    return [
        shown_table(found),
        Items(lines(_failures(found)), "Failures", "failed", "bad"),
        Items(lines(_doubts_of(found)), "Doubts", "doubt", "warn"),
        Items(lines(_clusters(found)), "Clusters", "cluster"),
        *scaling.section(curves),
        *splits.section(splits.traced(found)),
    ]


def _failures(found: Sequence[Entry]) -> list[str]:
    """Each reason once, with all the trials it struck: a broken workload fails every backend alike."""
    struck: dict[str, list[str]] = {}
    for entry in found:
        if not entry.record.ok:
            struck.setdefault(f"{entry.record.status}: {entry.record.reason}", []).append(entry.title)
    return [f"{', '.join(titles)}: {reason}" for reason, titles in struck.items()]


def _doubts_of(found: Sequence[Entry]) -> list[str]:
    """One line for each kind of doubt: its trials with their numbers, and the advice."""
    said: dict[str, list[str]] = {}
    advice: dict[str, str] = {}
    for entry in found:
        for doubt in entry.record.doubts:
            figures = ", ".join(f"{name} {numbers.number(value)}" for name, value in doubt.numbers.items())
            said.setdefault(doubt.code, []).append(f"{entry.title} ({figures})")
            advice[doubt.code] = doubt.advice
    return [f"{code}: {'; '.join(trials)}: {advice[code]}" for code, trials in said.items()]


def _clusters(found: Sequence[Entry]) -> list[str]:
    return [
        f"{entry.title} ran on the cluster at {cluster.address}: {numbers.count(cluster.workers, 'worker')} on "
        f"{', '.join(cluster.hosts)}; CPU and memory are those of this side alone"
        for entry in found
        if (cluster := entry.record.cluster)
    ]


def _charts(found: Sequence[Entry], usable_cpus: int) -> list[Chart]:
    """The charts of a race that it has data for."""
    ok, traced = measured(found), splits.traced(found)
    of_trials = [fill(ok) for fill in (race_charts.speedup, race_charts.phases, race_charts.cpu, race_charts.memory)]
    of_workers = workers(scaling.curves([entry.record for entry in ok], usable_cpus))
    of_traces = [trace_charts.split(traced), *map(trace_charts.timeline, traced)] if traced else []
    of_trials += race_charts.rounds(ok)
    return [chart for chart in (*of_trials, *of_workers, *of_traces) if next(iter(chart.data.values()))]


def _environment(artifact: Artifact, info: RunInfo) -> Section:
    """What is worth reading of the machine, the software and the code."""
    machine, commit, described = artifact.machine_info, artifact.commit_info, info.environment
    cpu_info = machine.get("cpu")
    brand = cpu_info.get("brand_raw") if isinstance(cpu_info, Mapping) else None
    facts = {
        "date": artifact.datetime,
        "machine": machine.get("node"),
        "processor": brand or machine.get("processor"),
        "usable CPUs": described.usable_cpus,
        "CPUs": described.cpus,
        "memory": numbers.memory(described.memory_bytes),
        "platform": described.platform,
        "Python": described.python,
        "execbench": described.execbench,
        "threads given to libraries": ", ".join(f"{kind} {count}" for kind, count in described.library_threads.items()),
        "commit": f"{commit.get('id')}{' with uncommitted changes' if commit.get('dirty') else ''}",
        "seed": info.seed,
    }
    packages = ", ".join(f"{name} {version}" for name, version in described.packages.items())
    blocks: list[Block] = [
        Facts([(name, str(value)) for name, value in facts.items() if value not in (None, "", "-")]),
        Section("To repeat the whole run", [Code(repeat_run(info.command, info.seed))]),
    ]
    if packages:
        title = numbers.count(len(described.packages), "installed package")
        blocks.append(Section(title, [Paragraph(packages)], aside=True))
    return Section("Where it was measured", blocks, anchor="environment", aside=True)
