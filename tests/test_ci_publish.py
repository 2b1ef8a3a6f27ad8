"""`execbench ci publish`: one comment, one check, a summary and outputs, against servers on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from execbench.ci.publish import publish
from execbench.ci.records import Change, Folder, Outcome
from execbench.cli import main
from execbench.errors import BadInput
from execbench.stats import Interval
from tests.fake_hosts import FakeHost, serving

HEAD, BASE = "a" * 40, "b" * 40
MARKER = "<!-- execbench: execbench -->"
SLOWER = Change("jobs/serial/w1", "slower", Interval(1.2, 1.1, 1.3), "jobs.py", 7)


@pytest.fixture
def host() -> Iterator[FakeHost]:
    """A fake of GitHub."""
    with serving() as running:
        yield running


class Job:
    """One job of a workflow: its files, its environment, and how publishing went."""

    def __init__(self, folder: Path, host: FakeHost, **variables: str) -> None:
        self.folder = Folder(folder / "execbench")
        self.summary, self.outputs = folder / "summary", folder / "outputs"
        event = folder / "event.json"
        request = {"number": 3, "head": {"sha": HEAD}, "base": {"ref": "main"}}
        event.write_text(json.dumps({"pull_request": request}))
        self.environment = {
            "GITHUB_API_URL": host.url,
            "GITHUB_TOKEN": "secret",
            "GITHUB_REPOSITORY": "our/project",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_OUTPUT": str(self.outputs),
            **variables,
        }
        self.said: list[str] = []
        self.waits: list[float] = []

    def publish(self, *changes: Change, name: str = "execbench", **more: Any) -> None:
        """Publish an outcome."""
        self.folder.save(Outcome(name=name, base=BASE, head=HEAD, why="as given", changes=changes, **more))
        publish(self.folder, "https://ci.example/report", self.environment, self.said.append, self.waits.append)

    def output(self, name: str) -> str:
        """Return one of the outputs of the step."""
        return dict(line.split("=", 1) for line in self.outputs.read_text().splitlines())[name]


@pytest.fixture
def job(tmp_path: Path, host: FakeHost) -> Job:
    """A job for a pull request."""
    return Job(tmp_path, host)


def test_comment_is_written_once_and_then_updated(job: Job, host: FakeHost) -> None:
    """A second run replaces the text of the comment of the first, also where it is on a later page."""
    for number in range(3):
        host.add("somebody", f"remark {number}")
    job.publish(SLOWER)
    job.publish(Change("jobs/serial/w1", "same"))
    ours = [comment["body"] for comment in host.comments if comment["body"].startswith(MARKER)]
    assert len(ours) == 1
    assert "same: 1 same" in ours[0]
    assert "slower" not in ours[0]
    assert "](https://ci.example/report)" in ours[0]
    assert job.output("comment") == host.comments[3]["html_url"]


def test_comment_of_another_user_with_our_marker_is_left_alone(job: Job, host: FakeHost) -> None:
    """A comment that somebody else wrote with our marker keeps its text, and ours is written beside it."""
    host.add("mallory", f"{MARKER}\nall is well")
    job.publish(SLOWER)
    assert host.comments[0]["body"] == f"{MARKER}\nall is well"
    assert [comment["user"]["login"] for comment in host.comments] == ["mallory", "bot"]


def test_two_comparisons_of_one_job_have_a_comment_each(job: Job, host: FakeHost) -> None:
    """Comparisons of different names do not replace each other's comments."""
    for name in ("one", "two", "one"):
        job.publish(SLOWER, name=name)
    assert [comment["body"].splitlines()[0] for comment in host.comments] == [
        "<!-- execbench: one -->",
        "<!-- execbench: two -->",
    ]


def test_check_names_the_changed_function(job: Job, host: FakeHost) -> None:
    """The check belongs to the tip of the pull request, and has an annotation at the file and line of what changed."""
    job.publish(Change("jobs/threads/w2", "same", file="jobs.py", line=7), SLOWER)
    (check,) = host.checks
    assert (check["head_sha"], check["conclusion"], check["name"]) == (HEAD, "failure", "execbench")
    (annotation,) = check["output"]["annotations"]
    assert (annotation["path"], annotation["start_line"], annotation["annotation_level"]) == ("jobs.py", 7, "warning")
    assert annotation["message"] == "1.20x [1.10, 1.30]"


def test_outputs_and_summary(job: Job) -> None:
    """The outputs are the verdict and the counts; the summary holds the text of the comment."""
    job.folder.path.mkdir()
    job.folder.artifact.write_text("{}")
    job.publish(SLOWER, Change("jobs/threads/w2", "unclear"), Change("cube/serial/w1", "faster"))
    assert [job.output(name) for name in ("verdict", "slower", "faster", "unclear")] == ["slower", "1", "1", "1"]
    assert job.output("artifact") == str(job.folder.artifact)
    assert "slower: 1 slower, 1 unclear, 1 faster" in job.summary.read_text()


