"""The report of a comparison: verdicts, a row for each trial, and notes on what the table leaves out."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from execbench.comparison import Comparison
from execbench.comparison.moved import Moved
from execbench.comparison.sides import Side
from execbench.comparison.verdicts import RATE, Judged, Verdict
from execbench.report import columns, numbers
from execbench.report.charts.chart import chart, ends
from execbench.report.columns import BASES, Field, interval, seconds, shown
from execbench.report.document import Block, Chart, Document, FlatTable, Items, Paragraph, Section, Tone, lines
from execbench.report.escape import labels
from execbench.report.trials import grouped

SCHEMA = 1
"""The version of the JSON."""

MAX_ROWS = 50
"""The most rows of each verdict that people see; JSON and CSV hold all trials."""

MAX_RATIO = 100
"""Above this both figures say more than their ratio."""

_TONES: Mapping[Verdict, Tone] = {"slower": "slow", "faster": "good", "unclear": "warn", "same": ""}
"""Of each verdict, in the order of the report."""

_METHODS = {
    "paired": "paired: both sides raced in the same heats",
    "across_runs": "across runs: each run against its own serial loop, where it has one",
}


def comparison_document(comparison: Comparison) -> Document:
    """Return the report of two sides."""
    verdicts = _by_verdict(comparison.trials)
    listed = [trial for trials in verdicts.values() for trial in trials[:MAX_ROWS]]
    names = labels(trial.id for trial in listed)
    titled = [(names[trial.id], trial) for trial in listed]
    differences = [f"{item.what} differs: {item.old} -> {item.new}" for item in comparison.differences]
    blocks: list[Block] = [
        Paragraph(_headline(comparison, verdicts), "verdict"),
        Items(lines(differences), "What differs between them", tone="warn"),
        *_changes(titled),
    ]
    if titled:
        blocks.append(columns.table("trial", _FIELDS, titled, "Trials with their verdicts"))
    blocks += [Items(lines([note]), tone=tone) for note, tone in _notes(comparison, verdicts)]
    return Document(
        "execbench comparison",
        [Section("The answer", blocks, anchor="answer")],
        note=f"old: {comparison.old.text} · new: {comparison.new.text}",
        data=_flat(comparison),
    )


def as_json(comparison: Comparison, tripped: Sequence[str] = ()) -> str:
    """Return the comparison for programs; `docs/compare.md` explains every field."""
    content = {
        "schema": SCHEMA,
        "method": comparison.method,
        "threshold": comparison.threshold,
        "old": _side(comparison.old),
        "new": _side(comparison.new),
        "environment": comparison.differences,
        "trials": [_trial(trial) for trial in comparison.trials],
        "failed": comparison.failed,
        "still_failed": comparison.still_failed,
        "fixed": comparison.fixed,
        "added": comparison.added,
        "removed": comparison.removed,
        "tripped": tripped,
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=1).decode()


def _side(side: Side) -> dict[str, Any]:
    runs = [
        {
            "file": _as_text(str(run.path)),
            "datetime": run.artifact.datetime,
            "commit": str(run.artifact.commit_info.get("id") or ""),
        }
        for run in side.runs
    ]
    return {"given": _as_text(side.text), "python": side.python, "runs": runs}


def _as_text(path: str) -> str:
    """Replace what is no text in a path, as JSON cannot hold it."""
    return os.fsencode(path).decode(errors="replace")


def _trial(trial: Judged) -> dict[str, Any]:
    ratio = trial.ratio
    return {
        "id": trial.id,
        "verdict": trial.verdict,
        "ratio": trial.interval,
        "confidence": trial.confidence,
        "compared": ratio.basis if ratio else None,
        "units": ratio.units if ratio else None,
        "unit": ratio.unit if ratio else None,
        "needed": trial.needed,
        "note": trial.note or None,
        "old": trial.old,
        "new": trial.new,
        "moved": trial.moved,
    }


def _by_verdict(trials: Sequence[Judged]) -> dict[Verdict, list[Judged]]:
    """Group the trials by verdict, the worst first."""
    ordered = sorted(trials, key=lambda trial: trial.interval.estimate if trial.interval else 0.0, reverse=True)
    verdicts = grouped(ordered, lambda trial: trial.verdict)
    return {verdict: verdicts[verdict] for verdict in _TONES if verdict in verdicts}


def _headline(comparison: Comparison, verdicts: Mapping[Verdict, Sequence[Judged]]) -> str:
    """Return how many trials got each verdict, and by which method."""
    counts = [f"{len(trials):,} {verdict}" for verdict, trials in verdicts.items()]
    counts += [f"{len(comparison.failed):,} failed"] if comparison.failed else []
    return (
        f"{', '.join(counts) or 'no trial to judge'} "
        f"({_METHODS[comparison.method]}; a change of {_percent(comparison.threshold)} matters)"
    )


def _changes(titled: Sequence[tuple[str, Judged]]) -> list[Chart]:
    """Chart how each trial changed."""
    rows, words = [], []
    for title, trial in titled:
        if trial.interval is not None:
            change = {"ratio": trial.interval.estimate, **ends(trial.interval)}
            rows.append({"trial": title, "verdict": trial.verdict, **change})
            words.append(f"{title} {trial.verdict} {numbers.ratio(trial.interval)}")
    return chart("change", rows, f"New over old: {'; '.join(words)}.", pictured=True)


def _verdict_in_words(trial: Judged) -> str:
    if trial.needed is None or trial.ratio is None:
        return trial.verdict
    return f"{trial.verdict}: about {trial.needed - trial.ratio.units} more {trial.ratio.unit} needed"


def _ratio_in_words(trial: Judged) -> str:
    if trial.interval is None and trial.ratio is not None:
        return f"{numbers.three_figures(trial.ratio.estimate)}x"
    return numbers.ratio(trial.interval)


def _moved(moved: Moved) -> str:
    if not moved.old or moved.new / moved.old > MAX_RATIO:
        return f"{moved.what} {numbers.three_figures(moved.old)} -> {numbers.three_figures(moved.new)}"
    return f"{moved.what} {numbers.three_figures(moved.new / moved.old)}x"


def _estimate(trial: Judged) -> float | None:
    known = trial.interval or trial.ratio
    return known.estimate if known else None


_FIELDS: Sequence[Field[Judged]] = [
    Field("id", lambda trial: trial.id),
    Field("verdict", lambda trial: trial.verdict),
    shown("verdict", _verdict_in_words, lambda trial: _TONES[trial.verdict]),
    Field("", _estimate, "new / old", _ratio_in_words),
    *interval(("ratio", "low", "high"), lambda trial: trial.interval),
    Field("confidence", lambda trial: trial.confidence),
    seconds("old_seconds", "old", lambda trial: trial.old.seconds),
    seconds("new_seconds", "new", lambda trial: trial.new.seconds),
    Field("compared", lambda trial: trial.ratio.basis if trial.ratio else None),
    shown("compared", lambda trial: BASES[trial.ratio.basis] if trial.ratio else trial.note),
    shown("launches", lambda trial: f"{trial.old.launches}, {trial.new.launches}"),
    shown("also moved", lambda trial: ", ".join(map(_moved, trial.moved))),
]


def _flat(comparison: Comparison) -> FlatTable:
    """Return a row for each trial, and for each that failed or was fixed, added or removed."""
    flat = columns.flat(_FIELDS, comparison.trials)
    others = [
        *((failure.id, "failed") for failure in (*comparison.failed, *comparison.still_failed)),
        *((failure.id, "fixed") for failure in comparison.fixed),
        *((id_, "added") for id_ in comparison.added),
        *((id_, "removed") for id_ in comparison.removed),
    ]
    nothing = [None] * (len(flat.fields) - 2)
    return replace(flat, rows=[*flat.rows, *([*other, *nothing] for other in others)])


def _notes(comparison: Comparison, verdicts: Mapping[Verdict, Sequence[Judged]]) -> Iterator[tuple[str, Tone]]:
    """Yield notes on what the table leaves out."""
    for verdict, trials in verdicts.items():
        if len(trials) > MAX_ROWS:
            yield f"{len(trials) - MAX_ROWS:,} more {verdict}: --format csv and json list all", ""
    known = [trial for trial in comparison.trials if trial.interval is not None]
    confidences = [
        f"{confidence} ({', '.join(dict.fromkeys(trial.verdict for trial in trials))})"
        for confidence, trials in grouped(known, lambda trial: _percent(trial.confidence)).items()
    ]
    if confidences:
        yield f"Intervals at {'; '.join(confidences)}: of all verdicts, at most {_percent(RATE)} may be false", ""
    notes = Counter(trial.note for trial in comparison.trials if trial.ratio and trial.note)
    for note, count in notes.items():
        yield f"{count:,} unclear: {note}", "warn"
    if hopeless := sum(trial.verdict == "unclear" and not trial.needed for trial in known):
        yield f"{hopeless:,} unclear that more launches would hardly make clear: use a quieter machine", "warn"
    for what, failures in (("failed", comparison.failed), ("failed on both sides", comparison.still_failed)):
        for failure in failures[:MAX_ROWS]:
            reason = (failure.reason.splitlines() or [""])[0][:200]
            yield f"{what}: {failure.id}: {failure.status}{': ' if reason else ''}{reason}", "bad"
    for what, ids in (
        ("failed before, not now", [failure.id for failure in comparison.fixed]),
        ("added", comparison.added),
        ("removed", comparison.removed),
    ):
        if ids:
            more = f", and {len(ids) - MAX_ROWS:,} more" if len(ids) > MAX_ROWS else ""
            yield f"{what}: {', '.join(ids[:MAX_ROWS])}{more}", ""


def _percent(share: float) -> str:
    return f"{share * 100:.6g} %"
