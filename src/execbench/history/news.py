"""What changed lately, the worst first."""

from collections.abc import Sequence
from dataclasses import dataclass

from execbench.history.history import History, Series
from execbench.history.notes import Notes
from execbench.history.run import Commit, StoredTrial


@dataclass(frozen=True)
class News:
    """A change of a trial on one machine."""

    series: Series
    commit: Commit
    """The first that was measured after it."""
    before: Commit
    """The last that was measured before it."""
    ratio: float
    """How many times as long the trial takes since then."""
    expected: str | None
    """Why it is no surprise."""


def changes(history: History, notes: Notes) -> list[News]:
    """Return all changes: the surprises before what was expected, the worst first."""
    found = [
        News(series, commit, before, change.ratio, notes.why(commit, series.name))
        for series in history.series
        for change in series.changes
        for before, commit in [[history.commits[series.points[change.point + step].commit] for step in (-1, 0)]]
    ]
    return sorted(found, key=lambda each: (each.expected is not None, -each.ratio))


def lately(history: History, notes: Notes, last: int) -> list[News]:
    """Return those of the last commits."""
    recent = {commit.id for commit in history.commits[-last:]}
    return [each for each in changes(history, notes) if each.commit.id in recent]


def failed(history: History) -> Sequence[tuple[Commit, StoredTrial]]:
    """Return the trials that failed at the last commit that was measured on each machine."""
    place = {commit.id: number for number, commit in enumerate(history.commits)}
    newest = {run.machine: run for run in sorted(history.runs, key=lambda run: (place[run.commit.id], run.measured))}
    return [(run.commit, trial) for run in newest.values() for trial in run.trials if trial.status != "ok"]
