"""A comparison as text, Markdown, JSON and CSV. Names come from strangers: each format escapes them its own way."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from execbench.compare import Comparison, Failure
from execbench.compare.judging import RATE, Judged, Moved, Verdict
from execbench.compare.sides import Side
from execbench.report import units
from execbench.report.flat import cell
from execbench.report.markdown import code, plain, visible
from execbench.report.rendering import LOG_WIDTH, new_table, rendered

SCHEMA = 1
"""Of the JSON."""

MOST_ROWS = 50
"""Of one verdict, in text and Markdown; JSON and CSV hold all trials."""

ORDER: tuple[Verdict, ...] = ("slower", "faster", "unclear", "same")
_STYLES = {"slower": "red", "faster": "green", "unclear": "yellow", "same": ""}
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
HEADINGS = ("trial", "verdict", "new / old", "old", "new", "compared", "launches", "also moved")


def text(comparison: Comparison, *, colour: bool = False, width: int = LOG_WIDTH) -> str:
    """Return the comparison for a terminal or a log."""
    parts: list[Text | Table] = [Text(headline(comparison), style="bold")]
    parts += [Text(line, style="yellow") for line in surroundings(comparison)]
    table = new_table(colour)
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading in ("new / old", "old", "new") else "left")
    for trial in shown(comparison):
        name, verdict, *rest = cells(trial)
        table.add_row(Text(visible(name)), Text(verdict, style=_STYLES[trial.verdict]), *map(Text, rest))
    if table.rows:
        parts.append(table)
    parts += [Text(visible(line), style=style) for line, style in notes(comparison)]
    return rendered(Group(*parts), colour, width)


def markdown(comparison: Comparison, picture: tuple[str, str] | None = None) -> str:
    """Return the comparison for a job summary or a pull request; with a picture's address and its words, if any."""
    lines = [f"**{plain(headline(comparison))}**", ""]
    lines += [f"![{plain(picture[1])}]({picture[0]})", ""] if picture else []
    lines += [f"> {plain(line)}  " for line in surroundings(comparison)]
    if rows := shown(comparison):
        lines += ["", f"| {' | '.join(HEADINGS)} |", "|---|---|---:|---:|---:|---|---|---|"]
        lines += [f"| {code(name)} | {' | '.join(map(plain, rest))} |" for name, *rest in map(cells, rows)]
    if remarks := notes(comparison):
        lines += ["", *(f"- {plain(line)}" for line, _ in remarks)]
    return "\n".join(lines) + "\n"


