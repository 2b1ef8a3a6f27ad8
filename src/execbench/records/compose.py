"""From the records of a run to its artifact.

pytest-benchmark computes its own statistics and describes the machine and the commit; our fields stand beside them.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from execbench import environment, files
from execbench.environment import Environment
from execbench.errors import BadInput
from execbench.records.artifact import RunInfo
from execbench.records.diagnosis import Diagnosis
from execbench.records.record import Record
from execbench.settings import Calls


@dataclass(frozen=True)
class Run:
    """The records of one invocation, and how it was invoked."""

    records: Sequence[Record]
    """Of the selected trials, including failed ones."""
    command: Sequence[str]
    seed: int
    calls: Calls = "many"
    baselines: Sequence[Record] = ()
    """Serial trials that were raced but not selected."""
    controls: Sequence[Record] = ()
    """Trials that races added."""
    environment: Environment = field(default_factory=environment.describe)
    doctor: Diagnosis | UnsetType = UNSET

    def info(self, fullnames: Mapping[str, str]) -> dict[str, Any]:
        """Return the artifact's top-level object `execbench`; `fullnames` maps trials to their pytest node ids."""

        def with_fullname(record: Record) -> Record:
            return msgspec.structs.replace(record, fullname=fullnames.get(record.name, record.name))

        info = RunInfo(
            seed=self.seed,
            command=list(self.command),
            environment=self.environment,
            calls=self.calls,
            doctor=self.doctor,
            failed=[with_fullname(record) for record in self.records if not record.ok],
            baselines=[with_fullname(record) for record in self.baselines],
            controls=[with_fullname(record) for record in self.controls],
        )
        content: dict[str, Any] = msgspec.to_builtins(info)
        return content


def params(record: Record) -> dict[str, str]:
    """Return a trial's parameters as pytest-benchmark keeps them: plain strings."""
    return {"workload": record.group, "backend": record.backend_title, "max_workers": str(record.max_workers)}


def compose(run: Run) -> dict[str, Any]:
    """Return the whole artifact of a run that pytest did not drive."""
    from pytest_benchmark import __version__, utils  # noqa: PLC0415 -- slow, and not needed for reading

    return {
        "machine_info": {**environment.machine(), "cpu": environment.cpu()},
        "commit_info": utils.get_commit_info(),
        "benchmarks": [_benchmark(record) for record in run.records if record.ok],
        "datetime": datetime.now(UTC).isoformat(),
        "version": __version__,
        "execbench": run.info({}),
    }


def _benchmark(record: Record) -> dict[str, Any]:
    from pytest_benchmark.stats import Stats as Statistics  # noqa: PLC0415 -- as above

    statistics = Statistics()
    for seconds in record.samples.seconds:
        statistics.update(seconds)
    return {
        "group": record.group,
        "name": record.name,
        "fullname": record.name,
        "params": params(record),
        "param": record.name,
        "extra_info": {"execbench": msgspec.to_builtins(record)},
        "options": {},
        "stats": {**statistics.as_dict(), "data": list(record.samples.seconds), "iterations": 1},
    }


def encode(content: Mapping[str, Any]) -> bytes:
    """Return content as JSON; ValueError for NaN and infinities, which JSON does not have."""
    return json.dumps(content, indent=1, allow_nan=False).encode()


def storage() -> Path:
    """Return the folder where pytest-benchmark keeps its artifacts."""
    from pytest_benchmark.utils import get_machine_id  # noqa: PLC0415 -- as above

    return Path(".benchmarks", get_machine_id())


def check_storage() -> None:
    """Raise BadInput if nothing can be written to the storage folder, which is made if need be."""
    folder = storage()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"the storage folder {folder} cannot be created: {error.strerror}") from error
    files.check_writable(folder / "artifact.json", "artifact")


def save_in_storage(content: bytes) -> Path:
    """Write an artifact under the next free number, named as pytest-benchmark's autosave would name it.

    Two runs that end at once get different numbers: the name is chosen only now, and no other file can have it.
    """
    from pytest_benchmark.utils import get_tag  # noqa: PLC0415 -- as above

    folder = storage()
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        number = max(_numbers(folder), default=0) + 1
        path = folder / f"{number:04}_{get_tag()}.json"
        with suppress(FileExistsError):
            files.create(path, content)
            if _numbers(folder).count(number) == 1:
                return path
            path.unlink()  # another run took the number, with another time in the name


def _numbers(folder: Path) -> list[int]:
    starts = (file.name.partition("_")[0] for file in folder.glob("[0-9]*_*.json"))
    return [int(start) for start in starts if start.isdecimal()]
