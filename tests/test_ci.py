"""The actions, the workflows and the templates: their steps run here as GitHub runs them, without GitHub."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from execbench.ci.records import Folder, Outcome, Sides
from tests.fake_hosts import FakeHost, serving
from tests.test_ci_base import commit_all, git
from tests.test_ci_compare import BACKEND, JOBS, PYPROJECT, WORKLOAD, write

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
ACTIONS = {file.parent.name: yaml.safe_load(file.read_text()) for file in GITHUB.glob("actions/*/action.yml")}
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
TEMPLATE = ROOT / "templates" / "execbench.gitlab-ci.yml"
PAGE = (ROOT / "docs" / "ci.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
"""The workflows of the page for users."""

EXECBENCH = str(Path(sys.executable).with_name("execbench"))


class Runner:
    """Runs the steps of an action that are scripts, with its inputs, as a job does."""

    def __init__(self, folder: Path, repository: Path, action: str, **inputs: str) -> None:
        self._steps = ACTIONS[action]["runs"]["steps"]
        self._repository = repository
        defaults = {name: str(given.get("default", "")) for name, given in ACTIONS[action]["inputs"].items()}
        self._known = {f"inputs.{name}": value for name, value in (defaults | inputs).items()}
        self._known |= {"runner.temp": str(folder), "github.event.workflow_run.html_url": "https://ci.example/run"}
        self._output, self.summary = folder / "output", folder / "summary"
        self.environment: dict[str, str] = {
            "GITHUB_OUTPUT": str(self._output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_ACTION_PATH": str(GITHUB / "actions" / action),
            "RUNNER_TEMP": str(folder),
        }

    def step(self, name: str, code: int = 0) -> Mapping[str, str]:
        """Run a step, and return its outputs."""
        (step,) = [step for step in self._steps if step["name"] == name]
        self._output.write_text("")
        inputs = {key: self._filled(value) for key, value in step.get("env", {}).items()}
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "CI_"))}
        finished = subprocess.run(
            shell,
            cwd=self._repository / self._filled(step.get("working-directory", ".")),
            env={**inherited, **self.environment, **inputs},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert finished.returncode == code, finished.stdout + finished.stderr
        outputs = dict(line.split("=", 1) for line in self._output.read_text().splitlines())
        self.give(step.get("id", ""), **outputs)
        return outputs

    def give(self, step: str, **outputs: str) -> None:
        """Let a step have these outputs."""
        self._known |= {f"steps.{step}.outputs.{key}": value for key, value in outputs.items()}

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: self._known[match[1]], text)


@pytest.fixture
def host() -> Iterator[FakeHost]:
    """A fake of GitHub."""
    with serving() as running:
        yield running


def project(folder: Path) -> Path:
    """Make a repository with a project in a folder of it, which a merge of a pull request makes much slower."""
    folder.mkdir()
    git(folder, "init", "-q")
    backend = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "bench/jobs.py": WORKLOAD}
    files = {**backend, "sums.py": JOBS.format(steps=200)}
    write(folder / "lib", files)
    commit_all(folder, "first")
    git(folder, "checkout", "-q", "-b", "topic")
    write(folder / "lib", {"sums.py": JOBS.format(steps=5_000)})
    commit_all(folder, "slower")
    git(folder, "checkout", "-q", "main")
    write(folder, {"others.txt": "work"})
    commit_all(folder, "others")
    git(folder, "merge", "-q", "--no-ff", "-m", "merge", "topic")
    return folder


def environment(folder: Path, host: FakeHost, event: Mapping[str, Any]) -> dict[str, str]:
    """Return what GitHub tells a job."""
    path = folder / "event.json"
    path.write_text(json.dumps(event))
    return {"GITHUB_API_URL": host.url, "GITHUB_REPOSITORY": "our/project", "GITHUB_EVENT_PATH": str(path)}


def assert_alone(sides: Sides) -> None:
    """Check that both sides have the project, in environments without execbench."""
    imports = "import sums; import importlib.util as util; print(util.find_spec('execbench'), sums.__file__)"
    for python in (sides.base, sides.head):
        said = subprocess.run([python, "-I", "-c", imports], capture_output=True, text=True, check=True).stdout
        assert said.startswith("None ")
        assert "/environment-" in said


def test_action_from_the_base_to_the_comment_and_from_a_fork(tmp_path: Path, host: FakeHost) -> None:
    """One action's steps compare a pull request in a folder of a repository; the other publishes what they left."""
    repository = project(tmp_path / "repository")
    tip, before = git(repository, "rev-parse", "HEAD^2"), git(repository, "rev-parse", "HEAD^1")
    request = {"pull_request": {"number": 3, "head": {"sha": tip}, "base": {"ref": "main"}}}
    inputs = {"arguments": "-w bench/jobs.py", "preset": "quick", "max-minutes": "1", "working-directory": "lib"}
    job = Runner(tmp_path, repository, "compare", token="", **inputs)
    job.environment |= environment(tmp_path, host, request)
    job.give("install", execbench=EXECBENCH, folder=str(tmp_path / "found" / "execbench-1"))
    for name in ("Find the base", "Build both sides", "Race both sides"):
        job.step(name)
    assert_alone(Folder(tmp_path / "found" / "execbench-1").load(Sides))
    job.give("upload", **{"artifact-url": "https://ci.example/report"})
    outputs = job.step("Publish the verdict", 1)
    assert (outputs["verdict"], outputs["slower"], outputs["faster"]) == ("slower", "1", "0")
    assert Path(outputs["json"]).exists()
    assert Path(outputs["artifact"]).exists()
    assert before[:12] in job.summary.read_text()
    assert not host.asked

    theirs = {"full_name": "fork/project"}
    host.pulls = [{"number": 3, "head": {"sha": tip, "repo": theirs}}]
    ended = {"workflow_run": {"head_sha": tip, "head_branch": "topic", "head_repository": theirs}}
    trusted = Runner(tmp_path, repository, "publish", token="secret")
    trusted.environment |= environment(tmp_path, host, ended)
    trusted.give("install", execbench=EXECBENCH, folder=str(tmp_path / "found"))
    trusted.step("Publish the verdict")
    assert "| slower |" in host.comments[0]["body"]
    (annotation,) = host.checks[0]["output"]["annotations"]
    assert (annotation["path"], annotation["start_line"]) == ("lib/sums.py", 5)


