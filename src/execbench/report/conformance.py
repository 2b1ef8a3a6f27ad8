"""What the conformance kit found, as tables: one backend in full, or several side by side.

Takes what `execbench check --json` gives: `{"contract": {check: verdict}, "chaos": {probe: {"outcome", ...}}}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from execbench.report.rendering import LOG_WIDTH, new_table, rendered

__all__ = ["LOG_WIDTH", "markdown", "summary", "terminal"]

Checkup = Mapping[str, Mapping[str, Any]]

_STYLES = {
    "pass": "green",
    "fail": "bold red",
    "right": "green",
    "right_after_retry": "green",
    "error": "yellow",
    "wrong": "bold red",
    "hang": "bold red",
    "crash": "bold red",
}


def terminal(checkups: Mapping[str, Checkup], *, colour: bool = False, width: int = LOG_WIDTH) -> str:
    """Return a backend's two tables in full, or those of several as matrices."""
    parts: list[RenderableType] = []
    for heading, rows in _tables(checkups):
        table = new_table(colour)
        for column in heading:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
        parts += [table, ""]
    return rendered(Group(*parts), colour, width)


def markdown(checkups: Mapping[str, Checkup]) -> str:
    """Return the same as tables in Markdown."""
    lines: list[str] = []
    for heading, rows in _tables(checkups):
        lines += [_markdown_row(heading), _markdown_row(["---"] * len(heading)), *map(_markdown_row, rows), ""]
    return "\n".join(lines)


def summary(title: str, checkup: Checkup) -> str:
    """Say in a sentence how one backend did, with what failed and why."""
    verdicts = checkup["contract"]
    failed = {name: verdict for name, verdict in verdicts.items() if verdict.startswith("fail")}
    skipped = sum(verdict.startswith("skip") for verdict in verdicts.values())
    passed = len(verdicts) - len(failed) - skipped
    said = f"{title}: {passed} checks of the contract passed, {len(failed)} failed, {skipped} did not apply."
    hangs = [name for name, seen in checkup["chaos"].items() if seen["outcome"] in ("hang", "crash")]
    if hangs:
        said += f" It hangs, or ends the program, in: {', '.join(hangs)}."
    return "\n".join([said, *(f"  {name}: {verdict}" for name, verdict in failed.items())])


def _tables(checkups: Mapping[str, Checkup]) -> list[tuple[list[str], list[list[str]]]]:
    if len(checkups) == 1:
        (checkup,) = checkups.values()
        return [_contract(checkup), _chaos(checkup)]
    return [
        _matrix("contract", checkups, lambda verdict: verdict.partition(":")[0]),
        _matrix("chaos", checkups, lambda seen: seen["outcome"]),
    ]


def _contract(checkup: Checkup) -> tuple[list[str], list[list[str]]]:
    rows = [[name, *_halves(verdict)] for name, verdict in checkup["contract"].items()]
    return ["contract", "verdict", "why"], rows


def _halves(verdict: str) -> tuple[str, str]:
    word, _, reason = verdict.partition(":")
    return word, reason.strip()


def _chaos(checkup: Checkup) -> tuple[list[str], list[list[str]]]:
    rows = [
        [name, seen["outcome"], f"{seen['seconds']:.2f}", seen["detail"]] for name, seen in checkup["chaos"].items()
    ]
    return ["chaos", "outcome", "seconds", "what was seen"], rows


def _matrix(
    part: str, checkups: Mapping[str, Checkup], word: Callable[[Any], str]
) -> tuple[list[str], list[list[str]]]:
    names = next(iter(checkups.values()))[part]
    rows = [[name, *(word(checkup[part][name]) for checkup in checkups.values())] for name in names]
    return [part, *checkups], rows


def _markdown_row(cells: list[str]) -> str:
    return f"| {' | '.join(map(_markdown_cell, cells))} |"


def _markdown_cell(text: str) -> str:
    """Let a text stand in a cell as it is: names come from strangers."""
    escaped = "".join(f"\\{letter}" if letter in r"\`*_[]<>|#" else letter for letter in text)
    return " ".join(escaped.split())
