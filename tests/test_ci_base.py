"""`execbench ci base`: which commit a change is compared with, in clones as jobs have them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from execbench.ci.base import find_base
from execbench.ci.event import read_event
from execbench.ci.records import Base
from execbench.ci.repository import Repository
from execbench.cli import main
from execbench.supervisor.git import GitFailed

GIT = ("git", "-c", "user.name=execbench", "-c", "user.email=execbench@localhost", "-c", "init.defaultBranch=main")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder."""
    return subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, name: str) -> str:
    """Commit a file of this name."""
    (folder / name).write_text(name)
    return commit_all(folder, name)


def commit_all(folder: Path, message: str) -> str:
    """Commit all that has changed, and return the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


class Origin:
    """A server's repository: main has three commits, and `topic` parted after the first, with 60 commits.

    `merge` is what GitHub makes of a pull request; `forced` is what a force-push replaced.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        git(folder, "init", "-q")
        git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.first = commit(folder, "first")
        git(folder, "checkout", "-q", "-b", "topic")
        for number in range(60):
            git(folder, "commit", "-q", "--allow-empty", "-m", f"topic {number}")
        self.topic = git(folder, "rev-parse", "HEAD")
        git(folder, "checkout", "-q", "main")
        self.second, self.third = commit(folder, "second"), commit(folder, "third")
        git(folder, "checkout", "-q", "-b", "merged")
        git(folder, "merge", "-q", "--no-ff", "-m", "merge", "topic")
        self.merge = git(folder, "rev-parse", "HEAD")
        git(folder, "update-ref", "refs/pull/3/merge", self.merge)
        git(folder, "checkout", "-q", "-b", "synced", self.topic)
        git(folder, "merge", "-q", "--no-ff", "-m", "merge main", "main")
        self.synced = git(folder, "rev-parse", "HEAD")
        git(folder, "checkout", "-q", "-b", "rewritten", self.second)
        self.forced = commit(folder, "replaced")
        git(folder, "reset", "-q", "--hard", self.second)
        self.rewritten = commit(folder, "instead")
        git(folder, "checkout", "-q", "--orphan", "lonely")
        self.lonely = commit(folder, "lonely")
        git(folder, "checkout", "-q", "main")

    def clone(self, folder: Path, commit: str, depth: int | None = 1) -> Repository:
        """Clone as a job does: one commit, and no branch."""
        folder.mkdir()
        git(folder, "init", "-q")
        git(folder, "remote", "add", "origin", f"file://{self.folder}")
        git(folder, "fetch", "-q", *([f"--depth={depth}"] if depth else []), "origin", commit)
        git(folder, "checkout", "-q", "--detach", "FETCH_HEAD")
        return Repository(folder)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Origin:
    """The server's repository."""
    return Origin(tmp_path_factory.mktemp("origin") / "repository")


def event(folder: Path, content: Mapping[str, Any]) -> dict[str, str]:
    """Write an event of GitHub, and return the environment that names it."""
    path = folder / "event.json"
    path.write_text(json.dumps(content))
    return {"GITHUB_EVENT_PATH": str(path)}


def request(head: str) -> dict[str, Any]:
    """Return the event of a pull request."""
    return {"pull_request": {"number": 3, "head": {"sha": head}, "base": {"ref": "main", "sha": "0" * 40}}}


def pushed(before: str) -> dict[str, Any]:
    """Return the event of a push."""
    return {"before": before, "repository": {"full_name": "our/project", "default_branch": "main"}}


def found(repository: Repository, folder: Path, content: Mapping[str, Any], given: str = "") -> Base:
    """Return the base for an event."""
    return find_base(repository, read_event(event(folder, content)), given)


@pytest.mark.parametrize("depth", [1, None])
def test_merge_commit_is_compared_with_its_first_parent(origin: Origin, tmp_path: Path, depth: int | None) -> None:
    """A pull request's merge commit is compared with what it was merged into, which a shallow clone fetches."""
    repository = origin.clone(tmp_path / "clone", origin.merge, depth)
    base = found(repository, tmp_path, request(origin.topic))
    assert base == Base(origin.third, "the first parent of the merge commit")
    assert repository.parents(base.commit) == [origin.second]


def test_tip_of_a_pull_request_is_compared_with_the_merge_base(origin: Origin, tmp_path: Path) -> None:
    """A checkout of the tip itself is compared with where it parted, and its history is fetched until that is found."""
    base = found(origin.clone(tmp_path / "clone", origin.topic), tmp_path, request(origin.topic))
    assert base == Base(origin.first, "where it parted from main")


def test_tip_that_is_a_merge_is_no_merge_commit_of_the_pull_request(origin: Origin, tmp_path: Path) -> None:
    """A developer's own merge at the tip is compared with the merge base, and not with its own first parent."""
    base = found(origin.clone(tmp_path / "clone", origin.synced), tmp_path, request(origin.synced))
    assert base.commit == origin.third


