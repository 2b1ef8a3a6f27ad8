"""The page of a METG sweep."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import Any

from execbench.report import metg as words
from execbench.report import metg_chart, units
from execbench.report.html.shell import Gallery, render
from execbench.report.names import shown
from execbench.sweep.metg import Swept
from execbench.sweep.storing import Sweep


@dataclass(frozen=True)
class _Row:
    cells: tuple[str, ...]
    value: float | str
    """What its METG is sorted by; nothing where there is none."""


def page(sweep: Sweep) -> str:
    """Return the whole file."""
    gallery = Gallery()
    curves = metg_chart.figure(sweep)
    entry = gallery.hang(curves) if curves else None
    return render(
        "metg.html.jinja",
        gallery,
        sweep=sweep,
        headline=f"METG of {shown(sweep.grain)}",
        heading=words.heading(shown(sweep.grain), sweep.workers),
        rule=words.rule(sweep.workers),
        headings=words.HEADINGS,
        rows=[_row(swept) for swept in sweep.swept],
        failures=[f"{shown(swept.backend)}: {swept.failure}" for swept in sweep.swept if swept.failure],
        doubts=words.doubts([replace(swept, backend=shown(swept.backend)) for swept in sweep.swept]),
        entry=entry,
        environment=_environment(sweep.environment),
        command=shlex.join(sweep.command),
    )


def _row(swept: Swept) -> _Row:
    name, *others = words.cells(swept)
    return _Row((shown(name), *others), swept.metg.estimate if swept.metg else "")


def _environment(described: Any) -> list[tuple[str, str]]:
    entries = {
        "usable CPUs": described.get("usable_cpus"),
        "memory": units.memory(described.get("memory_bytes")),
        "platform": described.get("platform"),
        "Python": described.get("python"),
        "execbench": described.get("execbench"),
    }
    return [(name, str(value)) for name, value in entries.items() if value not in (None, "-")]
