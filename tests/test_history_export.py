"""What `execbench history export` writes, read by the tools that it is for, where they are installed.

`OTAVA_PYTHON` and `BENCHADAPT_PYTHON` name interpreters that have Apache Otava and benchadapt, whose own requirements
may not agree with ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_up import failed

from execbench.cli import main
from tests.test_history import artifact, refused, write_history

__all__ = ["refused"]

CHANGED_AT = 24
OTAVA = """\
import sys
from otava.importer import JsonImporter
from otava.series import AnalysisOptions
from otava.test_config import JsonTestConfig

series = JsonImporter().fetch_data(JsonTestConfig("sort", sys.argv[1], None))
found = series.analyze(AnalysisOptions())
print({name: [int(point.index) for point in points] for name, points in found.change_points.items()})
"""
BENCHADAPT = """\
import json, sys
from benchadapt import BenchmarkResult

for fields in json.load(open(sys.argv[1])):
    print(BenchmarkResult(**fields).to_publishable_dict()["run_name"])
"""


@pytest.fixture
def exported(tmp_path: Path) -> Callable[..., Path]:
    """Export a history of 30 commits, in which a trial became slower; the last run has a failed trial."""
    runs = [artifact(number, 0.5 if number < CHANGED_AT else 0.6) for number in range(29)]
    write_history(tmp_path / "history", [*runs, artifact(29, 0.6, more=[failed("sort/joblib/w2")])])

    def exported(form: str, *more: str) -> Path:
        path = tmp_path / "exported.json"
        assert (
            main(["history", "export", str(tmp_path / "history"), "--format", form, "--output", str(path), *more]) == 0
        )
        return path

    return exported


def read_by(program: str, variable: str, module: str, path: Path) -> str:
    """Return what a program that uses a tool prints of a file; skip the test without the tool."""
    python = os.environ.get(variable, sys.executable)
    if subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode:
        pytest.skip(f"{module} is not installed: {variable} may name an interpreter that has it")
    done = subprocess.run([python, "-c", program, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_otava_finds_the_change(exported: Callable[..., Path]) -> None:
    """Apache Otava reads all commits, and finds the change where we do."""
    path = exported("otava")
    rows = json.loads(path.read_text())
    assert [row["attributes"]["commit"] for row in rows] == [f"{number:012x}{0:028x}" for number in range(30)]
    found = read_by(OTAVA, "OTAVA_PYTHON", "otava", path)
    assert "'sort/pool/w2': [24]" in found


def test_conbench_reads_the_last_run(exported: Callable[..., Path]) -> None:
    """Conbench's adapter takes each result, failed ones included, with the commit and the project."""
    path = exported("conbench", "--repository", "https://github.com/o/r")
    results = json.loads(path.read_text())
    assert [("stats" in result, "error" in result) for result in results] == [(True, False)] * 2 + [(False, True)]
    said = read_by(BENCHADAPT, "BENCHADAPT_PYTHON", "benchadapt", path)
    assert said.splitlines() == [f"commit: {29:012x}{0:028x}"] * 3


def test_bencher_metric_format(exported: Callable[..., Path]) -> None:
    """Bencher's format is an object of benchmarks, of measures, of numbers, in nanoseconds for `latency`."""
    found: dict[str, Any] = json.loads(exported("bencher").read_text())
    assert set(found) == {"sort/serial/w1", "sort/pool/w2"}
    measures = found["sort/pool/w2"]
    assert set(measures) == {"speed", "latency", "peak-memory"}
    assert measures["speed"]["lower_value"] < measures["speed"]["value"] < measures["speed"]["upper_value"]
    assert measures["latency"]["value"] > 1e7


def test_github_action_benchmark(exported: Callable[..., Path]) -> None:
    """The format of `customBiggerIsBetter` is a list of names, units and numbers, with a range in words."""
    found = json.loads(exported("github-action-benchmark", "--commit", f"{3:012x}").read_text())
    pool = next(entry for entry in found if entry["name"] == "sort/pool/w2")
    assert pool["unit"] == "times as fast"
    assert pool["value"] == pytest.approx(2.0, rel=0.02)
    assert " to " in pool["range"]


def test_missing_wishes_are_refused(exported: Callable[..., Path], refused: Callable[..., str], tmp_path: Path) -> None:
    """A machine, a commit or a project's address that is missing is said."""
    exported("bencher")
    export = ["export", tmp_path / "history", "--format"]
    assert "no run was measured on the machine x" in refused(*export, "otava", "--machine", "x")
    assert "no run of the commit abc" in refused(*export, "bencher", "--commit", "abc")
    assert "give --repository" in refused(*export, "conbench")
