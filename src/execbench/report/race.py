"""The report of races: the section of each one, and the document of a whole run."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import UNSET

from execbench.records.artifact import Artifact, RunInfo
from execbench.records.calls import number_of
from execbench.records.record import Record
from execbench.report import columns, numbers, per_worker, scaling, splits, usage
from execbench.report.charts import race as charts
from execbench.report.charts.trace import traces
from execbench.report.diagnosis import diagnosis_head
from execbench.report.document import Block, Chart, Code, Document, Item, Items, Paragraph, Section, known, lines
from execbench.report.escape import labels
from execbench.report.latency import latency_sections, of_single_calls
from execbench.report.perfetto import chrome_trace
from execbench.report.repeat import repeat_race, repeat_run
from execbench.report.settled import settled
from execbench.report.trials import NOTED_FIELDS, TRIAL_FIELDS, Entry, entries, grouped, shown_table
from execbench.report.trouble import trouble
from execbench.report.verdict import verdict
from execbench.settings import Calls

Race: TypeAlias = tuple[str, list[Entry]]
"""A race under its title."""


def race_document(
    records: Sequence[Record], usable_cpus: int, calls: Calls = "many", *, pictured: bool = False
) -> Document:
    """Return the report of one race, for a terminal or a log, or with a chart for a notebook."""
    trials = entries(records)
    shown = charts.race([entry for entry in trials if entry.record.ok]) if pictured else []
    return Document("", [_section((records[0].group, trials), usable_cpus, number_of(calls), shown)])


def run_document(artifact: Artifact, calls: Calls | None = None) -> Document:
    """Return the report of a whole run; the verdicts lead with what the run was asked for, or with `calls`."""
    assert isinstance(artifact.execbench, RunInfo)
    info, records = artifact.execbench, [*artifact.records, *artifact.controls]
    usable_cpus, number = info.environment.usable_cpus, number_of(calls or info.calls)
    single_calls = of_single_calls(records)
    races = _races([record for record in records if record not in single_calls])
    sections = latency_sections(single_calls)
    for place, (title, trials) in enumerate(races, 1):
        repeat = Section("To repeat it", [Code(repeat_race(info.command, info.seed, trials[0].record.group))])
        more: list[Block] = [*_charts(trials, usable_cpus), repeat]
        sections.append(_section((title, trials), usable_cpus, number, more, anchor=f"race-{place}"))
    return Document(
        "execbench report",
        [*([] if single_calls else [_answer(races, info, number)]), *sections, _environment(artifact, info)],
        note=_headline(records, artifact.datetime[:10]),
        data=columns.flat([*TRIAL_FIELDS, *NOTED_FIELDS, *usage.USAGE_FIELDS], records),
        traces=lambda: chrome_trace(records),
    )


def _races(records: Sequence[Record]) -> list[Race]:
    """The races; their titles give the number of tasks where the same workload raced with several."""
    races = grouped(records, lambda record: record.race).values()
    groups = [race[0].group for race in races]
    titles = [
        f"{group}, {numbers.count(race[0].size, 'task')}" if groups.count(group) > 1 else group
        for group, race in zip(groups, races, strict=True)
    ]
    names = labels(titles)
    return [(names[title], entries(race)) for title, race in zip(titles, races, strict=True)]


def _headline(records: Sequence[Record], date: str) -> str:
    races = {record.race for record in records}
    failed = sum(not record.ok for record in records)
    said = f"{failed:,} failed" if failed else "all of them ok" if records else "no records"
    counts = f"{numbers.count(len(races), 'race')}, {numbers.count(len(records), 'trial')}, {said}"
    return f"{counts}, {date}" if date else counts


def _answer(races: Sequence[Race], info: RunInfo, calls: float) -> Section:
    head = [] if info.doctor is UNSET else diagnosis_head(info.doctor)
    if not races:
        nothing = "The artifact holds no trials: none were selected, or none finished."
        return Section("The answer", [*head, Paragraph(nothing)], anchor="answer")
    items = [Item(" ".join(_verdicts(trials, calls)), title, f"race-{n}") for n, (title, trials) in enumerate(races, 1)]
    return Section("The answer", [*head, Items(items), *charts.overview(races)], anchor="answer")


def _section(race: Race, usable_cpus: int, calls: float, more: Sequence[Block] = (), anchor: str = "") -> Section:
    """The verdict of a race, the evidence for it, and more."""
    title, trials = race
    size = numbers.count(trials[0].record.size, "task")
    streamed = ", streamed" if trials[0].record.mode == "stream" else ""
    curves = scaling.curves([entry.record for entry in trials], usable_cpus)
    return Section(
        title,
        [
            *(Paragraph(said, "verdict") for said in _verdicts(trials, calls)),
            shown_table(trials),
            *trouble(trials),
            Items(lines(settled(trials)), "Settled early", "settled"),
            Items(lines(_clusters(trials)), "Clusters", "cluster"),
            *per_worker.section(trials),
            *usage.section(trials),
            *scaling.section(curves),
            *splits.section(splits.traced(trials)),
            *more,
        ],
        note=f"{size}{streamed}, {numbers.count(len(trials), 'trial')}, {numbers.count(usable_cpus, 'usable CPU')}",
        anchor=anchor,
    )


def _verdicts(trials: Sequence[Entry], calls: float) -> list[str]:
    """A verdict for each interpreter."""
    pythons = grouped(trials, lambda entry: entry.record.python.name)
    return [f"{f'{python}: ' if python else ''}{verdict(group, calls)}" for python, group in pythons.items()]


def _clusters(trials: Sequence[Entry]) -> list[str]:
    return [
        f"{entry.title} ran on the cluster at {cluster.address}: {numbers.count(cluster.workers, 'worker')} on "
        f"{', '.join(cluster.hosts)}; CPU and memory cover this side only"
        for entry in trials
        if (cluster := entry.record.cluster)
    ]


def _charts(trials: Sequence[Entry], usable_cpus: int) -> list[Chart]:
    """The charts that a race has data for."""
    ok = [entry for entry in trials if entry.record.ok]
    curves = scaling.curves([entry.record for entry in ok], usable_cpus)
    return [*charts.race(ok), *charts.rounds(ok), *charts.workers(curves), *traces(splits.traced(trials))]


def _environment(artifact: Artifact, info: RunInfo) -> Section:
    """What is worth knowing about the machine, the software and the code."""
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
        "PYTHONHASHSEED": described.hash_seed,
        "commit": f"{commit.get('id')}{' with uncommitted changes' if commit.get('dirty') else ''}",
        "seed": info.seed,
    }
    packages = ", ".join(f"{name} {version}" for name, version in described.packages.items())
    blocks: list[Block] = [
        known(facts),
        Section("To repeat the whole run", [Code(repeat_run(info.command, info.seed))]),
    ]
    if packages:
        title = numbers.count(len(described.packages), "installed package")
        blocks.append(Section(title, [Paragraph(packages)], aside=True))
    return Section("Where it was measured", blocks, anchor="environment", aside=True)
