"""The composite action: its steps, run here on a repository with two commits, without GitHub."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / ".github" / "actions" / "compare" / "action.yml").read_text())
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

PROJECT = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "sums"
version = "1.0"

[tool.setuptools]
py-modules = ["sums"]
"""

WORKLOAD = '''
"""What the project is about."""

from execbench import Workload

from sums import total

workload = Workload(fn=total, tasks=lambda size: range(1, size + 1), size=20)
'''


def _sums(steps: int) -> str:
    return f"def total(task):\n    return sum(number * task for number in range({steps}))\n"


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a job for a pull request that makes the project's function eight times slower."""
    folder = tmp_path_factory.mktemp("job")
    repository, temporary, sources = folder / "repository", folder / "temporary", folder / "execbench"
    ignored = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(ROOT, sources, ignore=ignored)
    temporary.mkdir()
    repository.mkdir()
    (repository / "pyproject.toml").write_text(PROJECT)
    (repository / "jobs.py").write_text(WORKLOAD)
    git = ["git", "-c", "user.name=execbench", "-c", "user.email=execbench@localhost"]
    subprocess.run([*git, "init", "--quiet"], cwd=repository, check=True)
    for steps in (10_000, 80_000):
        (repository / "sums.py").write_text(_sums(steps))
        subprocess.run([*git, "add", "."], cwd=repository, check=True)
        subprocess.run([*git, "commit", "--quiet", "--message", f"{steps} steps"], cwd=repository, check=True)
    environment = {
        "GITHUB_WORKSPACE": str(repository),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "RUNNER_TEMP": str(temporary),
        "BASE": "HEAD~1",
        "INSTALL": ".",
        "EXECBENCH": str(sources),
        "ARGUMENTS": "-w jobs.py -b threads --max-workers 2 --launches 5",
        "THRESHOLD": "2%",
        "FAIL_ON": "slower,failed",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for name in ("Install base and head", "Install execbench", "Race both"):
        finished = _step(name, environment)
        assert finished.returncode == 0, finished.stdout + finished.stderr
    return environment


def _step(name: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step's script as GitHub does."""
    (step,) = [step for step in ACTION["runs"]["steps"] if step["name"] == name]
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    settings: dict[str, Any] = {"cwd": environment["GITHUB_WORKSPACE"], "env": {**os.environ, **environment}}
    return subprocess.run(shell, capture_output=True, text=True, check=False, timeout=300, **settings)


@pytest.mark.slow
def test_slower_head_fails_the_job(job: dict[str, str]) -> None:
    """A pull request that makes a function much slower fails; the summary and comment say which trials."""
    finished = _step("Compare", job)
    comment = Path(job["RUNNER_TEMP"], "execbench.md").read_text()
    assert finished.returncode == 1, finished.stdout + finished.stderr + comment
    assert "| slower |" in comment
    assert comment in Path(job["GITHUB_STEP_SUMMARY"]).read_text()
    outputs = dict(line.split("=", 1) for line in Path(job["GITHUB_OUTPUT"]).read_text().splitlines())
    assert Path(outputs["comment"]).read_text() == comment
    assert Path(outputs["artifact"]).exists()


@pytest.mark.slow
def test_empty_fail_on_passes(job: dict[str, str]) -> None:
    """The same comparison passes if nothing is to fail the job."""
    finished = _step("Compare", {**job, "FAIL_ON": ""})
    assert finished.returncode == 0, finished.stderr


def test_every_input_reaches_a_step() -> None:
    """Each input of the action reaches scripts as an environment variable, never by substitution."""
    steps = ACTION["runs"]["steps"]
    handed = {value for step in steps for value in step.get("env", {}).values()}
    assert handed == {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]}
    assert not [step for step in steps if "${{" in step["run"]]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_workflows_are_sound(file: Path) -> None:
    """Each workflow sets permissions and timeouts, and substitutes nothing into scripts."""
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"]
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]
