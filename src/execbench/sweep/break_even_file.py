"""What `execbench break-even` found, as a file for programs: docs/metg.md explains every field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from execbench import environment
from execbench.crossing import End
from execbench.sweep.break_even import BreakEven, Found, Plan

SCHEMA = 1


def as_json(grain: str, plan: Plan, entries: Sequence[BreakEven], command: Sequence[str]) -> dict[str, Any]:
    """Return what the file holds."""
    return {
        "execbench-break-even": SCHEMA,
        "datetime": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": list(command),
        "environment": environment.describe(),
        "grain": grain,
        "max_workers": plan.setting.workers,
        "fixed": asdict(plan.fixed),
        "backends": [
            {"name": entry.backend, "failure": entry.failure, "found": [_found(each) for each in entry.found]}
            for entry in entries
        ],
    }


def _found(found: Found) -> dict[str, Any]:
    return {
        "axis": found.axis,
        "startup_counted": found.whole,
        "estimate": found.estimate,
        "below": _end(found.bracket.below),
        "above": _end(found.bracket.above),
        "launches": found.launches,
        "spots": [
            {
                "launch": spot.launch,
                "tasks": spot.load.size,
                "grain": spot.load.grain,
                "seconds": list(spot.seconds),
                "serial_seconds": list(spot.yardstick),
            }
            for spot in found.spots
        ],
    }


def _end(end: End | None) -> dict[str, Any] | None:
    return None if end is None else {"place": end.place, "speedup": asdict(end.measured)}
