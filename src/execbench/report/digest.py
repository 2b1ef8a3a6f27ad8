"""What a report says of an artifact, whatever it is written in: races with their verdicts, and where they were run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Any

from execbench import artifact
from execbench.record import Record
from execbench.report import findings, scaling, splits, units
from execbench.report.names import labels, shown
from execbench.report.repeating import repeat_race, repeat_run
from execbench.report.verdict import is_baseline, verdict
from execbench.scaling import Curve, curves

FIGURES = ("median", "speedup [95 %]", "CPU", "memory", "start-up", "first call", "shutdown", "rounds")


@dataclass(frozen=True)
class RaceDigest:
    """All that is said of one race."""

    title: str
    records: Sequence[Record]
    """Those that were measured, the fastest first, then those that failed; under the names that are shown."""
    command: str
    usable_cpus: int

    @property
    def tasks(self) -> int:
        """How many tasks a round has."""
        return self.records[0].size

    @property
    def measured(self) -> list[Record]:
        """The records that have figures, the fastest first."""
        return [record for record in self.records if record.ok]

    @property
    def verdicts(self) -> list[str]:
        """A verdict in words for each interpreter."""
        return [
            f"{f'{shown(python)}: ' if python else ''}{verdict(group)}"
            for python, group in findings.by_python(self.records)
        ]

    @property
    def doubts(self) -> list[str]:
        """The doubts in words."""
        return findings.doubts(self.records)

    @property
    def failures(self) -> list[str]:
        """The failures, with their reasons."""
        return findings.failures(self.records)

    @cached_property
    def curves(self) -> list[Curve]:
        """What each backend gains from more workers, where it ran on several numbers of them."""
        return curves(self.records, self.usable_cpus)

    @property
    def scaling(self) -> list[str]:
        """The same in words."""
        return scaling.sentences(self.curves)

    @property
    def splits(self) -> list[str]:
        """Which traced rounds' splits are not to be believed."""
        return splits.sentences(self.records)

    @property
    def clusters(self) -> list[str]:
        """Where the workers were that were there before."""
        return findings.clusters(self.records)


@dataclass(frozen=True)
class Digest:
    """All that is said of a run."""

    races: Sequence[RaceDigest]
    environment: Sequence[tuple[str, str]]
    packages: Mapping[str, str]
    command: str
    """That repeats the run."""

    @property
    def records(self) -> list[Record]:
        """The records of all races."""
        return [record for race in self.races for record in race.records]

    @property
    def headline(self) -> str:
        """The run in a line."""
        failed = sum(not record.ok for record in self.records)
        said = [_count(len(self.races), "race"), _count(len(self.records), "trial")]
        return ", ".join(
            [*said, f"{failed:,} failed" if failed else "all of them ok" if self.records else "no records"]
        )


def digest(content: Mapping[str, Any]) -> Digest:
    """Take an artifact apart."""
    of_run = content["execbench"]
    command, seed, usable_cpus = of_run["command"], of_run["seed"], of_run["environment"]["usable_cpus"]
    races: dict[tuple[str, int], list[Record]] = {}
    for record in artifact.records(content):
        races.setdefault((record.group, record.size), []).append(record)
    sizes = [group for group, _ in races]
    names = labels(f"{group}, {size:,} tasks" if sizes.count(group) > 1 else group for group, size in races)
    return Digest(
        races=[
            RaceDigest(title, _ordered(_named(records)), repeat_race(command, seed, group), usable_cpus)
            for title, ((group, _), records) in zip(names.values(), races.items(), strict=True)
        ],
        environment=_environment(content),
        packages=of_run["environment"].get("packages", {}),
        command=repeat_run(command, seed),
    )


def entrant(record: Record) -> str:
    """Name what a record has in common with those of other races: all but the workload and the number of tasks."""
    parts = record.title.split("/")
    return "/".join(part for part in parts if part != f"n{record.size}")


def trial_figures(record: Record) -> list[str]:
    """Write the figures of a trial that was measured: what the headings `FIGURES` say."""
    return [
        units.seconds(record.samples.median),
        speedup_in_words(record),
        units.seconds(record.cpu_seconds),
        units.memory(record.peak_memory_bytes),
        *(
            units.seconds(median(values) if values else None)
            for values in (record.startup_seconds, record.first_call_seconds, record.shutdown_seconds)
        ),
        f"{len(record.samples):,}",
    ]


def speedup_in_words(record: Record) -> str:
    """Write a record's speedup with its interval."""
    return "baseline" if is_baseline(record) else units.ratio(record.speedup)


def _named(records: Sequence[Record]) -> list[Record]:
    """Give records the names that are shown."""
    titles = labels(record.title for record in records)
    return [replace(record, name=f"{shown(record.group)}/{titles[record.title]}") for record in records]


def _ordered(records: Sequence[Record]) -> list[Record]:
    measured = sorted((record for record in records if record.ok), key=lambda record: record.samples.median)
    return [*measured, *(record for record in records if not record.ok)]


def _environment(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is worth reading of the machine, the software and the code."""
    of_run, machine, commit = content["execbench"], content.get("machine_info", {}), content.get("commit_info", {})
    described = of_run["environment"]
    entries = {
        "date": content.get("datetime"),
        "machine": machine.get("node"),
        "processor": (machine.get("cpu") or {}).get("brand_raw") or machine.get("processor"),
        "usable CPUs": described.get("usable_cpus"),
        "CPUs": described.get("cpus"),
        "memory": units.memory(described.get("memory_bytes")),
        "platform": described.get("platform"),
        "Python": described.get("python"),
        "execbench": described.get("execbench"),
        "threads given to libraries": ", ".join(f"{k} {v}" for k, v in described.get("library_threads", {}).items()),
        "commit": f"{commit.get('id')}{' with uncommitted changes' if commit.get('dirty') else ''}",
        "seed": of_run["seed"],
    }
    return [(name, str(value)) for name, value in entries.items() if value not in (None, "", "-")]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
