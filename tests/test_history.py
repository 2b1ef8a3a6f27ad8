"""The history: runs kept by commit, in a folder, a branch or a bare repository, and what is read from it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from made_up import against, content, failed, record

from execbench.cli import main
from execbench.history import history
from execbench.history.commit import commit_of
from execbench.history.excerpt import excerpt
from execbench.history.place import Folder, place_of
from execbench.records import artifact as artifacts
from execbench.records import compose

Add = Callable[..., str]


def launches(seconds: float, numbers: random.Random) -> list[list[float]]:
    """Return launches of a trial on a quiet machine."""
    return [[seconds * numbers.lognormvariate(0, 0.002)] * 3 for _ in range(5)]


def artifact(number: int, seconds: float = 0.5, *, more: object = (), seed: int = 0) -> bytes:
    """Return the artifact of a commit, in which `pool` takes this long and the serial loop one second."""
    numbers = random.Random(f"{number} {seed}")
    machine = numbers.lognormvariate(0, 0.3)  # a machine that is as fast as it likes
    serial = record("sort/serial/w1", launches(machine, numbers))
    pool = against(serial, "sort/pool/w2", launches(machine * seconds, numbers))
    found = content([serial, pool, *more])  # type: ignore[misc]
    found["commit_info"] = {
        "id": f"{number:012x}{0:028x}",
        "time": f"2026-01-01T{number // 60:02}:{number % 60:02}:00+00:00",
    }
    return compose.encode(found)


def write_history(folder: Path, runs: Iterable[bytes]) -> None:
    """Write the files of a history."""
    for run in runs:
        found = artifacts.parse(run)
        kept = excerpt(found, commit_of(found))
        history.add(Folder(folder), kept)


@pytest.fixture
def add(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Add:
    """Add an artifact to a history, and return what is said."""

    def add(run: bytes, to: Path | str = "", *more: str, code: int = 0) -> str:
        path = tmp_path / "run.json"
        path.write_bytes(run)
        capsys.readouterr()
        assert main(["history", "add", str(path), "--to", str(to or tmp_path / "history"), *more]) == code
        return capsys.readouterr().err

    return add


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a subcommand with bad input: the exit code is 2, and one message says why."""

    def refused(*arguments: object) -> str:
        capsys.readouterr()
        assert main(["history", *map(str, arguments)]) == 2
        said = capsys.readouterr().err
        assert said.count("execbench: ") == 1
        assert "Traceback" not in said
        return said

    return refused


def shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Return what `show` prints."""
    capsys.readouterr()
    assert main(["history", "show", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_change_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A commit from which on a trial is slower is shown, though each machine is as fast as it likes."""
    write_history(tmp_path / "history", (artifact(number, 0.5 if number < 24 else 0.6) for number in range(30)))
    output = shown(capsys, tmp_path / "history")
    assert "1 slower, 0 faster at the last 20 of 30 commits (2 trials on 1 machine)" in output
    (line,) = [line for line in output.splitlines() if line.startswith("sort/pool/w2")]
    assert line.split()[1:4] == ["1.20x", "slower", f"{24:012x}"]


def test_machines_are_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each machine has series of its own, and that another one is faster is no change."""
    runs = []
    for number in range(40):
        small = number < 20
        found = json.loads(artifact(number, 0.6 if small else 0.5))
        found["execbench"]["environment"]["usable_cpus"] = 2 if small else 8
        runs.append(json.dumps(found).encode())
    write_history(tmp_path / "history", runs)
    output = shown(capsys, tmp_path / "history")
    assert "0 slower, 0 faster at the last 20 of 40 commits (2 trials on 2 machines)" in output


def test_run_is_added_once(add: Add, tmp_path: Path) -> None:
    """Adding a run again changes nothing, and two runs of one commit are two files."""
    assert "is added to" in add(artifact(1))
    (path,) = (tmp_path / "history").iterdir()
    before = path.stat()
    assert "was in the history already" in add(artifact(1))
    assert path.stat() == before
    add(artifact(1, seed=1))
    assert len(list((tmp_path / "history").iterdir())) == 2
    found = history.read(place_of(str(tmp_path / "history")))
    assert [len(point.trials) for series in found.series for point in series.points] == [2, 2]


def test_strangers_files_are_named_and_kept(add: Add, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half-written and strangers' files are named and left as they are, and the rest is shown."""
    add(artifact(1))
    folder = tmp_path / "history"
    (whole,) = folder.iterdir()
    half = whole.with_name(whole.name.replace("00", "11", 1))
    half.write_bytes(whole.read_bytes()[:-99])
    (folder / "README.md").write_text("ours")
    (folder / "more").mkdir()
    output = shown(capsys, folder)
    assert f"skipped {half.name}: not JSON, or cut off" in output
    assert "skipped README.md: not a run of a history" in output
    assert "skipped more: is a folder, not a file" in output
    assert "of 1 commit " in output
    add(artifact(2))
    assert len(list(folder.iterdir())) == 5


@pytest.mark.parametrize(("version", "advice"), [(2, "upgrade execbench"), (0, "use the execbench that wrote it")])
def test_other_versions_are_refused(
    version: int, advice: str, add: Add, tmp_path: Path, refused: Callable[..., str]
) -> None:
    """A history that another version wrote is neither read nor added to."""
    add(artifact(1))
    (whole,) = (tmp_path / "history").iterdir()
    path = whole.rename(whole.with_name(whole.name.replace(".v1.", f".v{version}.")))
    path.write_text(json.dumps({"version": version, "new": "words"}))
    expected = f"{path.name}: its version is {version}, and this execbench reads version 1: {advice}"
    assert expected in refused("show", tmp_path / "history")
    assert expected in add(artifact(2), code=2)
    assert list((tmp_path / "history").iterdir()) == [path]
    path.rename(whole)
    assert f"its version is {version}" in refused("show", tmp_path / "history")


