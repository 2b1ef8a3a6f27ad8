"""The pages of a history: what changed lately, one for each trial, and one for each commit."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from execbench.history.history import History, Series
from execbench.history.news import News, changes, lately
from execbench.history.notes import Notes
from execbench.history.run import Commit, StoredRun
from execbench.report import numbers
from execbench.report.charts import history as charts
from execbench.report.document import Block, Cell, Column, Document, Items, Paragraph, Section, Table, known, lines
from execbench.report.escape import labels
from execbench.report.history import history_document, news_table
from execbench.report.trials import grouped


class Pages:
    """The documents of the pages, by file name. Names are ours: those of strangers are hashed."""

    def __init__(self, history: History, notes: Notes, last: int) -> None:
        self._history, self._notes, self._last = history, notes, last
        self._news = changes(history, notes)
        self._series = grouped(history.series, lambda series: series.name)
        self._runs = grouped(history.runs, lambda run: run.commit.id)
        self._labels = labels(self._series)

    def __iter__(self) -> Iterator[tuple[str, Document]]:
        """Yield each page."""
        yield "index.html", self._front()
        of_commit = grouped(self._news, lambda news: news.commit.id)
        for place, commit in enumerate(self._history.commits):
            yield page_of_commit(commit), self._commit(place, commit, of_commit.get(commit.id, []))
        of_trial = grouped(self._news, lambda news: news.series.name)
        for name, series in self._series.items():
            yield page_of_trial(name), self._trial(name, series, of_trial.get(name, []))

    def _front(self) -> Document:
        document = history_document(self._history, self._notes, self._last)
        trials = [self._trial_row(series) for name in sorted(self._series) for series in self._series[name]]
        count = grouped(self._news, lambda news: news.commit.id)
        commits = [self._commit_row(each, len(count.get(each.id, ()))) for each in reversed(self._history.commits)]
        (news,) = document.sections
        table = self._table(lately(self._history, self._notes, self._last))
        sections = [
            replace(news, blocks=[table if isinstance(block, Table) else block for block in news.blocks]),
            Section("Trials", [Table(_TRIAL_COLUMNS, trials, "All trials")], anchor="trials"),
            Section("Commits", [Table(_COMMIT_COLUMNS, commits, "All commits, the newest first")], anchor="commits"),
            Section("Machines", [known(self._history.machines)]),
        ]
        return replace(document, sections=sections)

    def _table(self, news: Sequence[News]) -> Table:
        """Return the table of some changes, with links to their trials and commits."""
        table = news_table(news)
        rows = [
            [
                replace(row[0], page=page_of_trial(each.series.name)),
                row[1],
                replace(row[2], page=page_of_commit(each.commit)),
                *row[3:],
            ]
            for row, each in zip(table.rows, news, strict=True)
        ]
        return replace(table, rows=rows)

    def _trial_row(self, series: Series) -> list[Cell]:
        last = series.points[-1]
        return [
            Cell(self._labels[series.name], page=page_of_trial(series.name)),
            Cell(series.machine),
            Cell(f"{len(series.points):,}", len(series.points)),
            Cell(numbers.ratio(last.interval), last.speed),
            Cell(numbers.seconds(last.mean("seconds")), last.mean("seconds")),
            Cell(f"{len(series.changes):,}", len(series.changes)),
        ]

    def _commit_row(self, commit: Commit, count: int) -> list[Cell]:
        return [
            Cell(commit.short, page=page_of_commit(commit)),
            Cell(commit.date[:10]),
            Cell(commit.subject),
            Cell(f"{count:,}" if count else "", count or None),
            Cell("; ".join(self._notes.about(commit))),
        ]

    def _trial(self, name: str, series: Sequence[Series], news: Sequence[News]) -> Document:
        blocks: list[Block] = [self._table(news) if news else Paragraph("No change was found.")]
        blocks += charts.of_trial(self._history, series, self._notes)
        return Document(self._labels[name], [Section("Changes", blocks, anchor="answer")])

    def _commit(self, place: int, commit: Commit, news: Sequence[News]) -> Document:
        runs = self._runs[commit.id]
        machines = ", ".join(sorted({run.machine for run in runs}))
        trials = [trial for run in runs for trial in run.trials if trial.status != "ok"]
        failed = [f"{trial.name}: {trial.status}: {trial.reason}" for trial in trials]
        dirty = [Paragraph("It was measured with changes that were not committed.", "warn")] if commit.dirty else []
        blocks: list[Block] = [
            known({"commit": commit.id, "date": commit.date, "machines": machines}),
            *dirty,
            Items(lines(self._notes.about(commit)), "Notes"),
            self._table(news) if news else Paragraph("No change was found here."),
            Items(lines(failed), "Failed", tone="bad"),
            Items(lines(self._differences(place, runs)), "What differs from the run before", tone="warn"),
            *charts.of_commit([self._moved(series, number) for series, number in self._measured.get(place, ())]),
        ]
        return Document(commit.subject or commit.short, [Section("This commit", blocks, anchor="answer")])

    @cached_property
    def _measured(self) -> Mapping[int, Sequence[tuple[Series, int]]]:
        """The series with a point at each commit that has one before, and the number of the point."""
        found: dict[int, list[tuple[Series, int]]] = {}
        for series in self._history.series:
            for number, point in enumerate(series.points[1:], 1):
                found.setdefault(point.commit, []).append((series, number))
        return found

    def _moved(self, series: Series, number: int) -> dict[str, Any]:
        before, now = series.points[number - 1], series.points[number]
        return {
            "trial": self._labels[series.name],
            "machine": series.machine,
            "ratio": before.speed / now.speed,
            "speed": now.speed,
            "low": now.interval and now.interval.low,
            "high": now.interval and now.interval.high,
            "seconds": now.mean("seconds"),
            "bytes": now.mean("peak_memory_bytes"),
            "startup": now.mean("startup_seconds"),
        }

    def _differences(self, place: int, runs: Sequence[StoredRun]) -> Iterator[str]:
        """Yield what differs of the machine and the software from the last commit that the same machine measured."""
        for machine, run in {run.machine: run for run in runs}.items():
            before = self._run_before(machine, place)
            for what in dict.fromkeys([*before, *run.facts]) if before else ():
                old, new = before.get(what, "none"), run.facts.get(what, "none")
                if old != new and what != "machine":  # its name, which those in the cloud have anew each day
                    yield f"{machine}: {what}: {old} -> {new}"

    def _run_before(self, machine: str, place: int) -> Mapping[str, str]:
        """Return the facts of the last run on a machine before a commit; none for the first one."""
        for commit in reversed(self._history.commits[:place]):
            for run in self._runs[commit.id]:
                if run.machine == machine:
                    return run.facts
        return {}


def page_of_commit(commit: Commit) -> str:
    """Return the file name of a commit's page; charts compose it, too."""
    return f"commit-{commit.short}.html"


def page_of_trial(name: str) -> str:
    """Return the file name of a trial's page."""
    return f"trial-{hashlib.sha256(name.encode()).hexdigest()[:12]}.html"


_TRIAL_COLUMNS = [
    Column("trial", numeric=False),
    Column("machine", numeric=False),
    Column("commits"),
    Column("speed [95 %]"),
    Column("median"),
    Column("changes"),
]
_COMMIT_COLUMNS = [
    Column("commit", numeric=False),
    Column("date", numeric=False),
    Column("subject", numeric=False),
    Column("changes"),
    Column("notes", numeric=False),
]