def test_push_is_compared_with_what_was_there_before(origin: Origin, tmp_path: Path) -> None:
    """A push of several commits is compared with the commit before all of them."""
    base = found(origin.clone(tmp_path / "clone", origin.third), tmp_path, pushed(origin.first))
    assert base == Base(origin.first, "the commit before the push")


def test_force_push_is_compared_with_where_it_parted(origin: Origin, tmp_path: Path) -> None:
    """A force-push is compared with the last commit that it kept."""
    base = found(origin.clone(tmp_path / "clone", origin.rewritten), tmp_path, pushed(origin.forced))
    assert base == Base(origin.second, f"where the push replaced {origin.forced[:12]}")


def test_force_push_whose_old_commits_are_gone(origin: Origin, tmp_path: Path) -> None:
    """Where the server has forgotten what a push replaced, the base is the commit before, and that is said."""
    base = found(origin.clone(tmp_path / "clone", origin.rewritten), tmp_path, pushed("1" * 40))
    assert base.commit == origin.second
    assert "cannot be had" in base.why


def test_new_branch_is_compared_with_the_default_branch(origin: Origin, tmp_path: Path) -> None:
    """The first push of a branch is compared with where it parted from the default branch."""
    base = found(origin.clone(tmp_path / "clone", origin.rewritten), tmp_path, pushed("0" * 40))
    assert base == Base(origin.second, "where the new branch parted from main")


def test_first_commit_has_no_base(origin: Origin, tmp_path: Path) -> None:
    """The first commit of a repository has no base, which is said and is no error."""
    base = found(origin.clone(tmp_path / "clone", origin.first), tmp_path, pushed("0" * 40))
    assert base == Base("", f"{origin.first[:12]} is the first commit: there is nothing to compare it with")


def test_histories_that_never_met(origin: Origin, tmp_path: Path) -> None:
    """A pull request that shares no commit with its target is refused with both names."""
    with pytest.raises(GitFailed, match="no commit in common"):
        found(origin.clone(tmp_path / "clone", origin.lonely), tmp_path, request(origin.lonely))


def test_given_base_is_fetched(origin: Origin, tmp_path: Path) -> None:
    """A commit that a user names is fetched if the clone lacks it."""
    base = found(origin.clone(tmp_path / "clone", origin.third), tmp_path, {}, origin.first)
    assert base == Base(origin.first, "as given")


def test_base_that_nobody_has(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A base that neither the clone nor the server has ends with one message and exit code 2."""
    origin.clone(tmp_path / "clone", origin.third)
    monkeypatch.chdir(tmp_path / "clone")
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
    assert main(["ci", "base", "--folder", str(tmp_path / "found"), "--base", "nowhere"]) == 2
    assert capsys.readouterr().err.startswith("execbench: git fetch: ")


def test_base_has_the_submodules_that_the_head_has(tmp_path: Path) -> None:
    """Where the checkout has submodules, the base gets those of its own commit; where it has none, it gets none."""
    part, whole = tmp_path / "part", tmp_path / "whole"
    for folder in (part, whole):
        folder.mkdir()
        git(folder, "init", "-q")
    commit(part, "old")
    local = ("-c", "protocol.file.allow=always", "submodule", "--quiet")
    git(whole, *local, "add", str(part), "part")
    base = commit(whole, "first")
    commit(part, "new")
    git(whole, *local, "update", "--remote")
    commit(whole, "second")
    allowed = {**os.environ, "GIT_ALLOW_PROTOCOL": "file"}
    Repository(whole, allowed).check_out(base, tmp_path / "base")
    assert {path.name for path in (tmp_path / "base" / "part").iterdir()} == {".git", "old"}
    git(tmp_path, "clone", "-q", str(whole), "bare")
    Repository(tmp_path / "bare", allowed).check_out(base, tmp_path / "base of bare")
    assert not list((tmp_path / "base of bare" / "part").iterdir())


def test_token_of_the_job_is_used_and_not_stored(origin: Origin, tmp_path: Path) -> None:
    """Where the checkout left no login, git gets the job's token from its environment, and no file holds it."""
    origin.clone(tmp_path / "clone", origin.third)
    job = {**os.environ, "GITHUB_SERVER_URL": "file://", "GITHUB_TOKEN": "secret"}
    header = Repository(tmp_path / "clone", job).git("config", "--get-all", "http.file:///.extraheader")
    assert base64.b64decode(header.rpartition(" ")[2]) == b"x-access-token:secret"
    assert "extraheader" not in (tmp_path / "clone" / ".git" / "config").read_text()


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is no repository ends with git's own words and exit code 2."""
    monkeypatch.chdir(tmp_path)
    assert main(["ci", "base", "--folder", str(tmp_path / "found")]) == 2
    assert "not a git repository" in capsys.readouterr().err


@pytest.mark.parametrize("sha", ["--upload-pack=evil", "main", "A" * 40])
def test_event_with_a_commit_that_is_none(tmp_path: Path, sha: str) -> None:
    """An event whose commit is of a wrong form is refused before git sees it."""
    with pytest.raises(Exception, match="not an event of GitHub"):
        read_event(event(tmp_path, pushed(sha)))
