"""The functions for Python programs and notebooks: `execbench.race`, `check` and `compare`."""

from __future__ import annotations

import ast
import csv
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
import reference

import execbench
from execbench import BadInput, Race, Workload, check, compare, race
from execbench.plugins.describe import describe_catalogue
from execbench.supervisor.lane import Nursery

QUICK: dict[str, Any] = {"launches": 1, "max_time": 0.01, "max_workers": 2}
OF_MAIN = "a function of a notebook, a script or a closure"
ADVICE = "move the function to a module, or use joblib, loky or dask, which send it by value"

EMPTY_NOTEBOOK = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}}
EMPTY_CELL: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}

POINTS = """
import execbench

class Point:
    def __init__(self, x):
        self.x = x

def move(point):
    return Point(point.x + 1)

found = execbench.race(move, [Point(x) for x in range(4)], BACKENDS, launches=1, max_time=0.01, max_workers=2)
"""
"""A function of the main module, whose tasks and results are of a class of it."""


class Scale:
    """An object with a method to race."""

    def __init__(self, factor: int) -> None:
        self.factor = factor

    def times(self, number: int) -> int:
        """Multiply."""
        return self.factor * number


class Negate:
    """An object that is called like a function."""

    def __call__(self, number: int) -> int:
        """Negate."""
        return -number


def double(number: int) -> int:
    """Multiply by two."""
    return 2 * number


@pytest.fixture(scope="module")
def found() -> Race:
    """A race of a function of this test module, which no other process can import."""
    return race(double, range(6), backends=["threads", "pool"], **{**QUICK, "launches": 2})


def test_function_of_a_test_module(found: Race) -> None:
    """A function of a test module is raced on backends that share its memory, and on others."""
    assert {record.name for record in found.records} == {"double/serial/w1", "double/threads/w2", "double/pool/w2"}
    assert not found.failed


def test_fastest_is_what_the_verdict_advises(found: Race) -> None:
    """`fastest` is the trial that the verdict names: the loop, for so small a function."""
    assert found.verdict.startswith("Stay serial")
    assert found.fastest is not None
    assert found.fastest.backend == "serial"


def test_table_has_the_columns_of_the_csv(found: Race, tmp_path: Path) -> None:
    """`table` has a row for each trial, with the columns of the report as CSV."""
    found.report(tmp_path / "race.csv")
    rows = list(csv.DictReader((tmp_path / "race.csv").read_text(encoding="utf-8").splitlines()))
    assert [list(row) for row in found.table] == [list(row) for row in rows]
    assert {str(row["name"]) for row in found.table} == {row["name"] for row in rows}


def test_printed_as_text(found: Race) -> None:
    """A race is printed as the command line prints it."""
    assert found.verdict in " ".join(str(found).split())
    assert "double: 6 tasks, 3 trials" in str(found)
    assert repr(found) == str(found)


def test_shown_by_a_notebook(found: Race) -> None:
    """A notebook gets the table and a chart as HTML without scripts, or the table as Markdown."""
    html = found._repr_html_()
    assert html is not None
    assert "<table" in html
    assert "<svg" in html
    assert "<script" not in html
    assert "| `threads/w2` |" in found._repr_markdown_()


def test_saved_race_is_an_artifact(found: Race, tmp_path: Path) -> None:
    """What `save` writes is what `to_json` returns, and can be compared with the race."""
    found.save(tmp_path / "race.json")
    assert json.loads((tmp_path / "race.json").read_text()) == json.loads(found.to_json())
    compared = found.compare(tmp_path / "race.json")
    assert compared.method == "across_runs"
    assert [trial.verdict for trial in compared.trials] == ["unclear"] * 3
    assert "3 unclear" in str(compared)
    assert str(compare(found, tmp_path / "race.json")) == str(compared)


def test_callables_as_backends() -> None:
    """Backends may be callables, also those of this program."""
    found = race(double, range(4), backends=[ThreadPoolExecutor, lambda count: ThreadPoolExecutor(count + 1)], **QUICK)
    assert {record.backend for record in found.records} == {"serial", "ThreadPoolExecutor", "lambda"}
    assert not found.failed


