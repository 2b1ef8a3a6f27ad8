"""Generate the JSON Schemas that ship with the package, from the records' types: `python docs/schemas.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from execbench.advice.saved import SavedAdvice
from execbench.history.run import StoredRun
from execbench.records.artifact import Artifact
from execbench.sweep.results import BreakEvenRun, MetgRun

FOLDER = Path(__file__).parent.parent / "src" / "execbench"

KINDS: dict[str, tuple[type, str]] = {
    "artifact": (Artifact, "pytest-benchmark's JSON with execbench's records: docs/artifact.md explains every field."),
    "advice": (SavedAdvice, "What execbench advise --json writes: docs/advise.md explains it."),
    "history": (StoredRun, "A file of execbench history: docs/history.md explains every field."),
    "metg": (MetgRun, "What execbench metg --json writes: docs/metg.md explains it."),
    "break-even": (BreakEvenRun, "What execbench break-even --json writes: docs/metg.md explains it."),
}


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas, by file name."""
    return {
        f"{name}.schema.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"execbench {name}",
            "description": description,
            **_of_any_version(msgspec.json.schema(kind)),
        }
        for name, (kind, description) in KINDS.items()
    }


def _of_any_version(schema: Any) -> Any:
    """Return a schema without the names of a mapping's keys, which msgspec lists from 0.23 on."""
    if isinstance(schema, dict):
        return {key: _of_any_version(value) for key, value in schema.items() if key != "propertyNames"}
    return [_of_any_version(value) for value in schema] if isinstance(schema, list | tuple) else schema


def main() -> None:
    """Write all schemas."""
    for name, schema in schemas().items():
        (FOLDER / name).write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
