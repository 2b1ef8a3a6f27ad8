"""`execbench ci build` and `compare`: each side in its own environment, with its own version of the workload."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from execbench.ci.plan import Plan, Rehearsed, planned, preset_settings
from execbench.ci.records import Base, Folder, Outcome, Sides
from execbench.cli import main
from execbench.comparison.verdicts import RATE, THRESHOLD
from execbench.racing.stopping import Spread
from execbench.settings import Settings
from execbench.stats import mean_of_launches
from tests.test_ci_base import commit_all, git

JOBS = '''
"""What the project is about: sums of products, which nobody needs, but which take as long as one likes."""


def total(task):
    return sum(number * task for number in range({steps}))
'''

WORKLOAD = """
from execbench import Workload

from sums import total

workload = Workload(fn=total, tasks=lambda size: range(1, size + 1), size=8)
"""

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

BACKEND = """
import zipfile

def build_wheel(folder, settings=None, metadata=None):
    name, info = "sums-1-py3-none-any.whl", "sums-1.dist-info/"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.write("sums.py")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: sums\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""
"""Builds without the network, and without a library that would have to be installed first."""

FEW = ["--preset", "quick", "--max-minutes", "1"]
"""Eight launches: three of the rehearsal, and five."""


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files, in folders that are made for them."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


class Project:
    """A repository with two commits, and the folder that the steps share."""

    def __init__(self, folder: Path, base: dict[str, str], head: dict[str, str], *removed: str) -> None:
        self.root = folder / "repository"
        self.root.mkdir()
        git(self.root, "init", "-q")
        write(self.root, base)
        self.base = commit_all(self.root, "base")
        for name in removed:
            (self.root / name).unlink()
        write(self.root, head)
        self.head = commit_all(self.root, "head")
        self.folder = Folder(folder / "execbench")
        self.folder.save(Base(self.base, "as given"))

    def build(self, *arguments: str) -> Sides:
        """Run the step that builds, in the repository."""
        assert main(["ci", "build", "--folder", str(self.folder.path), *arguments]) == 0
        return self.folder.load(Sides)

    def compare(self, *arguments: str) -> Outcome:
        """Run the step that races."""
        assert main(["ci", "compare", "--folder", str(self.folder.path), *arguments]) == 0
        return self.folder.load(Outcome)

    def with_this_python(self) -> None:
        """Let this interpreter be that of both sides, as projects without dependencies need no other."""
        git(self.root, "worktree", "add", "-q", "--detach", str(self.folder.checkout), self.base)
        self.folder.save(Sides(sys.executable, sys.executable))


