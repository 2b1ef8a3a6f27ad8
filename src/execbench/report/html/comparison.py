"""The page of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from execbench.compare import Comparison
from execbench.compare.judging import Judged
from execbench.report import comparison as words
from execbench.report import figures
from execbench.report.html.shell import Gallery, render
from execbench.report.names import labels

_COLOURS = {"slower": "slow", "faster": "fast"}


@dataclass(frozen=True)
class _Cell:
    text: str
    value: float | str
    """What the column is sorted by."""
    css: str = ""


@dataclass(frozen=True)
class _Row:
    title: str
    cells: Sequence[_Cell]


def page(comparison: Comparison) -> str:
    """Return the whole file."""
    gallery, trials = Gallery(), words.shown(comparison)
    figure = figures.changes(trials)
    titles = labels(trial.id for trial in trials)
    return render(
        "comparison.html.jinja",
        gallery,
        headline=words.headline(comparison),
        old=comparison.old.text,
        new=comparison.new.text,
        differences=words.surroundings(comparison),
        figure=gallery.hang(figure) if figure else None,
        headings=words.HEADINGS,
        rows=[_row(titles[trial.id], trial) for trial in trials],
        notes=[line for line, _ in words.notes(comparison)],
    )


def _row(title: str, trial: Judged) -> _Row:
    _, verdict, ratio, old, new, *others = words.cells(trial)
    evidence = trial.evidence
    estimate = trial.interval or evidence.ratio
    return _Row(
        title,
        [
            _Cell(verdict, verdict, _COLOURS.get(trial.verdict, "")),
            _Cell(ratio, estimate.estimate if estimate else "", "number"),
            _Cell(old, evidence.old.seconds, "number"),
            _Cell(new, evidence.new.seconds, "number"),
            *(_Cell(text, text) for text in others),
        ],
    )
