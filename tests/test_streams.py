"""Standard streams that are closed, full, ASCII or left by their reader end no run, and no command in a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from execbench.records import artifact

RUN = "run -w noop -w cube -b threads --size 20 --launches 1 --max-time 0.01 --max-workers 2 --json a.json"
WORKLOAD = (
    "from execbench import Workload\ndef fn(task):\n    return task\nworkload = Workload(fn=fn, tasks=range, size=2)\n"
)
FULL = "execbench: standard output cannot be written: No space left on device"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in an empty folder, in which `execbench` is the one that is tested."""
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell in a folder with the artifact of a run."""
    shell = Shell(tmp_path_factory.mktemp("raced"))
    assert shell(f"execbench {RUN}").returncode == 0
    return shell


class Shell:
    """Runs lines of bash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a line; its exit code is that of the first command that fails in a pipe."""
        program = f'set -o pipefail; execbench() {{ "{sys.executable}" -m execbench "$@"; }}; {line}'
        return subprocess.run(
            ["bash", "-c", program],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def races(self) -> set[str]:
        """The races of the artifact, all of which were run."""
        records = artifact.read(self.folder / "a.json").records
        assert all(record.ok for record in records)
        return {record.group for record in records}


@pytest.mark.parametrize(
    ("redirection", "said"),
    [
        (">/dev/full", FULL),
        (">&-", "execbench: standard output cannot be written: Bad file descriptor"),
        ("2>&-", ""),
        ("2>/dev/full", ""),
        (">&- 2>&- <&-", ""),
        (">/dev/full 2>/dev/full", ""),
    ],
)
def test_run_goes_on(shell: Shell, redirection: str, said: str) -> None:
    """A run whose output cannot be written runs all of its races, writes its artifact, and says once what is lost."""
    finished = shell(f"execbench {RUN} {redirection}")
    assert finished.returncode == 0, finished.stderr
    assert shell.races() == {"noop", "cube"}
    assert [line for line in finished.stderr.splitlines() if line.startswith("execbench: ")] == ([said] if said else [])
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize("pipe", ["|", "2>&1 |"])
def test_run_outlives_its_reader(shell: Shell, pipe: str) -> None:
    """`run | head`, also with standard error in the pipe, runs all races and writes its artifact, without a word."""
    finished = shell(f"execbench {RUN} {pipe} true")
    assert finished.returncode == 0
    assert shell.races() == {"noop", "cube"}
    assert "Error" not in finished.stderr
    assert "cannot be written" not in finished.stderr


def test_ascii(shell: Shell) -> None:
    """Where standard output takes ASCII only, our own signs have stand-ins, and other letters are spelled out."""
    finished = shell(f"execbench {RUN}", PYTHONIOENCODING="ascii")
    assert finished.returncode == 0, finished.stderr
    assert " us" in finished.stdout
    (shell.folder / "größe.py").write_text(WORKLOAD)
    finished = shell(f"execbench {RUN} -w größe.py", PYTHONIOENCODING="ascii")
    assert finished.returncode == 0, finished.stderr
    assert r"gr\xf6\xdfe: " in finished.stdout
    assert shell.races() == {"noop", "cube", "größe"}


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "--version",
        "list",
        "report a.json --format csv",
        "compare a.json a.json",
        "compare a.json a.json --format json",
        "check threads --json",
        "metg -b threads --launches 2 --max-time 0.1",
    ],
)
def test_full_disk(raced: Shell, command: str) -> None:
    """A command whose product is its output ends with exit code 2 and one line where that cannot be written."""
    finished = raced(f"execbench {command} >/dev/full")
    assert finished.returncode == 2
    assert finished.stderr.splitlines().count(FULL) == 1
    assert "Error" not in finished.stderr


def test_sweep_is_saved_without_its_output(shell: Shell) -> None:
    """A sweep whose output cannot be written saves its file all the same."""
    words = "metg -b threads --launches 2 --max-time 0.1 --json m.json --report m.csv"
    assert shell(f"execbench {words} >/dev/full").returncode == 2
    assert shell("execbench report m.json --format csv").stdout == (shell.folder / "m.csv").read_text()


def test_reader_that_has_read_enough(shell: Shell) -> None:
    """A command whose product is its output ends quietly, with the shell's exit code, once nobody reads it."""
    finished = shell("execbench list | true")
    assert finished.returncode == 141
    assert finished.stderr == ""


def test_closed_streams_are_no_files(shell: Shell) -> None:
    """No file takes the number of a closed stream, so that nothing that is printed gets into it."""
    program = "from execbench.cli import streams; streams.guard(); file = open('file', 'w')"
    program += "; file.write(str(file.fileno()))"
    assert shell(f'"{sys.executable}" -c "{program}" <&- >&- 2>&-').returncode == 0
    assert int((shell.folder / "file").read_text()) > 2


def test_pipe_that_does_not_wait(shell: Shell) -> None:
    """Output for a slow reader comes through whole, even if its pipe does not wait."""
    page = shell("execbench list --format html").stdout
    assert len(page) > 100_000
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    command = [sys.executable, "-m", "execbench", "list", "--format", "html"]
    with subprocess.Popen(command, cwd=shell.folder, stdout=writing) as run:
        os.close(writing)
        with open(reading, encoding="utf-8") as file:
            assert len(file.read()) == len(page)
    assert run.returncode == 0
