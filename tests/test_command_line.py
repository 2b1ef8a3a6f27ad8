"""What all commands have in common: a project's defaults, completion, the manual page, and the versions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import manual
import pytest

from execbench.cli import COMMANDS, main, parsers
from execbench.records import artifact
from execbench.version import __version__
from tests.conftest import Command

PROJECT = """\
[tool.execbench]
workload = ["noop"]
backend = ["threads"]
max-workers = 1
no-wait = true

[tool.execbench.run]
size = 3
launches = 1
max-time = 0.01
"""


def test_defaults_of_a_project(execbench: Command, tmp_path: Path) -> None:
    """Options come from the nearest project that has some, the command line wins, and the artifact names them all."""
    deeper = tmp_path / "deeper"
    deeper.mkdir()
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (deeper / "pyproject.toml").write_text("[project]\n")
    finished = execbench("run", "--json=a.json", "--backend=processes", "--size=2", cwd=deeper)
    assert finished.returncode == 0, finished.stderr
    content = artifact.read(deeper / "a.json")
    raced = {(record.backend, record.size, record.launches) for record in content.records}
    assert raced == {("processes", 2, 1), ("serial", 2, 1)}
    assert isinstance(content.execbench, artifact.RunInfo)
    given = ["--workload=noop", "--max-workers=1", "--no-wait", "--size=3", "--launches=1", "--max-time=0.01"]
    assert set(given) < set(content.execbench.command)


def test_option_named_like_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No option of a command, such as the `--name` of `ci compare`, is taken for the command's own name."""
    monkeypatch.chdir(tmp_path)
    assert main(["ci", "compare", "--folder", "steps", "--name", "other", "-w", "noop"]) == 2
    assert "not a git repository" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("max_time = 3", "[tool.execbench] has max_time, which is not an option: did you mean max-time?"),
        ("[tool.execbench.rum]", "[tool.execbench] has rum, which is not a command: did you mean run?"),
        ("run = 5", "[tool.execbench] has run, which is not an option"),
        ("[tool.execbench.list]\nsize = 3", "[tool.execbench.list] has size, which is not an option"),
        ("[tool.execbench.history]\nlast = 3", "[tool.execbench.history] has last, which is not an option"),
        ("format = true", "format = True: give a text or a number, as for --format"),
        ("format = 'png'", "argument --format: invalid choice: 'png'"),
        ("all = 3\n[tool.execbench.check]\nall = 'x'", "all = 'x': give true or false"),
        ("format = ", "Invalid value (at line 2"),
    ],
)
def test_defaults_that_cannot_be(
    table: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that no option has, or a value that it cannot have, is bad input, which names the file."""
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.execbench]\n{table}\n")
    monkeypatch.chdir(tmp_path)
    command = ["check", "pool"] if "check" in table else ["list"]
    assert main(command) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"execbench: {path}: ")
    assert errors.count("\n") == 1
    assert said in errors


def test_file_that_is_not_ours(execbench: Command, tmp_path: Path) -> None:
    """A pyproject.toml that does not mention execbench is left alone, whatever is wrong with it."""
    (tmp_path / "pyproject.toml").write_text("[[[")
    finished = execbench("compare", "none.json", "none.json", cwd=tmp_path)
    assert "none.json" in finished.stderr
    assert "pyproject" not in finished.stderr


COMPLETES = """
source "$1"
COMP_WORDS=(execbench "${@:2}") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_shtab_execbench
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("words", "found"), [(["br"], {"break-even"}), (["run", "--max-w"], {"--max-workers"}), (["rep"], {"report"})]
)
def test_completion(words: list[str], found: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bash completes commands, and the options of each."""
    assert main(["--print-completion", "bash"]) == 0
    script = tmp_path / "completion.bash"
    script.write_text(capsys.readouterr().out)
    said = subprocess.run(
        ["bash", "-c", COMPLETES, "bash", str(script), *words], capture_output=True, text=True, check=True
    )
    assert set(said.stdout.split()) == found


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_completion_of_other_shells(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Other shells get what completes each command."""
    assert main(["--print-completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(command in script for command in COMMANDS)


def test_manual_is_complete() -> None:
    """The manual page has each option of each command, and the version; docs/manual.py writes it."""
    page = manual.PAGE.read_text().replace("\\", "")
    _, commands = parsers(COMMANDS)
    words = [word for parser in commands.values() for action in parser._actions for word in action.option_strings]
    assert [word for word in words if word not in page] == []
    assert f"execbench {__version__}" in page


def test_version_for_a_report(execbench: Command) -> None:
    """`--version --verbose` says what somebody who looks into a problem asks first."""
    said = execbench("--version", "--verbose").stdout
    facts = dict(line.split(": ", 1) for line in said.splitlines())
    assert facts["execbench"] == __version__
    assert {"Python", "platform", "CPU", "memory", "numpy", "joblib"} <= facts.keys()
    assert "process_pool" in facts["backends"]
    assert "mypy" not in facts


def test_module_runs(tmp_path: Path) -> None:
    """`python -m execbench` is the command."""
    command = [sys.executable, "-m", "execbench", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert re.fullmatch(rf"execbench {re.escape(__version__)}\n", said)
