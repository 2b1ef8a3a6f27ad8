"""What a METG sweep found, as a file: written whole, and checked against its schema when it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from execbench import environment
from execbench.errors import BadInput
from execbench.sweep.lanes import Load
from execbench.sweep.metg import Swept
from execbench.sweep.pairing import Spot

SCHEMA = 1
_MARK = "execbench-metg"


@dataclass(frozen=True)
class Sweep:
    """All backends of a sweep, and where it was run."""

    grain: str
    workers: int
    swept: Sequence[Swept]
    command: Sequence[str]
    environment: Mapping[str, Any] = field(default_factory=environment.describe)
    datetime: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def as_json(self) -> dict[str, Any]:
        """Return what the file holds."""
        return {
            _MARK: SCHEMA,
            "datetime": self.datetime,
            "command": list(self.command),
            "environment": dict(self.environment),
            "grain": self.grain,
            "max_workers": self.workers,
            "backends": [_backend(entry) for entry in self.swept],
        }


def is_sweep(path: Path) -> bool:
    """Tell from its first letters whether a file is such a sweep, rather than an artifact."""
    try:
        with path.open("rb") as file:
            return f'"{_MARK}"'.encode() in file.read(64)
    except OSError:  # whoever reads it says so
        return False


def read(path: Path) -> Sweep:
    """Read and check a sweep.

    Raises:
        BadInput: it cannot be read or is none.
    """
    import jsonschema  # noqa: PLC0415 -- slow, and sweeping does without

    schema = json.loads(resources.files("execbench").joinpath("metg.schema.json").read_text(encoding="utf-8"))
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: not JSON: {error}") from error
    flaw = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(content))
    if flaw is not None:
        place = "/".join(map(str, flaw.absolute_path)) or "the whole document"
        raise BadInput(f"{path}: not what `execbench metg --json` writes: {place}: {flaw.message[:200]}")
    for entry in content["backends"]:
        if any(len(spot["seconds"]) != len(spot["ceiling_seconds"]) for spot in entry["spots"]):
            raise BadInput(f"{path}: a spot of {entry['name']!r} has not as many seconds as ceiling_seconds")
    workers = content["max_workers"]
    swept = [_swept(entry, workers) for entry in content["backends"]]
    return Sweep(content["grain"], workers, swept, content["command"], content["environment"], content["datetime"])


def _backend(entry: Swept) -> dict[str, Any]:
    return {
        "name": entry.backend,
        "launches": entry.launches,
        "planned": entry.planned,
        "failure": entry.failure,
        "metg": asdict(entry.metg) if entry.metg else None,
        "spots": [
            {
                "launch": spot.launch,
                "tasks": spot.load.size,
                "grain": spot.load.grain,
                "seconds": list(spot.seconds),
                "ceiling_seconds": list(spot.yardstick),
                "foreign_cpu": spot.foreign_cpu,
            }
            for spot in entry.spots
        ],
    }


def _swept(entry: Mapping[str, Any], workers: int) -> Swept:
    spots = [
        Spot(
            spot["launch"],
            Load(spot["tasks"], spot["grain"]),
            spot["seconds"],
            spot["ceiling_seconds"],
            spot["foreign_cpu"],
        )
        for spot in entry["spots"]
    ]
    return Swept(entry["name"], workers, spots, entry["launches"], entry["planned"], entry["failure"])
