"""What is said of a comparison: the verdicts first, a row for each trial, and what does not fit into the table."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from execbench.comparison import Comparison, Failure
from execbench.comparison.sides import Side
from execbench.comparison.verdicts import RATE, Judged, Moved, Verdict
from execbench.report import numbers
from execbench.report.charts.change import change
from execbench.report.document import Block, Cell, Column, Document, Items, Paragraph, Section, Table, Tone, lines
from execbench.report.escape import labels

SCHEMA = 1
"""Of the JSON."""

MAX_ROWS = 50
"""Of one verdict, in all forms for people; JSON and CSV hold all trials."""

_ORDER: tuple[Verdict, ...] = ("slower", "faster", "unclear", "same")
_TONES: Mapping[Verdict, Tone] = {"slower": "slow", "faster": "good", "unclear": "warn", "same": ""}
_METHODS = {
    "paired": "paired: both sides raced in the same heats",
    "across_runs": "across runs: each run against its own serial loop, where it has one",
}
_BASES = {
    "paired": "paired",
    "baseline": "by baseline",
    "reference": "by reference kernel",
    "times": "by times alone",
}
_COLUMNS = [
    Column("trial", numeric=False),
    Column("verdict", numeric=False),
    *map(Column, ("new / old", "old", "new")),
    *(Column(heading, numeric=False) for heading in ("compared", "launches", "also moved")),
]
_FIELDS = ("id", "verdict", "ratio", "low", "high", "confidence", "old_seconds", "new_seconds", "compared")


def comparison_document(comparison: Comparison) -> Document:
    """Return the report of two sides."""
    shown = _shown(comparison)
    names = labels(trial.id for trial in shown)
    titled = [(names[trial.id], trial) for trial in shown]
    drawn = change(titled)
    blocks: list[Block] = [
        Paragraph(_headline(comparison), "verdict"),
        Items(lines(_differences(comparison)), "What differs between them", tone="warn"),
    ]
    blocks += [drawn] if drawn else []
    if titled:
        blocks.append(Table(_COLUMNS, [_row(title, trial) for title, trial in titled], "Trials with their verdicts"))
    blocks += [Items(lines([line]), tone=tone) for line, tone in _notes(comparison)]
    return Document(
        "execbench comparison",
        [Section("The answer", blocks, anchor="answer")],
        note=f"old: {comparison.old.text} · new: {comparison.new.text}",
        data=_data(comparison),
    )


def as_json(comparison: Comparison, tripped: Sequence[str] = ()) -> dict[str, Any]:
    """Return the comparison for programs; `docs/compare.md` explains every field."""
    return {
        "schema": SCHEMA,
        "method": comparison.method,
        "threshold": comparison.threshold,
        "old": _side(comparison.old),
        "new": _side(comparison.new),
        "environment": [asdict(difference) for difference in comparison.differences],
        "trials": [_trial(trial) for trial in comparison.trials],
        "failed": [asdict(failure) for failure in comparison.failed],
        "still_failed": [asdict(failure) for failure in comparison.still_failed],
        "fixed": [asdict(failure) for failure in comparison.fixed],
        "added": list(comparison.added),
        "removed": list(comparison.removed),
        "tripped": list(tripped),
    }


def _data(comparison: Comparison) -> Table:
    """A line for each trial, failed, added and removed ones too."""
    rows: list[list[Cell]] = []
    for trial in comparison.trials:
        ratio, evidence = trial.interval, trial.evidence
        ends = (ratio.estimate, ratio.low, ratio.high) if ratio else (None, None, None)
        seconds = (evidence.old.seconds, evidence.new.seconds)
        basis = evidence.ratio.basis if evidence.ratio else None
        rows.append(_flat(trial.id, trial.verdict, *ends, trial.confidence, *seconds, basis))
    for verdict, ids in (
        ("failed", [failure.id for failure in (*comparison.failed, *comparison.still_failed)]),
        ("fixed", [failure.id for failure in comparison.fixed]),
        ("added", comparison.added),
        ("removed", comparison.removed),
    ):
        rows += [_flat(id_, verdict, *[None] * 7) for id_ in ids]
    return Table([Column(name) for name in _FIELDS], rows, "trials")


def _flat(*values: float | str | None) -> list[Cell]:
    return [Cell("", value) for value in values]


def _headline(comparison: Comparison) -> str:
    """Say in a line how many trials got which verdict, and how."""
    counts = Counter(trial.verdict for trial in comparison.trials)
    said = [f"{counts[verdict]:,} {verdict}" for verdict in _ORDER if counts[verdict]]
    said += [f"{len(comparison.failed):,} failed"] if comparison.failed else []
    return (
        f"{', '.join(said) or 'no trial to judge'} "
        f"({_METHODS[comparison.method]}; a change of {_percent(comparison.threshold)} matters)"
    )


def _differences(comparison: Comparison) -> list[str]:
    return [f"{item.what} differs: {item.old} -> {item.new}" for item in comparison.differences]


def _shown(comparison: Comparison) -> list[Judged]:
    """Return the trials that get a row: the worst first, a limited number of each verdict."""
    found: list[Judged] = []
    for verdict in _ORDER:
        of_verdict = [trial for trial in comparison.trials if trial.verdict == verdict]
        of_verdict.sort(key=lambda trial: trial.interval.estimate if trial.interval else 0.0, reverse=True)
        found += of_verdict[:MAX_ROWS]
    return found


def _row(title: str, trial: Judged) -> list[Cell]:
    evidence = trial.evidence
    estimate = trial.interval or evidence.ratio
    if trial.interval is not None:
        ratio = numbers.ratio(trial.interval)
    else:
        ratio = f"{numbers.three_figures(evidence.ratio.estimate)}x" if evidence.ratio else "-"
    verdict = trial.verdict if trial.needed is None else f"{trial.verdict}: about {_more(trial)}"
    return [
        Cell(title),
        Cell(verdict, tone=_TONES[trial.verdict]),
        Cell(ratio, estimate.estimate if estimate else ""),
        Cell(numbers.seconds(evidence.old.seconds), evidence.old.seconds),
        Cell(numbers.seconds(evidence.new.seconds), evidence.new.seconds),
        Cell(_BASES[evidence.ratio.basis] if evidence.ratio else evidence.note),
        Cell(f"{evidence.old.launches}, {evidence.new.launches}"),
        Cell(", ".join(map(_moved, trial.moved))),
    ]


def _confidences(comparison: Comparison) -> Iterable[tuple[str, Tone]]:
    """Say how sure the intervals are."""
    verdicts: dict[str, list[Verdict]] = {}
    for trial in comparison.trials:
        if trial.interval is not None:
            of_confidence = verdicts.setdefault(_percent(trial.confidence), [])
            of_confidence += [trial.verdict] if trial.verdict not in of_confidence else []
    said = "; ".join(f"{confidence} ({', '.join(found)})" for confidence, found in verdicts.items())
    return [(f"Intervals at {said}: of all verdicts, at most {_percent(RATE)} may be false", "")] if said else []


def _percent(share: float) -> str:
    return f"{share * 100:.6g} %"


def _more(trial: Judged) -> str:
    assert trial.evidence.ratio is not None
    return f"{(trial.needed or 0) - trial.evidence.ratio.units} more {trial.evidence.ratio.unit} needed"


def _moved(moved: Moved) -> str:
    return f"{moved.what} {numbers.three_figures(moved.new / moved.old)}x"


def _notes(comparison: Comparison) -> list[tuple[str, Tone]]:
    """Say what does not fit into the table."""
    counts = Counter(trial.verdict for trial in comparison.trials)
    found: list[tuple[str, Tone]] = [
        (f"{counts[verdict] - MAX_ROWS:,} more {verdict}: --format csv and json list all", "")
        for verdict in _ORDER
        if counts[verdict] > MAX_ROWS
    ]
    found += _confidences(comparison)
    notes = Counter(trial.evidence.note for trial in comparison.trials if trial.evidence.ratio and trial.evidence.note)
    found += [(f"{count:,} unclear: {note}", "warn") for note, count in notes.items()]
    if hopeless := sum(
        trial.verdict == "unclear" and bool(trial.interval) and not trial.needed for trial in comparison.trials
    ):
        found.append(
            (f"{hopeless:,} unclear that more launches would hardly make clear: use a quieter machine", "warn")
        )
    found += [(f"failed: {_failure(failure)}", "bad") for failure in comparison.failed[:MAX_ROWS]]
    found += [(f"failed on both sides: {_failure(failure)}", "bad") for failure in comparison.still_failed[:MAX_ROWS]]
    for what, ids in (
        ("failed before, not now", [failure.id for failure in comparison.fixed]),
        ("added", comparison.added),
        ("removed", comparison.removed),
    ):
        if ids:
            more = f", and {len(ids) - MAX_ROWS:,} more" if len(ids) > MAX_ROWS else ""
            found.append((f"{what}: {', '.join(ids[:MAX_ROWS])}{more}", ""))
    return found


def _failure(failure: Failure) -> str:
    reason = (failure.reason.splitlines() or [""])[0][:200]
    return f"{failure.id}: {failure.status}{': ' if reason else ''}{reason}"


def _side(side: Side) -> dict[str, Any]:
    runs = [
        {
            "file": str(run.path),
            "datetime": run.artifact.datetime,
            "commit": str(run.artifact.commit_info.get("id") or ""),
        }
        for run in side.runs
    ]
    return {"given": side.text, "python": side.python, "runs": runs}


def _trial(trial: Judged) -> dict[str, Any]:
    evidence, ratio = trial.evidence, trial.evidence.ratio
    return {
        "id": trial.id,
        "verdict": trial.verdict,
        "ratio": msgspec.to_builtins(trial.interval),
        "confidence": trial.confidence,
        "compared": ratio.basis if ratio else None,
        "units": ratio.units if ratio else None,
        "unit": ratio.unit if ratio else None,
        "needed": trial.needed,
        "note": evidence.note or None,
        "old": msgspec.to_builtins(evidence.old),
        "new": msgspec.to_builtins(evidence.new),
        "moved": msgspec.to_builtins(trial.moved),
    }
