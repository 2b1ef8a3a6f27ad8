"""The warm interpreter, which runs the commands of other tests: nothing tells it from a cold start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.warm import WarmInterpreter

TELLS = """
import os, sys
print(__name__, sys.argv, os.getcwd(), sys.path, sorted(os.environ.items()), repr(sys.stdin.read()))
print(sys.stdout.encoding, sys.stdout.errors, sys.stdout.isatty(), file=sys.stderr)
sys.exit(7)
"""


@pytest.mark.parametrize("more", [{}, {"COLUMNS": "30"}, {"PYTHONHASHSEED": "1"}])
def test_same_as_a_cold_start(warm: WarmInterpreter, tmp_path: Path, more: dict[str, str]) -> None:
    """A command has the arguments, folder, path, environment, streams and exit code of one that was started cold."""
    (tmp_path / "tells.py").write_text(TELLS)
    environment = {**os.environ, **more}
    warmed = warm.run("tells", ["a", "b c"], cwd=tmp_path, env=environment, timeout=60)
    words = [sys.executable, "-m", "tells", "a", "b c"]
    pipes = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    cold = subprocess.run(words, cwd=tmp_path, env=environment, check=False, **pipes)  # type: ignore[call-overload]
    assert (warmed.returncode, warmed.stdout, warmed.stderr) == (cold.returncode, cold.stdout, cold.stderr)
    assert cold.returncode == 7


def test_commands_know_nothing_of_each_other(warm: WarmInterpreter, tmp_path: Path) -> None:
    """What one command changes in its process, the next does not see."""
    (tmp_path / "changes.py").write_text("import os\nprint(os.environ.get('CHANGED'))\nos.environ['CHANGED'] = 'yes'\n")
    printed = [warm.run("changes", [], cwd=tmp_path, timeout=60).stdout for _ in range(2)]
    assert printed == ["None\n", "None\n"]


def test_late_command_is_killed(warm: WarmInterpreter, tmp_path: Path) -> None:
    """A command that takes longer than it may is killed, and the next one runs."""
    (tmp_path / "waits.py").write_text("import signal\nprint('here', flush=True)\nsignal.pause()\n")
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run("waits", [], cwd=tmp_path, timeout=0.1)
    assert warm.run("this", [], cwd=tmp_path, timeout=60).returncode == 0
