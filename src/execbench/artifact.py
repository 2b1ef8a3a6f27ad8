"""The artifact of a run: pytest-benchmark's own JSON, with execbench's records in it.

pytest-benchmark computes its own statistics and describes the machine and the commit; this module adds what the
contract asks for, checks it against the schema that ships with the package, and reads it back.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from execbench import environment
from execbench.errors import BadInput
from execbench.record import Record

SCHEMA = 1


@dataclass(frozen=True)
class Run:
    """One invocation's records, and how it was invoked."""

    records: Sequence[Record]
    """Of the selected trials, failed ones too."""
    command: Sequence[str]
    seed: int
    baselines: Sequence[Record] = ()
    """Serial trials that were raced but not selected."""
    environment: Mapping[str, Any] = field(default_factory=environment.describe)

    def as_json(self, fullnames: Mapping[str, str]) -> dict[str, Any]:
        """Return the artifact's top-level object `execbench`; `fullnames` gives each trial its pytest node id."""
        return {
            "schema": SCHEMA,
            "seed": self.seed,
            "command": list(self.command),
            "environment": dict(self.environment),
            "failed": [_with_names(record, fullnames) for record in self.records if not record.ok],
            "baselines": [_with_names(record, fullnames) for record in self.baselines],
        }


def _with_names(record: Record, fullnames: Mapping[str, str]) -> dict[str, Any]:
    return {"name": record.name, "fullname": fullnames.get(record.name, record.name), **record.as_json()}


def params(record: Record) -> dict[str, str]:
    """Return a trial's parameters as pytest-benchmark keeps them: plain strings."""
    return {
        "workload": record.group,
        "backend": record.title.partition("/w")[0],
        "max_workers": str(record.max_workers),
    }


def compose(run: Run) -> dict[str, Any]:
    """Return the whole artifact of a run that pytest did not drive."""
    from pytest_benchmark import __version__, plugin, utils  # noqa: PLC0415 -- slow, and reading does without

    return {
        "machine_info": plugin.pytest_benchmark_generate_machine_info(),
        "commit_info": utils.get_commit_info(),
        "benchmarks": [_benchmark(record) for record in run.records if record.ok],
        "datetime": datetime.now(UTC).isoformat(),
        "version": __version__,
        "execbench": run.as_json({}),
    }


def _benchmark(record: Record) -> dict[str, Any]:
    from pytest_benchmark.stats import Stats  # noqa: PLC0415 -- as above

    stats = Stats()
    for seconds in record.samples.seconds:
        stats.update(seconds)
    return {
        "group": record.group,
        "name": record.name,
        "fullname": record.name,
        "params": params(record),
        "param": record.name,
        "extra_info": {"execbench": record.as_json()},
        "options": {},
        "stats": {**stats.as_dict(), "data": list(record.samples.seconds), "iterations": 1},
    }


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of the artifact."""
    text = resources.files("execbench").joinpath("artifact.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def validate(content: object) -> None:
    """Check an artifact against the schema.

    Raises:
        BadInput: it is not one; the message names the field.
    """
    import jsonschema  # noqa: PLC0415 -- slow, and `execbench --help` does without

    # Without `format` and remote references, the validator only looks at the content: nothing is fetched.
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema()).iter_errors(content))
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path) or "the whole document"
        raise BadInput(f"not an execbench artifact: {place}: {error.message[:200]}")


def read(path: Path) -> dict[str, Any]:
    """Read and check an artifact.

    Raises:
        BadInput: it cannot be read or is not one.
    """
    try:
        content = json.loads(path.read_bytes(), parse_constant=_refuse, parse_float=_finite)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: not JSON: {error}") from error
    try:
        validate(content)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None
    checked: dict[str, Any] = content
    return checked


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:40]} is too large a number")
    return value


def records(content: Mapping[str, Any]) -> list[Record]:
    """Return all records of an artifact: the selected trials, the failed ones, and the baselines."""
    ok = [Record.from_json(entry["name"], entry["extra_info"]["execbench"]) for entry in content["benchmarks"]]
    others = [*content["execbench"]["failed"], *content["execbench"]["baselines"]]
    return ok + [Record.from_json(entry["name"], entry) for entry in others]


def check_writable(path: Path, what: str = "artifact") -> None:
    """Find out before a race, not after it, whether the artifact, or what else is made of it, can be written.

    Raises:
        BadInput: it cannot.
    """
    if path.is_dir():
        raise BadInput(f"{path} is a folder: give the {what} a file name")
    try:
        with tempfile.TemporaryFile(dir=path.parent) as probe:
            probe.write(b"{}")
            probe.flush()
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise BadInput(f"the {what} {path} cannot be written: {error.strerror}") from error


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write an artifact whole or not at all: a reader never meets half of one.

    Raises:
        OSError: it cannot be written; what stood there before still stands.
    """
    write_text(path, json.dumps(content, indent=1, allow_nan=False))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: it cannot be written; what stood there before still stands.
    """
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def next_in_storage() -> Path:
    """Return the next free file of pytest-benchmark's storage folder, named as its autosave would name it."""
    from pytest_benchmark.utils import get_machine_id, get_tag  # noqa: PLC0415 -- as above

    folder = Path(".benchmarks") / get_machine_id()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"the storage folder {folder} cannot be made: {error.strerror}") from error
    taken = [int(file.name[:4]) for file in folder.glob("[0-9][0-9][0-9][0-9]_*.json")]
    return Path(folder, f"{max(taken, default=0) + 1:04}_{get_tag()}.json")


def rescue(content: Mapping[str, Any]) -> Path:
    """Write an artifact that found no room where it was meant to go into the temporary folder, and say where.

    Raises:
        OSError: there is no room either.
    """
    handle, name = tempfile.mkstemp(prefix="execbench-rescued-", suffix=".json")
    os.close(handle)
    try:
        write(Path(name), content)
    except OSError:
        os.unlink(name)
        raise
    return Path(name)