@pytest.mark.parametrize("code", [403, 429, 500, 0])
def test_verdict_survives_a_server_that_refuses(job: Job, host: FakeHost, code: int) -> None:
    """Whatever the server answers, tries are few, and the verdict and the reason are in the summary."""
    host.refuse("POST comments", code)
    job.publish(SLOWER)
    summary = job.summary.read_text()
    assert "slower: 1 slower" in summary
    assert "The comment could not be written" in summary
    assert (f"answers {code}" if code else "does not answer") in summary
    assert ("pull-requests: write" in summary) is (code == 403)
    assert sum(asked.startswith("POST /repos/our/project/issues") for asked in host.asked) == (1 if code == 403 else 3)
    assert len(host.checks) == 1
    assert job.output("verdict") == "slower"


def test_server_says_how_long_to_wait(job: Job, host: FakeHost) -> None:
    """A refusal for now is waited for as long as the server says, up to half a minute; then all is written."""
    host.refuse("POST comments", 403, times=1, Retry_After="7")
    host.refuse("POST check-runs", 429, times=1, Retry_After="9000")
    job.publish(SLOWER)
    assert job.waits == [7.0, 30.0]
    assert len(host.comments) == len(host.checks) == 1


def test_comment_whose_answer_was_lost_is_not_written_twice(job: Job, host: FakeHost) -> None:
    """If the server wrote the comment but its answer got lost, the next try finds that comment."""
    host.loses_answers = 1
    job.publish(SLOWER)
    assert len(host.comments) == 1
    assert job.output("comment") == host.comments[0]["html_url"]


def test_nobody_listens(tmp_path: Path) -> None:
    """A server that is not there costs a message, and nothing else."""
    with serving() as gone:
        pass
    job = Job(tmp_path, gone)
    job.publish(SLOWER)
    assert "does not answer" in job.summary.read_text()


def test_without_a_token_nothing_is_posted(tmp_path: Path, host: FakeHost) -> None:
    """Without a token the verdict is in the summary, which says that nothing is posted."""
    job = Job(tmp_path, host, GITHUB_TOKEN="")
    job.publish(SLOWER)
    assert not host.asked
    assert "Nothing is posted" in job.summary.read_text()


def test_names_from_strangers_are_no_markup(job: Job, host: FakeHost) -> None:
    """A trial's name cannot mention anybody, link, or end the table."""
    job.publish(Change("@everyone | [x](http://evil) <script>", "slower"))
    (comment,) = host.comments
    assert "@everyone" not in comment["body"]
    assert "<script>" not in comment["body"]
    assert "](http://evil" not in comment["body"]


def test_run_of_a_fork_is_published_on_the_pull_request_that_github_names(job: Job, host: FakeHost) -> None:
    """After another workflow's end, the pull request is the one that GitHub says has its commit."""
    theirs = {"full_name": "fork/project"}
    run = {"head_sha": HEAD, "head_branch": "fast", "head_repository": theirs}
    Path(job.environment["GITHUB_EVENT_PATH"]).write_text(json.dumps({"workflow_run": run}))
    host.pulls = [
        {"number": 8, "head": {"sha": BASE, "repo": theirs}},
        {"number": 9, "head": {"sha": HEAD, "repo": theirs}},
    ]
    job.publish(SLOWER)
    assert any(asked == "POST /repos/our/project/issues/9/comments" for asked in host.asked)
    assert any("head=fork%3Afast" in asked for asked in host.asked)
    assert host.checks[0]["head_sha"] == HEAD


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x -->\n<b>"),
        ("head", "main; rm"),
        ("notes", ["x" * 3_000]),
        ("changes", [{"id": 1, "verdict": "same"}]),
    ],
)
def test_outcome_of_a_stranger_is_checked(tmp_path: Path, host: FakeHost, field: str, value: object) -> None:
    """An outcome with a field of a wrong form is refused before anything is posted."""
    job = Job(tmp_path, host)
    job.folder.path.mkdir()
    (job.folder.path / "outcome.json").write_text(json.dumps({"name": "execbench", field: value}))
    with pytest.raises(BadInput, match="outcome"):
        publish(job.folder, "", job.environment, job.said.append)
    assert not host.asked


def test_gitlab_note_is_written_once_and_then_updated(tmp_path: Path) -> None:
    """On GitLab, the same code writes one note of a merge request, and updates it."""
    with serving() as host:
        variables = {
            "GITHUB_EVENT_PATH": "",
            "GITLAB_CI": "true",
            "GITLAB_TOKEN": "secret",
            "CI_API_V4_URL": host.url,
            "CI_PROJECT_ID": "12",
            "CI_PROJECT_URL": "https://gitlab.example/our/project",
            "CI_MERGE_REQUEST_IID": "3",
            "CI_COMMIT_SHA": HEAD,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        }
        job = Job(tmp_path, host, **variables)
        job.publish(SLOWER)
        job.publish(SLOWER)
        assert len(host.comments) == 1
        assert "PUT /projects/12/merge_requests/3/notes/1" in host.asked
        assert job.output("comment") == "https://gitlab.example/our/project/-/merge_requests/3#note_1"
        assert not host.checks


@pytest.mark.parametrize(("fail_on", "code"), [("slower,failed", 1), ("", 0), ("unclear", 0)])
def test_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail_on: str, code: int) -> None:
    """The step fails if a trial has a verdict that --fail-on names."""
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    for name in ("GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)
    Folder(tmp_path).save(Outcome(name="execbench", changes=[SLOWER]))
    assert main(["ci", "publish", "--folder", str(tmp_path), "--fail-on", fail_on]) == code