Make: TypeAlias = Callable[..., Project]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Make a project, and go there."""

    def make(base: dict[str, str], head: dict[str, str], *removed: str) -> Project:
        project = Project(tmp_path, base, head, *removed)
        monkeypatch.chdir(project.root)
        return project

    return make


@pytest.mark.slow
def test_function_in_the_repository_is_each_sides_own(make: Make) -> None:
    """A function of the repository itself races as the base has it, and as the head has it."""
    project = make({"jobs.py": JOBS.format(steps=200)}, {"jobs.py": JOBS.format(steps=5_000)})
    project.with_this_python()
    outcome = project.compare(*FEW, "jobs.py:total", "--tasks", "range(1, 9)")
    (change,) = outcome.changes
    assert (change.id, change.verdict, change.file, change.line) == ("total/serial/w1", "slower", "jobs.py", 5)
    assert "jobs.py itself has changed" in outcome.notes[0]
    assert "% and more are seen" in outcome.notes[1]
    assert project.folder.artifact.exists()
    assert '"slower"' in project.folder.comparison.read_text()
    assert project.folder.report.exists()


def test_renamed_workload_is_compared_with_what_it_was(make: Make) -> None:
    """A workload whose file has another name in the base is compared with that file, under the new name."""
    old, new = JOBS.format(steps=200), JOBS.format(steps=5_000)
    project = make({"bench/jobs.py": old}, {"bench/work.py": new}, "bench/jobs.py")
    project.with_this_python()
    (change,) = project.compare(*FEW, "bench/work.py:total", "--tasks", "range(1, 9)").changes
    assert (change.id, change.verdict, change.file) == ("total/serial/w1", "slower", "bench/work.py")


def test_new_file_is_not_compared_with_itself(make: Make) -> None:
    """A function in a file that the base lacks under any name is left out, rather than raced against itself."""
    project = make({"other.py": ""}, {"jobs.py": JOBS.format(steps=200)})
    project.with_this_python()
    outcome = project.compare(*FEW, "jobs.py:total", "--tasks", "range(1, 9)")
    assert outcome.verdict == "unclear"
    assert list(outcome.notes) == ["total is not compared, as the base has no jobs.py."]


@pytest.mark.parametrize("name", ["sum_up", "sum_up" * 400], ids=["short", "longer than a note may be"])
def test_function_that_the_base_lacks_is_not_compared(make: Make, name: str) -> None:
    """A workload that the base cannot load is said and left out, however long its name."""
    renamed = JOBS.format(steps=200).replace("total", name)
    project = make({"jobs.py": JOBS.format(steps=200)}, {"jobs.py": renamed})
    project.with_this_python()
    outcome = project.compare(*FEW, f"jobs.py:{name}", "--tasks", "range(1, 9)")
    assert outcome.verdict == "unclear"
    assert outcome.problem == "There is nothing that both sides can race."
    assert outcome.notes[0].startswith(f"{name} is not compared"[:1_000])
    assert ("has no attribute 'sum_up'" in outcome.notes[0]) is (name == "sum_up")


def test_workload_that_the_head_has_broken(make: Make) -> None:
    """A workload that the base can race and the head cannot has failed, with the reason and its file."""
    sound = JOBS.format(steps=200)
    project = make({"jobs.py": sound}, {"jobs.py": f"import not_there\n{sound}"})
    project.with_this_python()
    outcome = project.compare(*FEW, "jobs.py:total", "--tasks", "range(1, 9)")
    assert outcome.verdict == "failed"
    (broken,) = outcome.changes
    assert "not_there" in broken.note
    assert broken.file == "jobs.py"


@pytest.mark.parametrize("side", ["base", pytest.param("head", marks=pytest.mark.slow)])
def test_side_that_cannot_be_built(make: Make, side: str) -> None:
    """A base that cannot be built makes the verdict unclear, a head that cannot be built makes it failed."""
    sound = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "sums.py": JOBS.format(steps=1)}
    unsound = {**sound, "pyproject.toml": "[build-system"}
    project = make(unsound, sound) if side == "base" else make({**sound, "backend.py": BACKEND}, unsound)
    sides = project.build()
    assert sides.problem.startswith(f"The {side} cannot be built: ")
    outcome = project.compare("-w", "jobs.py")
    assert outcome.verdict == {"base": "unclear", "head": "failed"}[side]
    assert outcome.problem == sides.problem


def test_no_base(make: Make) -> None:
    """Without a base nothing is built or raced, and the verdict is unclear, with the reason."""
    project = make({"jobs.py": "one"}, {"jobs.py": "two"})
    project.folder.save(Base("", "it is the first commit"))
    assert project.build().problem == "No base: it is the first commit."
    outcome = project.compare("-w", "jobs.py")
    assert (outcome.verdict, outcome.problem) == ("unclear", "No base: it is the first commit.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name what to race"),
        (["-w", "nowhere.py"], "there is no file 'nowhere.py'"),
        (["--arguments=-w 'jobs.py"], "No closing quotation"),
        (["-w", "jobs.py", "--max-minutes", "0"], "a number of minutes above 0"),
        (["-w", "jobs.py", "--name", "a --> b"], "use up to 60 letters"),
        (["--arguments=--nonsense"], "--nonsense"),
    ],
)
def test_bad_input(make: Make, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    """What cannot be compared ends with one message and exit code 2."""
    project = make({"jobs.py": "one"}, {"jobs.py": "two"})
    project.with_this_python()
    assert main(["ci", "compare", "--folder", str(project.folder.path), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_steps_in_the_wrong_order(tmp_path: Path, make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """A step without what the one before it leaves says which steps there are."""
    make({"jobs.py": "one"}, {"jobs.py": "two"})
    assert main(["ci", "build", "--folder", str(tmp_path / "nothing")]) == 2
    assert "the steps are" in capsys.readouterr().err


def test_plan_sees_what_it_says() -> None:
    """Of simulated comparisons with the change that a plan calls visible, four in five are called slower."""
    numbers = np.random.default_rng(1)
    for launches, trials in ((5, 1), (24, 2), (24, 20), (48, 1)):
        plan = Plan(Settings(launches=launches), trials, THRESHOLD)
        logs = numbers.normal(math.log1p(plan.visible), plan.spread, (20_000, launches))
        slower = mean_of_launches(logs).chance_beyond(math.log1p(THRESHOLD)) <= RATE / trials
        assert 0.78 < slower.mean() < 0.82, (launches, trials, slower.mean())


def test_gate_sees_what_is_certified() -> None:
    """The gate's plan for the certified race of two trials calls 5 % visible, and has the certified settings."""
    settings = preset_settings("gate")
    assert (settings.launches, settings.min_rounds) == (24, 360)
    assert Plan(settings, 2, THRESHOLD).visible < 0.05


def test_plan_fits_into_the_time() -> None:
    """Less time means fewer launches, then fewer rounds, and a larger change that can be seen; never fewer than two."""
    rehearsed = Rehearsed(launch_seconds=1.0, rounds=5, round_seconds=0.1, spread=Spread.of([0.0, 0.02, 0.04]))
    plans = [planned(preset_settings("gate"), 2, THRESHOLD, rehearsed, seconds) for seconds in (600, 20, 8, 0)]
    shapes = [(plan.settings.launches, plan.settings.min_rounds // plan.settings.launches) for plan in plans]
    assert shapes == [(24, 15), (9, 15), (5, 9), (2, 1)]
    assert [plan.visible for plan in plans] == sorted(plan.visible for plan in plans)
    assert plans[1].seconds is not None
    assert plans[1].seconds <= 20
