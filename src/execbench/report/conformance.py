"""What the conformance kit found: one backend in full, or several side by side."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias

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
    lines,
    row,
)
from execbench.report.numbers import count

_ADDRESS = re.compile("0x[0-9a-f]+")
"""Of an object in memory: it differs each time, and means nothing to a user."""

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
_Row: TypeAlias = tuple[str, str, str, str, float | None]
"""Part, name, outcome, detail and seconds of a check or a probe."""


def conformance_document(checkups: Mapping[str, Checkup]) -> Document:
    """Return a backend's two tables in full, or those of several as matrices."""
    tables = _in_full(*checkups.values()) if len(checkups) == 1 else _side_by_side(checkups)
    said = [block for title, checkup in checkups.items() for block in summary(title, checkup)]
    flat = [(title, *entry) for title, checkup in checkups.items() for entry in _rows(checkup)]
    return Document(
        "execbench check",
        [Section("What was checked, and what was seen", [*tables, *said], anchor="answer")],
        data=FlatTable(("backend", "part", "name", "outcome", "detail", "seconds"), flat),
    )


def summary(title: str, checkup: Checkup) -> list[Block]:
    """Say how one backend did, with what failed and why."""
    words = Counter(verdict.partition(":")[0] for verdict in checkup.contract.values())
    said = f"{title}: {count(words['pass'], 'check')} of the contract passed, "
    said += f"{words['fail']} failed, {words['skip']} did not apply."
    if hangs := [name for name, seen in checkup.chaos.items() if seen.outcome in ("hang", "crash")]:
        said += f" It hangs, or ends the program, in: {', '.join(hangs)}."
    failures = [f"{name}: {verdict}" for name, verdict in checkup.failed.items()]
    return [Paragraph(said), Items(lines(failures), tone="bad")]


def _in_full(checkup: Checkup) -> list[Block]:
    contract, chaos = [], []
    for part, name, outcome, detail, seconds in _rows(checkup):
        if part == "contract":
            contract.append([Cell(name), _word(outcome), Cell(detail)])
        else:
            chaos.append([Cell(name), _word(outcome), Cell(f"{seconds:.2f}", seconds), Cell(detail)])
    return [
        _table(("contract", "verdict", "why"), contract),
        _table(("chaos", "outcome", "seconds", "what was seen"), chaos),
    ]


def _side_by_side(checkups: Mapping[str, Checkup]) -> list[Block]:
    sides = [{name: outcome for _, name, outcome, _, _ in _rows(checkup)} for checkup in checkups.values()]
    tables: list[Block] = [
        _table((part, *checkups), [[Cell(name), *(_word(side[name]) for side in sides)] for name in names])
        for part, names in (("contract", CONTRACT), ("chaos", CHAOS))
    ]
    details = [row(*texts) for texts in _details(checkups)]
    return [*tables, _table(("chaos", "backends", "what was seen"), details)]


def _rows(checkup: Checkup) -> list[_Row]:
    contract = ((name, *verdict.partition(": ")) for name, verdict in checkup.contract.items())
    return [
        *(("contract", name, word, reason, None) for name, word, _, reason in contract),
        *(("chaos", name, seen.outcome, seen.detail, seen.seconds) for name, seen in checkup.chaos.items()),
    ]


def _table(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    return Table([Column(heading, numeric=False) for heading in headings], rows, headings[0].capitalize())


def _word(word: str) -> Cell:
    return Cell(word, tone=_TONES.get(word, ""))


def _details(checkups: Mapping[str, Checkup]) -> list[tuple[str, str, str]]:
    """Return what was seen in each probe, and of which backends: those that behave alike share a row."""
    found: list[tuple[str, str, str]] = []
    for probe in CHAOS:
        seen: dict[str, list[str]] = {}
        for title, checkup in checkups.items():
            if detail := checkup.chaos[probe].detail:
                seen.setdefault(_ADDRESS.sub("0x...", detail), []).append(title)
        found += [(probe, ", ".join(titles), detail) for detail, titles in seen.items()]
    return found
