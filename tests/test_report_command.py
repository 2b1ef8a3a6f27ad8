"""`execbench report` and `--report`: the files, their formats, and bad input."""

from __future__ import annotations

import csv
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import pytest

from execbench.errors import BadInput
from execbench.report import write
from execbench.report.escape import labels
from execbench.report.repeat import repeat_race, repeat_run

Command = Callable[..., CompletedProcess[str]]

LITTLE = ("-b", "pool", "--launches", "2", "--max-time", "0.01", "--size", "20")


@pytest.fixture(scope="module")
def run(execbench: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the artifact of a short race, with its report beside it."""
    folder = tmp_path_factory.mktemp("run")
    options = ("-w", "spin", "-w", "wait", *LITTLE, "--json", folder / "run.json", "--report", folder / "run.html")
    finished = execbench("run", *options)
    assert finished.returncode == 0, finished.stderr
    return folder / "run.json"


def test_run_writes_the_report(run: Path) -> None:
    """`execbench run --report` writes a complete HTML file at the end."""
    text = run.with_suffix(".html").read_text()
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert len(text) < 3_000_000


def test_report_of_an_artifact(run: Path, execbench: Command, tmp_path: Path) -> None:
    """`execbench report RUN` writes `report.html` and says so."""
    finished = execbench("report", run, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == "The report is report.html\n"
    assert (tmp_path / "report.html").read_text() == run.with_suffix(".html").read_text()


def test_markdown_with_charts(run: Path, execbench: Command, tmp_path: Path) -> None:
    """Markdown in a file shows its charts, which are SVG files beside it."""
    assert execbench("report", run, "-o", tmp_path / "my summary.md").returncode == 0
    text = (tmp_path / "my summary.md").read_text()
    charts = sorted((tmp_path / "my summary-charts").iterdir())
    assert len(charts) == 1 + 2 * 2
    for chart in charts:
        assert ElementTree.fromstring(chart.read_text()).tag == "{http://www.w3.org/2000/svg}svg"
        assert f"](my%20summary-charts/{chart.name})" in text


def test_markdown_for_a_job_summary(run: Path, execbench: Command) -> None:
    """Markdown on standard output is self-contained: verdicts, a table for each race, no pictures."""
    text = execbench("report", run, "--format", "markdown").stdout
    assert text.startswith("# execbench report\n")
    assert text.count("<details>") == text.count("</details>") == 6
    assert "| `pool/w2/n20` |" in text
    assert "![" not in text


@pytest.mark.parametrize(
    ("form", "holds"), [("html", "<h1><bdi>execbench comparison</bdi></h1>"), ("md", "-change.svg)")]
)
def test_two_artifacts(run: Path, execbench: Command, tmp_path: Path, form: str, holds: str) -> None:
    """`execbench report OLD NEW` writes a comparison."""
    finished = execbench("report", run, run, "-o", f"change.{form}", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    text = (tmp_path / f"change.{form}").read_text()
    assert holds in text
    assert "spin/pool/w2" in text


def test_csv(run: Path, execbench: Command) -> None:
    """CSV has a row for each trial, with plain numbers."""
    lines = list(csv.DictReader(execbench("report", run, "--format", "csv").stdout.splitlines()))
    assert {line["name"] for line in lines} >= {"spin/pool/w2/n20", "wait/serial/w1/n20"}
    assert all(float(line["median_seconds"]) > 0 and line["status"] == "ok" for line in lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("report", "none.json", "-o", "/nowhere/a.html"), "the report /nowhere/a.html cannot be written"),
        (("report", "none.json", "-o", "/tmp"), "is a folder: give the report a file name"),
        (("report", "none.json"), "none.json: No such file or directory"),
        (("run", "-w", "spin", "--report", "/nowhere/a.html"), "the report /nowhere/a.html cannot be written"),
    ],
)
def test_bad_paths(execbench: Command, arguments: tuple[str, ...], message: str) -> None:
    """A path that cannot be written is refused before anything is read or raced."""
    finished = execbench(*arguments)
    assert finished.returncode == 2
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr


def test_missing_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If the chart libraries are missing, the message gives the command that installs them; CSV needs none."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(BadInput, match=r"needs jinja2: python -m pip install 'execbench\[report\]'"):
        write.check(tmp_path / "a.html", "html")
    write.check(tmp_path / "a.csv", "csv")


@pytest.mark.parametrize(
    ("command", "group", "repeats"),
    [
        ("execbench run -w cube -w spin --json a.json", "cube", "execbench run --workload cube --seed 7"),
        ("execbench run --resume", "cube", "execbench run --workload cube --seed 7"),
        ("execbench run -wcube --workload=spin --seed 3", "spin", "execbench run --seed 3 --workload spin"),
        ("execbench run -w a/jobs.py -w spin", "jobs", "execbench run --workload a/jobs.py --seed 7"),
        ("execbench run -w 'my jobs.py' -w b", "my jobs", "execbench run --workload 'my jobs.py' --seed 7"),
        ("execbench run -w a/x.py -w b/x.py", "x", "execbench run --workload a/x.py --workload b/x.py --seed 7"),
        ("execbench run -w", "x", "execbench run -w --seed 7"),
        ("pytest -k pool", "c[a=1]", "pytest -k pool --workload 'c[a=1]' --race-seed 7"),
    ],
)  # fmt: skip
def test_repeating_a_race(command: str, group: str, repeats: str) -> None:
    """The command of a race is the run's own, for that workload alone, with the seed that was drawn."""
    assert repeat_race(shlex.split(command), 7, group) == repeats


def test_repeating_a_run() -> None:
    """The command that repeats a run is its own, with the seed that was drawn."""
    assert repeat_run(["execbench", "run", "--json", "a b.json"], 7) == "execbench run --json 'a b.json' --seed 7"


def test_labels_differ() -> None:
    """Names that look the same once shortened are numbered."""
    shown = labels(["a" * 100, "a" * 101, "b"])
    assert len(set(shown.values())) == 3
    assert shown["a" * 101] == f"{shown['a' * 100]} #2"
