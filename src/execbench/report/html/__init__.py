"""The report as one HTML file: it opens from anywhere, asks the network for nothing, and runs only its own scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from execbench.record import Record
from execbench.report import figures, scaling, splits
from execbench.report.digest import FIGURES, Digest, RaceDigest, trial_figures
from execbench.report.html.shell import Entry, Gallery, render
from execbench.report.verdict import is_baseline

HEADINGS = ("trial", *FIGURES, "doubts")


@dataclass(frozen=True)
class _Cell:
    text: str
    value: float | str = ""
    """What the column is sorted by."""
    css: str = ""


@dataclass(frozen=True)
class _Row:
    title: str
    cells: Sequence[_Cell]
    remarks: str
    failed: bool


@dataclass(frozen=True)
class _Race:
    digest: RaceDigest
    rows: Sequence[_Row]
    figures: Sequence[Entry]
    scaling: Sequence[Sequence[str]]
    splits: Sequence[Sequence[str]]


def page(digest: Digest) -> str:
    """Return the whole file."""
    gallery = Gallery()
    first = figures.overview(digest)
    overview = gallery.hang(first) if first else None
    races = [
        _Race(
            race,
            [_row(record) for record in race.records],
            [gallery.hang(entry) for entry in figures.of_race(race)],
            scaling.rows(race.curves),
            splits.rows(race.measured),
        )
        for race in digest.races
    ]
    return render(
        "page.html.jinja",
        gallery,
        headline=digest.headline,
        digest=digest,
        overview=overview,
        races=races,
        headings=HEADINGS,
        scaling_headings=scaling.HEADINGS,
        split_headings=splits.HEADINGS,
    )


def _row(record: Record) -> _Row:
    if not record.ok:
        return _Row(record.title, [_Cell("-")] * (len(HEADINGS) - 2), record.status, failed=True)
    tones = dict.fromkeys(FIGURES, "") | {FIGURES[1]: _tone(record)}
    cells = map(_Cell, trial_figures(record), _values(record), tones.values())
    return _Row(record.title, list(cells), ", ".join(doubt.code for doubt in record.doubts), failed=False)


def _values(record: Record) -> list[float | str]:
    """The numbers of a trial's figures; nothing where there is none, which is sorted to the end."""
    times = (record.startup_seconds, record.first_call_seconds, record.shutdown_seconds)
    values = [
        record.samples.median,
        1.0 if is_baseline(record) else record.speedup.estimate if record.speedup else None,
        record.cpu_seconds,
        record.peak_memory_bytes,
        *(median(each) if each else None for each in times),
        len(record.samples),
    ]
    return ["" if value is None else value for value in values]


def _tone(record: Record) -> str:
    if record.speedup is None or not record.speedup.excludes(1.0):
        return ""
    return " fast" if record.speedup.low > 1 else " slow"