def test_only_the_latest_outcome_of_a_name_is_published(
    tmp_path: Path, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a job that was run again, only the last outcome is published."""
    for name, begun, problem in (("b", 1.0, "the first try"), ("a", 2.0, "the second try")):
        Folder(tmp_path / name).save(Outcome(name="execbench", begun=begun, problem=problem))
    request = {"pull_request": {"number": 3, "head": {"sha": "a" * 40}, "base": {"ref": "main"}}}
    job = Runner(tmp_path, tmp_path, "publish", token="secret")
    job.environment |= environment(tmp_path, host, request)
    job.give("install", execbench=EXECBENCH, folder=str(tmp_path))
    job.step("Publish the verdict")
    (comment,) = host.comments
    assert "the second try" in comment["body"]


@pytest.mark.slow
def test_action_installs_execbench_in_an_environment_of_its_own(tmp_path: Path) -> None:
    """The first step installs the action's own execbench, twice in one job, in folders that differ."""
    sources = tmp_path / "execbench"
    shutil.copytree(ROOT, sources, ignore=shutil.ignore_patterns(".venv", ".git", "build", "*.egg-info", "tests"))
    job = Runner(tmp_path, tmp_path, "compare")
    job.environment["GITHUB_ACTION_PATH"] = str(sources / ".github" / "actions" / "compare")
    one, other = job.step("Install execbench"), job.step("Install execbench")
    assert one["folder"] != other["folder"]
    assert one["artifact"] != other["artifact"]
    told = subprocess.run([one["execbench"], "ci", "--help"], capture_output=True, text=True, check=True).stdout
    assert "publish" in told


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_actions_hold_inputs_and_calls_only(action: str) -> None:
    """Each script of an action is one call, and what it needs comes as an environment variable, never as its text."""
    steps = [step for step in ACTIONS[action]["runs"]["steps"] if "run" in step]
    for step in steps:
        assert step["run"].startswith(('"$EXECBENCH" ci ', '"$GITHUB_ACTION_PATH/../install.sh" '))
        assert not {"${{", "\n", ";", "&&", "|"} & set(re.findall(r"\$\{\{|\n|;|&&|\|", step["run"]))
    text = (GITHUB / "actions" / action / "action.yml").read_text()
    for name in ACTIONS[action]["inputs"]:
        assert f"inputs.{name} }}}}" in text, name


def test_gitlab_template_calls_the_same_steps() -> None:
    """The template for GitLab calls the steps in their order, with variables and no other script."""
    script = yaml.safe_load(TEMPLATE.read_text())["execbench"]["script"]
    steps = [line.split()[2] for line in script if line.split()[1:2] == ["ci"]]
    assert steps == ["base", "build", "compare", "publish"]
    assert len(script) == len(steps) + 2


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_workflows_are_sound(file: Path) -> None:
    """Each workflow sets permissions, timeouts and what of it may run at once, and substitutes nothing into scripts."""
    workflow = yaml.safe_load(file.read_text())
    assert "permissions" in workflow
    assert workflow["concurrency"]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"]
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_others_actions_are_pinned_by_a_commit() -> None:
    """Each action of others is pinned by a full commit, with its version beside it, and by the same one everywhere."""
    texts = [file.read_text() for file in (*WORKFLOWS, *GITHUB.glob("actions/*/action.yml"))]
    uses = [line for text in [*texts, PAGE] for line in re.findall(r"uses: (.*)", text)]
    others = {line for line in uses if not line.startswith(("./", "OWNER/execbench/"))}
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in others), others
    assert len({line.partition("@")[0] for line in others}) == len(others)


@pytest.fixture
def linted(tmp_path: Path) -> Path:
    """A repository with our workflows and actions, and those of the page for users."""
    shutil.copytree(GITHUB, tmp_path / ".github")
    for number, example in enumerate(EXAMPLES):
        if "runs-on" in example:
            pinned = example.replace("@COMMIT", f"@{'0123456789' * 4}")
            (tmp_path / ".github" / "workflows" / f"example-{number}.yml").write_text(pinned)
    return tmp_path


def test_zizmor_finds_nothing(linted: Path) -> None:
    """Zizmor finds nothing in our workflows and actions, nor in those that users are given."""
    finished = _linter("zizmor", "--offline", "--no-progress", "--no-online-audits", ".", folder=linted)
    assert finished.returncode == 0, finished.stdout


def test_actionlint_finds_nothing(linted: Path) -> None:
    """Actionlint finds nothing in our workflows, nor in those that users are given."""
    git(linted, "init", "-q")
    finished = _linter("actionlint", "-no-color", folder=linted)
    assert finished.returncode == 0, finished.stdout


def _linter(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip(f"{name} is not installed")
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