@pytest.mark.parametrize(
    ("fn", "name"),
    [(lambda number: number + 1, "lambda"), (partial(pow, 2), "pow"), (Scale(3).times, "times"), (Negate(), "Negate")],
    ids=["lambda", "partial", "method", "object"],
)
def test_any_callable(fn: Any, name: str) -> None:
    """Lambdas, partials, methods and callable objects are raced by value."""
    found = race(fn, [1, 2, 3], backends=["joblib"], **QUICK)
    assert {record.workload for record in found.records} == {name}
    assert not found.failed


def test_backends_that_do_not_work_here() -> None:
    """Without names, all backends race that work here; the race says which do not, and why."""
    found = race(double, range(2), **QUICK)
    with Nursery() as nursery:
        known = describe_catalogue(nursery, "backend")
    assert {record.backend for record in found.records} == {entry.plugin.name for entry in known if entry.works}
    missing = [f"the backend {entry.plugin.name}: {entry.unavailable}" for entry in known if not entry.works]
    assert sorted(found.left_out) == sorted(missing)


def test_star() -> None:
    """`star` calls the function with the parts of a task."""
    found = race(lambda one, other: one * other, [(1, 2), (3, 4)], backends=["threads"], star=True, **QUICK)
    assert not found.failed


def test_workload_with_other_tasks() -> None:
    """A workload is raced with its own tasks, or with those that are given."""
    workload = Workload(fn=double, tasks=range, size=3)
    assert race(workload, backends=["threads"], **QUICK).records[0].size == 3
    found = race(workload, [7, 8, 9, 10], backends=["threads"], **QUICK)
    assert [record.size for record in found.records] == [4, 4]
    assert not found.failed


def test_backend_that_cannot_send_a_lambda() -> None:
    """Where a backend cannot send a function, its trial alone fails, with the advice that helps."""
    found = race(lambda number: number, range(4), backends=["pool", "threads"], **QUICK)
    assert [(record.backend, record.status) for record in found.failed] == [("pool", "raised")]
    assert found.failed[0].reason is not None
    assert found.failed[0].reason.startswith(f"this backend cannot send {OF_MAIN}: {ADVICE}")


def _program(*backends: str) -> str:
    return POINTS.replace("BACKENDS", f"backends={list(backends)}")


@pytest.mark.skipif(sys.platform != "linux", reason="pools fork by default")
@pytest.mark.parametrize("how", ["-c", "-", "-i"])
def test_function_of_the_main_module(how: str, tmp_path: Path) -> None:
    """`python -c`, `python -` and the prompt race what is defined in them, also on workers that are forked."""
    program = _program("process_pool") + "print([record.title for record in found.records if record.ok])\n"
    command, typed = (["-c", program], "") if how == "-c" else ([how], program)
    finished = _python(tmp_path, command, typed)
    assert set(ast.literal_eval(finished.stdout)) == {"serial/w1", "process_pool/w2"}, finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="pools fork by default")
def test_script_without_a_guard(tmp_path: Path) -> None:
    """A script races its own function; of several backends, only that whose workers cannot import it fails."""
    lost = "pool[start_method=spawn]"
    program = _program("pool[start_method=fork]", "joblib", lost)
    (tmp_path / "script.py").write_text(f"{program}print({{record.title: record.reason for record in found.records}})")
    reasons = ast.literal_eval(_python(tmp_path, ["script.py"]).stdout)
    assert reasons.pop(f"{lost}/w2").startswith(f"a worker that was not forked cannot import {OF_MAIN}: {ADVICE}")
    assert reasons == {"serial/w1": None, "pool[start_method=fork]/w2": None, "joblib/w2": None}