def test_failed_trials_are_kept(add: Add, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The artifact of a failed run is kept with the reason, and shown while it is the latest."""
    add(artifact(1, more=[failed("sort/joblib/w2", "no luck\nat all")]))
    assert "failed sort/joblib/w2: raised at 000000000001: no luck\n" in shown(capsys, tmp_path / "history")
    add(artifact(2))
    assert "joblib" not in shown(capsys, tmp_path / "history")


def test_artifact_without_commit_is_refused(add: Add) -> None:
    """A run that does not say what it measured is refused, unless the commit is given."""
    found = json.loads(artifact(1))
    found["commit_info"] = {"id": "unversioned"}
    run = json.dumps(found).encode()
    assert "it does not say which commit it measured: give --commit" in add(run, code=2)
    assert add(run, "", "--commit", "f" * 40).startswith("f" * 12)


def test_bad_artifacts_are_refused(add: Add, refused: Callable[..., str], tmp_path: Path) -> None:
    """What is no artifact, or has no trial, and a history without runs, are refused."""
    assert "not JSON" in add(b"{", code=2)
    empty = json.loads(artifact(1))
    empty["benchmarks"] = []
    assert "there is no trial in it" in add(json.dumps(empty).encode(), code=2)
    assert "holds no run" in refused("show", tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    assert "file" in add(artifact(1), tmp_path / "file", code=2)


def test_parents_come_before_children(add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits keep their subject and their parents, which come first even if their clocks were fast."""
    monkeypatch.chdir(tmp_path)
    ids = commits(tmp_path, ["2026-01-03", "2026-01-01", "2026-01-02"])
    for id_ in reversed(ids):
        run = json.loads(artifact(1))
        run["commit_info"] = {"id": id_}
        add(json.dumps(run).encode())
    found = history.read(place_of(str(tmp_path / "history"))).commits
    assert [commit.id for commit in found] == ids
    assert [commit.subject for commit in found] == ["change 0", "change 1", "change 2"]
    assert found[1].date == "2026-01-01T00:00:00+00:00"


def commits(folder: Path, dates: list[str]) -> list[str]:
    """Make a repository with a commit at each date, and return their ids."""
    identity = ["-c", "user.name=x", "-c", "user.email=x@localhost"]
    subprocess.run(["git", "init", "--quiet", "-b", "main", folder], check=True)
    for number, date in enumerate(dates):
        command = ["git", *identity, "commit", "--quiet", "--allow-empty", "-m", f"change {number}\n\nmore"]
        stamp = f"{date}T00:00:00+00:00"
        subprocess.run(command, cwd=folder, check=True, env={"GIT_COMMITTER_DATE": stamp, "PATH": "/usr/bin:/bin"})
    listed = subprocess.run(["git", "rev-list", "--reverse", "HEAD"], cwd=folder, check=True, capture_output=True)
    return listed.stdout.decode().split()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A bare repository."""
    path = tmp_path / "bare.git"
    subprocess.run(["git", "init", "--quiet", "--bare", path], check=True)
    return path


def test_bare_repository_holds_a_history(add: Add, bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs are added to a branch of a bare repository, each in a commit, and read from it."""
    for number in range(3):
        add(artifact(number), bare)
    assert "was in the history already" in add(artifact(0), bare)
    assert "of 3 commits" in shown(capsys, bare)
    log = subprocess.run(["git", "log", "--format=%s", "execbench-history"], cwd=bare, capture_output=True, check=True)
    assert log.stdout.decode().count("Add 0000") == 3


def test_concurrent_pushes_are_all_kept(tmp_path: Path, bare: Path) -> None:
    """Four programs that add at the same time lose nothing."""
    paths = [tmp_path / f"{number}.json" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(artifact(number))
    command = [sys.executable, "-m", "execbench", "history", "add"]
    running = [subprocess.Popen([*command, path, "--to", f"{bare}#runs"], stderr=subprocess.PIPE) for path in paths]
    assert [(process.communicate()[1].count(b"is added to"), process.returncode) for process in running] == [(1, 0)] * 4
    assert len(history.read(place_of(f"{bare}#runs")).runs) == 4


def test_branch_here_holds_a_history(
    add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str]
) -> None:
    """Runs are added to a branch of the repository here, the checkout of which is left alone."""
    monkeypatch.chdir(tmp_path)
    commits(tmp_path, ["2026-01-03"])
    add(artifact(1), "branch:runs")
    assert len(history.read(place_of("branch:runs")).runs) == 1
    status = subprocess.run(["git", "status", "--porcelain"], capture_output=True, check=True)
    assert status.stdout.decode() == "?? run.json\n"
    assert "checked out" in add(artifact(1), "branch:main", code=2)
    assert "cannot be the name of a branch" in refused("show", "branch:..")


def test_no_git(add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git, a folder works with what the artifact says, and a branch is refused."""
    monkeypatch.setenv("PATH", str(tmp_path))
    add(artifact(1))
    (found,) = history.read(place_of(str(tmp_path / "history"))).commits
    assert (found.date, found.subject) == ("2026-01-01T00:01:00+00:00", "")
    assert "git cannot be run" in add(artifact(1), "branch:runs", code=2)
