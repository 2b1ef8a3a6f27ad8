"""The words of a comparison: the document of the comment and the summary, and the annotations of the check."""

from collections.abc import Iterator, Mapping
from typing import Any

from execbench.ci.records import VERDICTS, Change, Outcome, Verdict
from execbench.report import numbers
from execbench.report.document import Cell, Column, Document, Items, Paragraph, Section, Table, lines, row
from execbench.report.escape import shown
from execbench.report.render.markdown import as_markdown

MAX_ROWS = 50
"""The most trials of a comment; the report has all of them."""

MAX_NOTES = 20
MAX_NOTE = 300
"""The longest note beside a trial."""

MAX_ANNOTATIONS = 50
MAX_SUMMARY = 65_000
"""What GitHub takes in one request."""

_LOUD = ("failed", "slower", "unclear", "faster")
"""What is shown open; what stayed the same is folded."""


def as_comment(outcome: Outcome, report: str = "") -> str:
    """Return the comparison as Markdown, with a link to its report if that has an address."""
    loud = [change for change in outcome.changes if change.verdict in _LOUD]
    same = [change for change in outcome.changes if change.verdict not in _LOUD]
    sections = [Section("The answer", list(_answer(outcome, loud)))]
    if same:
        sections.append(Section(f"{len(same):,} the same", [_table(same)]))
    link = f"\n[Report and samples]({report})\n" if report else ""
    return as_markdown(Document(outcome.name, sections, note=_sides(outcome))) + link


def headline(outcome: Outcome) -> str:
    """Return the answer in one line."""
    counts = [f"{count:,} {verdict}" for verdict in VERDICTS if (count := outcome.count(verdict))]
    return f"{outcome.verdict}: {', '.join(counts)}" if counts else f"{outcome.verdict}: nothing was compared"


def check(outcome: Outcome, commit: str) -> dict[str, Any]:
    """Return a check as GitHub takes it, with annotations at the functions that changed, the worst first."""
    ordered = sorted(outcome.changes, key=lambda change: VERDICTS.index(change.verdict))
    noted = [_annotation(change) for change in ordered if change.file and change.verdict in _LEVELS]
    return {
        "name": outcome.name,
        "head_sha": commit,
        "status": "completed",
        "conclusion": _CONCLUSIONS[outcome.verdict],
        "output": {
            "title": headline(outcome),
            "summary": as_comment(outcome)[:MAX_SUMMARY],
            "annotations": noted[:MAX_ANNOTATIONS],
        },
    }


_CONCLUSIONS: Mapping[Verdict, str] = {
    "failed": "failure",
    "slower": "failure",
    "unclear": "neutral",
    "faster": "success",
    "same": "success",
}
_LEVELS: Mapping[str, str] = {"failed": "failure", "slower": "warning", "faster": "notice"}


def _annotation(change: Change) -> dict[str, Any]:
    return {
        "path": change.file,
        "start_line": max(1, change.line),
        "end_line": max(1, change.line),
        "annotation_level": _LEVELS[change.verdict],
        "title": f"{change.id} is {change.verdict}" if change.verdict != "failed" else f"{change.id} failed",
        "message": _ratio(change) or change.note or change.verdict,
    }


def _answer(outcome: Outcome, loud: list[Change]) -> Iterator[Any]:
    yield Paragraph(headline(outcome), "verdict")
    if outcome.problem:
        yield Paragraph(outcome.problem)
    if loud:
        yield _table(sorted(loud, key=lambda change: VERDICTS.index(change.verdict)))
    yield Items(lines(outcome.notes[:MAX_NOTES]))


def _table(changes: list[Change]) -> Table:
    columns = [
        Column("trial", numeric=False),
        Column("verdict", numeric=False),
        Column("new / old"),
        Column("", numeric=False),
    ]
    rows: list[list[Cell]] = [
        row(shown(each.id), each.verdict, _ratio(each), each.note[:MAX_NOTE]) for each in changes[:MAX_ROWS]
    ]
    if len(changes) > MAX_ROWS:
        rows.append(row(f"{len(changes) - MAX_ROWS:,} more", "", "", "in the report"))
    return Table(columns, rows, "Trials")


def _ratio(change: Change) -> str:
    return numbers.ratio(change.ratio) if change.ratio is not None else ""


def _sides(outcome: Outcome) -> str:
    if not outcome.base:
        return f"head {outcome.head[:12]}"
    return f"base {outcome.base[:12]} ({outcome.why}) · head {outcome.head[:12]}"
