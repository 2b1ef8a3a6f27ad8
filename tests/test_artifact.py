"""The artifact: its content, its schema, and how it is read and written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import schemas
from pytest_benchmark import plugin

from execbench import files
from execbench.errors import BadInput
from execbench.records import artifact, compose
from execbench.records.record import Record
from tests.conftest import Command

RUN = (
    "run",
    "-w",
    "cube",
    "-b",
    "threads",
    "-b",
    "pool[start_method=spawn]",
    "--launches",
    "2",
    "--max-workers",
    "2",
)


@pytest.fixture(scope="module")
def written(execbench: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the artifact of a short run."""
    path = tmp_path_factory.mktemp("artifact") / "artifact.json"
    finished = execbench(*RUN, "--max-time", "0.1", "--seed", "7", "--json", path)
    assert finished.returncode == 0, finished.stderr
    return path


def _content(path: Path) -> dict[str, Any]:
    """Return an artifact's JSON, once our reader has accepted it."""
    artifact.read(path)
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def test_machine_is_described_as_pytest_benchmark_does() -> None:
    """An artifact describes the machine with the facts and the words of pytest-benchmark."""
    theirs = plugin.pytest_benchmark_generate_machine_info()
    ours = json.loads(compose.encode(compose.compose(compose.Run([], [], 0))))["machine_info"]
    assert {name: value for name, value in ours.items() if name != "cpu"} == json.loads(
        json.dumps({name: value for name, value in theirs.items() if name != "cpu"})
    )
    assert ours["cpu"]["brand_raw"] == theirs["cpu"]["brand_raw"]


def test_contract(written: Path) -> None:
    """Every entry has pytest-benchmark's fields, and our record under extra_info."""
    content = _content(written)
    entry = next(entry for entry in content["benchmarks"] if "spawn" in entry["name"])
    assert entry["name"] == "cube/pool[start_method=spawn]/w2"
    assert entry["group"] == "cube"
    assert entry["params"] == {"workload": "cube", "backend": "pool[start_method=spawn]", "max_workers": "2"}
    record = entry["extra_info"]["execbench"]
    assert record["backend_options"] == {"call": "map", "start_method": "spawn"}
    assert record["chunksize"] == {"requested": "fair", "used": 625}
    assert record["samples"]["seconds"] == entry["stats"]["data"]
    assert len(record["startup_seconds"]) == record["launches"]
    assert record["speedup"]["low"] <= record["speedup"]["estimate"] <= record["speedup"]["high"]
    assert record["status"] == "ok"
    serial = next(entry for entry in content["benchmarks"] if "serial" in entry["name"])
    assert serial["extra_info"]["execbench"]["speedup"] is None


def test_run_is_described(written: Path) -> None:
    """The artifact holds the run's seed, command and environment."""
    run = _content(written)["execbench"]
    assert run["schema"] == artifact.SCHEMA
    assert run["seed"] == 7
    assert run["command"][:2] == ["execbench", "run"]
    assert run["environment"]["usable_cpus"] >= 1
    assert "numpy" in run["environment"]["packages"]


def test_sent_and_returned_bytes(written: Path) -> None:
    """The pickled sizes include all tasks and all results."""
    for record in artifact.read(written).records:
        assert (record.task_bytes or 0) > 5000
        assert (record.result_bytes or 0) > (record.task_bytes or 0)


def test_pytest_benchmark_compares_it(written: Path) -> None:
    """`pytest-benchmark compare` opens two of our artifacts and compares them by name."""
    again = shutil.copy(written, written.with_name("again.json"))
    command = [sys.executable, "-m", "pytest_benchmark", "compare", str(written), str(again), "--columns=median"]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert finished.stdout.count("cube/serial/w1") == 2


def test_records_survive_a_round_trip(written: Path) -> None:
    """A record is unchanged after it is written and read."""
    for record in artifact.read(written).records:
        assert msgspec.json.decode(msgspec.json.encode(record), type=Record) == record


def test_schema_is_generated() -> None:
    """The schemas that ship are the ones generated from the types."""
    for name, schema in schemas.schemas().items():
        assert json.loads((schemas.FOLDER / name).read_text()) == json.loads(json.dumps(schema)), (
            f"run {schemas.__file__}"
        )


def test_artifact_validates_against_schema(written: Path) -> None:
    """An artifact validates against the schema that ships; with a wrong field it does not."""
    validator = jsonschema.Draft202012Validator(json.loads((schemas.FOLDER / "artifact.schema.json").read_text()))
    content = _content(written)
    assert validator.is_valid(content)
    content["benchmarks"][0]["extra_info"]["execbench"]["samples"]["seconds"][0] = 0
    assert not validator.is_valid(content)


def test_artifact_goes_to_pytest_benchmarks_storage_by_default(execbench: Command, tmp_path: Path) -> None:
    """Without --json the artifact gets the next number in `.benchmarks/`, where pytest-benchmark finds it."""
    command = ("run", "-w", "noop", "-b", "threads", "--launches", "1", "--max-time", "0.01")
    for _ in range(2):
        assert execbench(*command, cwd=tmp_path).returncode == 0
    names = sorted(file.name[:5] for file in (tmp_path / ".benchmarks").glob("*/*.json"))
    assert names == ["0001_", "0002_"]
    listed = [sys.executable, "-m", "pytest_benchmark", "list"]
    assert subprocess.run(listed, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.count(".json") == 2


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("execbench", "schema"), 99, "its schema is 99"),
        (("benchmarks", 0, "extra_info", "execbench", "status"), "fine", r"execbench\.status"),
        (("benchmarks", 0, "stats", "data", 0), -1.0, r"stats\.data\[0\]"),
        (("benchmarks",), {}, "benchmarks"),
    ],
)
def test_invalid_field_is_named(
    written: Path, tmp_path: Path, place: tuple[Any, ...], value: Any, message: str
) -> None:
    """The message about an invalid artifact names the file and the field."""
    content = json.loads(written.read_text())
    parent = content
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1]] = value
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(content))
    with pytest.raises(BadInput, match=rf"bad\.json.*{message}"):
        artifact.read(bad)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": 1}'])
def test_other_content_is_refused(tmp_path: Path, text: str) -> None:
    """The message about any other content names the file."""
    bad = tmp_path / "bad.json"
    bad.write_text(text)
    with pytest.raises(BadInput, match=r"bad\.json"):
        artifact.read(bad)


def test_write_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """If writing fails, the existing file is unchanged and no partial file is left beside it."""
    path = tmp_path / "artifact.json"
    path.write_text("before")
    with pytest.raises(ValueError, match="Out of range float"):
        files.write(path, compose.encode({"not": float("nan")}))
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_artifact_is_rescued(execbench: Command, tmp_path: Path, broken: Path) -> None:
    """If the artifact's folder is gone after the race, the artifact is saved elsewhere and the message says where."""
    folder = tmp_path / "folder"
    folder.mkdir()
    plugin = tmp_path / "removes_folder.py"
    plugin.write_text(
        "import shutil\nfrom execbench import Workload\n"
        f"def fn(task):\n    shutil.rmtree({str(folder)!r}, True)\n    return task\n"
        "workload = Workload(fn=fn, tasks=range, size=2)\n"
    )
    command = ("run", "-w", plugin, "-b", "threads", "--launches", "1", "--max-time", "0.01")
    finished = execbench(*command, "--json", folder / "artifact.json")
    assert finished.returncode == 2
    rescued = Path(finished.stderr.split("the artifact is ")[1].split()[0])
    assert len(artifact.read(rescued).benchmarks) == 2
    rescued.unlink()