def as_json(comparison: Comparison, tripped: Sequence[str] = ()) -> str:
    """Return the comparison for programs; `docs/compare.md` explains every field."""
    content = {
        "schema": SCHEMA,
        "method": comparison.method,
        "threshold": comparison.threshold,
        "old": _side(comparison.old),
        "new": _side(comparison.new),
        "environment": [vars(difference) for difference in comparison.differences],
        "trials": [_trial(trial) for trial in comparison.trials],
        "failed": [vars(failure) for failure in comparison.failed],
        "still_failed": [vars(failure) for failure in comparison.still_failed],
        "mended": [vars(failure) for failure in comparison.mended],
        "added": list(comparison.added),
        "removed": list(comparison.removed),
        "tripped": list(tripped),
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def as_csv(comparison: Comparison) -> str:
    """Return a line for each trial, failed, added and removed ones too."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(("id", "verdict", "ratio", "low", "high", "confidence", "old_seconds", "new_seconds", "compared"))
    for trial in comparison.trials:
        content = _trial(trial)
        ratio = content["ratio"] or dict.fromkeys(("estimate", "low", "high"))
        figures = (content["confidence"], content["old"]["seconds"], content["new"]["seconds"], content["compared"])
        writer.writerow((cell(trial.id), trial.verdict, ratio["estimate"], ratio["low"], ratio["high"], *figures))
    for verdict, ids in (
        ("failed", [failure.id for failure in (*comparison.failed, *comparison.still_failed)]),
        ("mended", [failure.id for failure in comparison.mended]),
        ("added", comparison.added),
        ("removed", comparison.removed),
    ):
        writer.writerows((cell(id_), verdict, *[""] * 7) for id_ in ids)
    return output.getvalue()


def headline(comparison: Comparison) -> str:
    """Say in a line how many trials got which verdict, and how."""
    counts = Counter(trial.verdict for trial in comparison.trials)
    said = [f"{counts[verdict]:,} {verdict}" for verdict in ORDER if counts[verdict]]
    said += [f"{len(comparison.failed):,} failed"] if comparison.failed else []
    return (
        f"{', '.join(said) or 'no trial to judge'} "
        f"({_METHODS[comparison.method]}; a change of {_percent(comparison.threshold)} matters)"
    )


def surroundings(comparison: Comparison) -> list[str]:
    """Say what differs around the trials."""
    return [visible(f"{item.what} differs: {item.old} -> {item.new}") for item in comparison.differences]


def shown(comparison: Comparison) -> list[Judged]:
    """Return the trials that get a row: the worst first, so many of each verdict."""
    found: list[Judged] = []
    for verdict in ORDER:
        of_verdict = [trial for trial in comparison.trials if trial.verdict == verdict]
        of_verdict.sort(key=lambda trial: trial.interval.estimate if trial.interval else 0.0, reverse=True)
        found += of_verdict[:MOST_ROWS]
    return found


def cells(trial: Judged) -> tuple[str, ...]:
    """Write what stands under `HEADINGS` for a trial."""
    evidence = trial.evidence
    if trial.interval is not None:
        ratio = units.ratio(trial.interval)
    else:
        ratio = f"{units.three_figures(evidence.ratio.estimate)}x" if evidence.ratio else "-"
    verdict = trial.verdict if trial.needed is None else f"{trial.verdict}: about {_more(trial)}"
    return (
        trial.id,
        verdict,
        ratio,
        units.seconds(evidence.old.seconds),
        units.seconds(evidence.new.seconds),
        _BASES[evidence.ratio.basis] if evidence.ratio else evidence.note,
        f"{evidence.old.launches}, {evidence.new.launches}",
        ", ".join(map(_moved, trial.moved)),
    )


def _confidences(comparison: Comparison) -> list[tuple[str, str]]:
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
    return f"{moved.what} {units.three_figures(moved.new / moved.old)}x"


def notes(comparison: Comparison) -> list[tuple[str, str]]:
    """Say what does not fit into the table, each line with its style."""
    lines: list[tuple[str, str]] = []
    counts = Counter(trial.verdict for trial in comparison.trials)
    lines += [
        (f"{counts[verdict] - MOST_ROWS:,} more {verdict}: --format csv and json list all", "")
        for verdict in ORDER
        if counts[verdict] > MOST_ROWS
    ]
    lines += _confidences(comparison)
    notes = Counter(trial.evidence.note for trial in comparison.trials if trial.evidence.ratio and trial.evidence.note)
    lines += [(f"{count:,} unclear: {note}", "yellow") for note, count in notes.items()]
    if hopeless := sum(
        trial.verdict == "unclear" and bool(trial.interval) and not trial.needed for trial in comparison.trials
    ):
        lines.append((f"{hopeless:,} unclear that more launches would hardly make clear: calm the machine", "yellow"))
    lines += [(f"failed: {_failure(failure)}", "red") for failure in comparison.failed[:MOST_ROWS]]
    lines += [(f"failed on both sides: {_failure(failure)}", "red") for failure in comparison.still_failed[:MOST_ROWS]]
    for what, ids in (
        ("failed before, not now", [failure.id for failure in comparison.mended]),
        ("added", comparison.added),
        ("removed", comparison.removed),
    ):
        if ids:
            more = f", and {len(ids) - MOST_ROWS:,} more" if len(ids) > MOST_ROWS else ""
            lines.append((f"{what}: {', '.join(ids[:MOST_ROWS])}{more}", ""))
    return lines


def _failure(failure: Failure) -> str:
    reason = (failure.reason.splitlines() or [""])[0][:200]
    return f"{failure.id}: {failure.status}{': ' if reason else ''}{reason}"


def _side(side: Side) -> dict[str, Any]:
    return {
        "given": side.text,
        "python": side.python,
        "runs": [{"file": str(run.path), "datetime": run.datetime, "commit": run.commit} for run in side.runs],
    }


def _trial(trial: Judged) -> dict[str, Any]:
    evidence = trial.evidence
    return {
        "id": trial.id,
        "verdict": trial.verdict,
        "ratio": vars(trial.interval) if trial.interval else None,
        "confidence": trial.confidence,
        "compared": evidence.ratio.basis if evidence.ratio else None,
        "units": evidence.ratio.units if evidence.ratio else None,
        "unit": evidence.ratio.unit if evidence.ratio else None,
        "needed": trial.needed,
        "note": evidence.note or None,
        "old": _figures(evidence.old),
        "new": _figures(evidence.new),
        "moved": [vars(moved) for moved in trial.moved],
    }


def _figures(figures: Any) -> dict[str, Any]:
    return {
        "seconds": figures.seconds,
        "launches": figures.launches,
        "startup_seconds": list(figures.startup_seconds),
        "cpu_seconds": figures.cpu_seconds,
        "peak_memory_bytes": figures.peak_memory_bytes,
    }