def _python(folder: Path, arguments: list[str], typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], input=typed, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def test_notebook(tmp_path: Path) -> None:
    """A notebook's cell races its own function, and shows a table and a chart without a word on standard error."""
    cells = [*_program("threads", "process_pool").strip().rsplit("\n", 1), "found"]
    notebook = nbformat.from_dict({**EMPTY_NOTEBOOK, "cells": [{**EMPTY_CELL, "source": cell} for cell in cells]})  # type: ignore[no-untyped-call]
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    *_, raced, shown = (cell.outputs for cell in notebook.cells)
    assert [output.data["text/plain"] for output in raced] == [""]  # the progress, which is cleared
    assert "<svg" in shown[0].data["text/html"]
    assert "process_pool/w2" in shown[0].data["text/plain"]
    assert "failed" not in shown[0].data["text/plain"]


def test_check() -> None:
    """`check` returns what `execbench check` prints."""
    found = check("serial")
    assert not found.failed
    assert set(found.by_backend["serial"].contract.values()) > {"pass"}
    assert "checks of the contract passed" in str(found)


BAD: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
    ((3, [1]), {}, "3 is neither a function nor a workload"),
    ((double,), {}, "give the tasks"),
    ((double, []), {}, "there are no tasks"),
    ((double, 3), {}, "int is not a list"),
    ((double, iter(int, 1)), {}, "endless"),
    ((lambda: 0, [1]), {}, "star=True"),
    ((double, [1]), {"backends": ["thraeds"]}, "Did you mean 'threads'"),
    ((double, [1]), {"max_tim": 3}, "unexpected keyword argument 'max_tim'"),
    ((lambda _: sys.stdout, [sys.stdout]), {}, "cannot be sent to another process"),
    (("jobs.py:fn", [1]), {}, "give the tasks as for --tasks, too"),
    ((double, [1]), {"launches": 0}, "launches=0: give a number above 0"),
    ((double, [1]), {"check": "some"}, "check='some': give one of results, order, none"),
]


@pytest.mark.parametrize(("given", "more", "said"), BAD, ids=[said for _, _, said in BAD])
def test_bad_input(given: tuple[Any, ...], more: dict[str, Any], said: str) -> None:
    """What cannot be raced raises BadInput, which says why."""
    with pytest.raises(BadInput, match=said):
        race(*given, **more)


def test_module_that_races_while_it_is_imported(execbench: Any, tmp_path: Path) -> None:
    """A module that calls `race` while a lane imports it is told to guard the call."""
    (tmp_path / "jobs.py").write_text("from execbench import race\ndef fn(x):\n    return x\nrace(fn, [1])\n")
    finished = execbench("run", "jobs.py:fn", "--tasks", "[1]", cwd=tmp_path)
    assert finished.returncode == 2
    assert "jobs.py:4: RuntimeError: execbench.race is called while a lane or a worker imports" in finished.stderr
    assert '`if __name__ == "__main__":`' in finished.stderr


def test_no_module_hides_a_function() -> None:
    """The public functions are there after every module of the package has been imported."""
    program = (
        "import importlib, pkgutil, execbench\n"
        "SKIPPED = ('__main__', 'test_backend')  # programs; and the backends' libraries may be missing\n"
        "for found in pkgutil.walk_packages(execbench.__path__, 'execbench.'):\n"
        "    if not found.name.startswith('execbench.backends.') and found.name.rpartition('.')[2] not in SKIPPED:\n"
        "        importlib.import_module(found.name)\n"
        "for call, given in ((execbench.race, [3]), (execbench.check, []), (execbench.compare, ['a', 'b'])):\n"
        "    try:\n"
        "        call(*given)\n"
        "    except execbench.BadInput as error:\n"
        "        print(error)\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)
    assert len(finished.stdout.splitlines()) == 3, finished.stderr


def test_public_names() -> None:
    """Every public name is there, and in `dir`, and no other one is."""
    assert all(getattr(execbench, name) for name in execbench.__all__)
    assert dir(execbench) == sorted(execbench.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'rase'"):
        _ = execbench.rase


def test_reference_is_up_to_date() -> None:
    """docs/api.md is what docs/reference.py makes of the docstrings."""
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), f"run {reference.__file__}"
