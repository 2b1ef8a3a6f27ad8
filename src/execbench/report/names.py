"""Names as a report shows them: whatever they hold, short enough to read, and no two the same."""

from __future__ import annotations

from collections.abc import Iterable

from execbench.report.markdown import visible

LONGEST = 80
"""Letters of a name that are shown; the CSV holds it whole."""


def shown(name: str) -> str:
    """Return a name that can be seen: never empty, never endless, nothing in it invisible."""
    if not name.strip():
        return "(no name)"
    if len(name) > LONGEST:
        name = f"{name[: LONGEST * 2 // 3]}…{name[-(LONGEST // 3 - 1) :]}"
    return visible(name)


def labels(names: Iterable[str]) -> dict[str, str]:
    """Return what each name is shown as; where two would look the same, the later is numbered."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        label = first = shown(name)
        number = 1
        while label in taken:
            number += 1
            label = f"{first} #{number}"
        taken.add(label)
        found[name] = label
    return found
