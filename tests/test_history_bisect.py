"""`execbench history bisect`, on real repositories and with real races."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from execbench.cli import main
from tests.test_history import refused

__all__ = ["refused"]

SLOW_FROM = 3
QUICK = ["--race", "work:spin --tasks range(10) -b serial --launches 4 --min-rounds 8 --max-time 0.05"]

Commits = list[str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commits:
    """A repository here, in which a function became a hundred times as slow; the commits are returned."""
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "-b", "main")
    for number in range(5):
        steps = 2_000 if number < SLOW_FROM else 200_000
        Path("work.py").write_text(f"# {number}\ndef spin(task):\n    return sum(range({steps})) + task\n")
        git("add", "work.py")
        git("-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "--quiet", "-m", f"change {number}")
    return git("rev-list", "--reverse", "HEAD").split()


def git(*arguments: str) -> str:
    """Run a git command here."""
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


@pytest.mark.slow
def test_culprit_is_found(repository: Commits, capsys: pytest.CaptureFixture[str]) -> None:
    """The commit that made a function slower is found in as few races as halving needs, and nothing is left behind."""
    assert main(["history", "bisect", "HEAD~4", "HEAD", *QUICK]) == 0
    output = capsys.readouterr()
    assert f"{repository[SLOW_FROM]} made spin/serial/w1 slower.\n" in output.out
    assert output.err.count("racing") == 3
    assert git("status", "--porcelain") == ""
    assert git("worktree", "list").count("\n") == 1


@pytest.mark.slow
def test_no_change_is_found_where_there_is_none(repository: Commits, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the later end is not slower, that is said, and the exit code is 1."""
    assert main(["history", "bisect", repository[0], repository[2], *QUICK]) == 1
    assert "No trial is slower" in capsys.readouterr().out


def test_commits_are_listed_without_a_race(repository: Commits, capsys: pytest.CaptureFixture[str]) -> None:
    """Without anything to race, the commits between both ends are named, and the one to race first."""
    assert main(["history", "bisect", "HEAD~4", "HEAD"]) == 0
    output = capsys.readouterr()
    assert output.out.split() == repository
    assert f"3 commits lie between both ends; with --race, {repository[2][:12]} is raced first" in output.err


@pytest.mark.slow
def test_checkouts_are_built(repository: Commits, capsys: pytest.CaptureFixture[str]) -> None:
    """Each checkout is built by a command, in which the interpreter may then lie; one that fails is named."""
    build = "mkdir env && ln -s $(command -v python3) env/python"
    assert main(["history", "bisect", "HEAD~2", "HEAD~1", "--build", build, "--python", "env/python", *QUICK]) == 0
    assert f"{repository[SLOW_FROM]} made" in capsys.readouterr().out
    assert main(["history", "bisect", "HEAD~2", "HEAD~1", "--build", "echo no luck; false", *QUICK]) == 2
    assert f"{repository[SLOW_FROM - 1][:12]} cannot be built: no luck" in capsys.readouterr().err
    assert main(["history", "bisect", "HEAD~2", "HEAD~1", "--trial", "x", *QUICK]) == 2
    assert "there is no trial x: raced were spin/serial/w1" in capsys.readouterr().err


@pytest.mark.slow
def test_commit_that_cannot_be_built_is_left_out(repository: Commits, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a commit between both ends cannot be built, its neighbours are raced, and it stays among the suspects."""
    assert main(["history", "bisect", "HEAD~4", "HEAD", "--build", "! grep '# 2' work.py", *QUICK]) == 1
    output = capsys.readouterr()
    assert f"{repository[2][:12]} is left out: {repository[2][:12]} cannot be built: # 2" in output.err
    assert all(commit in output.out for commit in repository[2:4])
    assert repository[4] not in output.out


@pytest.mark.usefixtures("repository")
def test_bad_ends_are_refused(refused: Callable[..., str]) -> None:
    """Ends that are no commits, or not of one line, and what cannot be raced are refused."""
    assert "nothing" in refused("bisect", "nothing", "HEAD")
    assert "is not among the first parents of" in refused("bisect", "HEAD", "HEAD~1")
    assert "is not among the first parents of" in refused("bisect", "HEAD", "HEAD")
    assert "the race failed: " in refused("bisect", "HEAD~1", "HEAD", "--race", "nowhere:spin --tasks range(9)")
