"""The documents: every command they show works, every link leads somewhere, every name in them exists."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import functions
import pictures
import pytest
import refresh

from execbench.lane.checks.catalogue import CHAOS, CONTRACT
from execbench.lane.status import Status
from execbench.records.doubts import Code
from tests.conftest import Command

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [(document.name, example) for document in DOCUMENTS for example in refresh.examples(document.read_text())]
SWEEPS = ("metg", "break-even")
LESS_TIME = {
    "advise": ("--budget", "12", "--only", "threads"),
    "run": ("--launches", "1", "--min-rounds", "1", "--max-time", "0.01"),
    "metg": ("--launches", "2", "--max-time", "0.01", "-b", "threads"),
    "break-even": ("--launches", "2", "--max-time", "0.01", "-b", "threads"),
}


def _examples() -> list[Any]:
    """Return the commands as parameters; sweeps, and advice but for the README's, take their time."""
    return [
        pytest.param(name, example, marks=pytest.mark.slow if _is_slow(name, example) else [], id=words)
        for name, example in EXAMPLES
        for words in [f"{name}: {example.command}"]
    ]


def _is_slow(document: str, example: refresh.Example) -> bool:
    command = example.command.split()[1]
    return command in SWEEPS or (command == "advise" and document != "README.md")


@pytest.mark.parametrize(("document", "example"), _examples())
def test_command_works(execbench: Command, tmp_path: Path, document: str, example: refresh.Example) -> None:
    """A command that a document shows works as it stands; races and sweeps are given less time."""
    if "--size 20" in example.command:
        pytest.skip("minutes long: refreshing the documents runs it")
    refresh.save(example, tmp_path)
    program, *arguments = shlex.split(example.command)
    if program == "execbench":
        finished = execbench(*arguments, *LESS_TIME.get(arguments[0], ()), cwd=tmp_path, timeout=600)
    else:
        finished = subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """A relative link names a file that exists."""
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
        assert (document.parent / link).exists(), link


def test_every_status_and_doubt_is_documented() -> None:
    """The page on the artifact explains every status and every doubt."""
    page = (ROOT / "docs" / "artifact.md").read_text()
    for name in [*get_args(Code), *get_args(Status)]:
        assert f"`{name}`" in page, name


@pytest.mark.parametrize(
    ("document", "folder"),
    [("README.md", "backends"), ("README.md", "workloads"), ("docs/backends.md", "backends")],
)
def test_catalogue_names_what_exists(document: str, folder: str) -> None:
    """The catalogue of a document lists every backend or workload."""
    text = (ROOT / document).read_text()
    for file in (ROOT / folder).glob("[!_]*.py"):
        assert f"`{file.stem}`" in text, file.stem


def test_conformance_matrix_is_whole() -> None:
    """The page on the conformance kit explains, and shows of every backend, each check and each probe."""
    page = (ROOT / "docs" / "conformance.md").read_text()
    for name in [*CONTRACT, *CHAOS]:
        assert page.count(f"`{name}`") >= 2, name
    for file in (ROOT / "backends").glob("[!_]*.py"):
        assert file.stem == "interpreters" or f"`{file.stem}` |" in page, file.stem


def test_table_of_functions_is_whole() -> None:
    """The page on functions has a row for each function in the list: at least 40, of at least 20 libraries."""
    listed = functions.listed()
    shown = re.findall(r"^\| `([\w.:]+)` \|", functions.PAGE.read_text(), re.MULTILINE)
    assert shown == [function.name for function in listed]
    from_libraries = [function for function in listed if function.library]
    assert len(from_libraries) >= 40
    assert len({function.library for function in from_libraries}) >= 20


def test_no_listed_function_is_accused() -> None:
    """Where a function of the table was not right, its results could not be sent: it raised, or hung, as with mpire."""
    page = functions.PAGE.read_text()
    notes = re.findall(r"^\d+\. (\w+): ", page, re.MULTILINE)
    assert set(notes) <= {"raised", "hung"}
    assert {row.split("`")[1] for row in page.splitlines() if "| note " in row} == {"with_cryptography.py:described"}


def test_libraries_of_functions_are_required() -> None:
    """Each library of the listed functions is in the requirements of the program that races them."""
    required = re.findall(r"^[\w-]+", (functions.FOLDER / "requirements.txt").read_text(), re.MULTILINE)
    assert {function.library for function in functions.listed() if function.library} <= set(required)


def test_functions_are_raced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that writes the table of functions shows what each returned, and on which backend."""
    monkeypatch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))  # which the program extends
    logarithm = next(function for function in functions.listed() if function.name == "math:log")
    logarithm.race(tmp_path / "math.log.json", "-b", "threads")
    outcomes = functions.raced([logarithm], tmp_path)
    heading, _, row = functions.table(outcomes).splitlines()[:3]
    assert heading == "| function | library | tasks | results | `serial` | `threads` |"
    assert row == "| `math:log` | standard library | `plain.py:numbers` | float | right | right |"


def test_refreshing_puts_in_what_is_printed() -> None:
    """An output is replaced by the new one, and all other text stays."""
    text = "Before\n```console\n$ execbench --version\nold\n```\nAfter ```sh\nx```\n"
    new = refresh.refreshed(text, lambda example: f"ran {example.command}\n")
    assert new == text.replace("old", "ran execbench --version")


def test_pictures_are_drawn(execbench: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that draws the documents' pictures draws all that they show, from what the commands write."""
    run, sweep = tmp_path / "run.json", tmp_path / "metg.json"
    little = ("-b", "threads", "--launches", "2", "--max-time", "0.01")
    assert execbench("run", "-w", "spin", *little, "--size", "20", "--trace", "--json", run).returncode == 0
    assert execbench("metg", *little, "--json", sweep).returncode == 0
    monkeypatch.setattr(pictures, "FOLDER", tmp_path / "pictures")
    monkeypatch.setattr(sys, "argv", ["pictures.py", str(run), str(run), str(sweep)])
    pictures.main()
    drawn = {path.name for path in (tmp_path / "pictures").iterdir()}
    shown = {name for document in DOCUMENTS for name in re.findall(r"pictures/([\w.]+\.svg)\)", document.read_text())}
    assert drawn == shown
