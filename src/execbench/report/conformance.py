"""What the conformance kit found: one backend in full, or several side by side."""

import re
from collections.abc import Mapping, Sequence

from execbench.conformance.kit import Checkup
from execbench.lane.checks.catalogue import CHAOS, CONTRACT
from execbench.report.document import (
    Block,
    Cell,
    Column,
    Document,
    FlatTable,
    Items,
    Paragraph,
    Section,
    Table,
    Tone,
    Value,
    lines,
    row,
)
from execbench.report.numbers import count

_ADDRESS = re.compile("0x[0-9a-f]+")
"""Of an object in memory: it differs each time, and says nothing."""

_TONES: Mapping[str, Tone] = {
    "pass": "good",
    "fail": "bad",
    "right": "good",
    "right_after_retry": "good",
    "error": "warn",
    "wrong": "bad",
    "hang": "bad",
    "crash": "bad",
}
_FIELDS = ("backend", "part", "name", "outcome", "detail", "seconds")


def conformance_document(checkups: Mapping[str, Checkup]) -> Document:
    """Return a backend's two tables in full, or those of several as matrices."""
    tables = _in_full(*checkups.values()) if len(checkups) == 1 else _side_by_side(checkups)
    said = [block for title, checkup in checkups.items() for block in summary(title, checkup)]
    return Document(
        "execbench check",
        [Section("What was checked, and what was seen", [*tables, *said], anchor="answer")],
        data=FlatTable(_FIELDS, _flat(checkups)),
    )


def summary(title: str, checkup: Checkup) -> list[Block]:
    """Say how one backend did, with what failed and why."""
    failed = checkup.failed
    skipped = sum(verdict.startswith("skip") for verdict in checkup.contract.values())
    passed = len(checkup.contract) - len(failed) - skipped
    said = f"{title}: {count(passed, 'check')} of the contract passed, {len(failed)} failed, {skipped} did not apply."
    hangs = [name for name, seen in checkup.chaos.items() if seen.outcome in ("hang", "crash")]
    if hangs:
        said += f" It hangs, or ends the program, in: {', '.join(hangs)}."
    failures = [f"{name}: {verdict}" for name, verdict in failed.items()]
    return [Paragraph(said), Items(lines(failures), tone="bad")]


def _in_full(checkup: Checkup) -> list[Block]:
    contract = [[Cell(name), *_halves(verdict)] for name, verdict in checkup.contract.items()]
    chaos = [
        [Cell(name), _word(seen.outcome), Cell(f"{seen.seconds:.2f}", seen.seconds), Cell(seen.detail)]
        for name, seen in checkup.chaos.items()
    ]
    return [
        _table(("contract", "verdict", "why"), contract),
        _table(("chaos", "outcome", "seconds", "what was seen"), chaos),
    ]


def _side_by_side(checkups: Mapping[str, Checkup]) -> list[Block]:
    contract = [[Cell(name), *(_halves(each.contract[name])[0] for each in checkups.values())] for name in CONTRACT]
    chaos = [[Cell(name), *(_word(each.chaos[name].outcome) for each in checkups.values())] for name in CHAOS]
    details = [row(*texts) for texts in _details(checkups)]
    return [
        _table(("contract", *checkups), contract),
        _table(("chaos", *checkups), chaos),
        _table(("chaos", "backends", "what was seen"), details),
    ]


def _table(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    return Table([Column(heading, numeric=False) for heading in headings], rows, headings[0].capitalize())


def _halves(verdict: str) -> tuple[Cell, Cell]:
    word, _, reason = verdict.partition(":")
    return _word(word), Cell(reason.strip())


def _word(word: str) -> Cell:
    return Cell(word, tone=_TONES.get(word, ""))


def _details(checkups: Mapping[str, Checkup]) -> list[tuple[str, str, str]]:
    """What was seen in each probe, and of which backends: those that behave alike share a row."""
    found: list[tuple[str, str, str]] = []
    for probe in CHAOS:
        seen: dict[str, list[str]] = {}
        for title, checkup in checkups.items():
            if detail := checkup.chaos[probe].detail:
                seen.setdefault(_ADDRESS.sub("0x...", detail), []).append(title)
        found += [(probe, ", ".join(titles), detail) for detail, titles in seen.items()]
    return found


def _flat(checkups: Mapping[str, Checkup]) -> list[tuple[Value, ...]]:
    rows: list[tuple[Value, ...]] = []
    for title, checkup in checkups.items():
        halves = ((name, *verdict.partition(": ")) for name, verdict in checkup.contract.items())
        rows += [(title, "contract", name, word, reason, None) for name, word, _, reason in halves]
        rows += [(title, "chaos", n, seen.outcome, seen.detail, seen.seconds) for n, seen in checkup.chaos.items()]
    return rows
