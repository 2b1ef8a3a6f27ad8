"""A daemon that has lost its parent, its session and its environment: on Linux it is seen, and ended with its lanes."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives us orphans")

CHECK = """
import sys
from execbench.conformance.kit import Kit
from execbench.plugins.describe import chosen, describe
from execbench.supervisor.lane import Nursery
with Nursery(adopts=True) as nursery:
    (description,) = describe(nursery, chosen("backend", [sys.argv[1]]))
    print(Kit(nursery, description).check("leaves"))
"""

TWO_LANES = """
import psutil
from execbench.supervisor.lane import Nursery
with Nursery(adopts=True) as nursery:
    with nursery.lane() as one:
        one.greet()
        with nursery.lane() as other:
            assert other.pid not in {process.pid for process in one.tree.members()}
            other.greet()
        assert {process.pid for process in one.tree.members()} == {one.pid}
assert not psutil.Process().children()
assert not nursery.folder.exists()
"""


@pytest.fixture
def daemons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the daemons of `leaves_daemon` write their numbers."""
    path = tmp_path / "daemons"
    monkeypatch.setenv("DAEMONS", str(path))
    return path


def living(daemons: Path) -> list[int]:
    """The daemons that still run; a number that another program has by now does not count."""
    numbers = [int(line) for line in daemons.read_text().split()]
    assert numbers
    found = []
    for number in numbers:
        with suppress(psutil.Error):
            if str(daemons) in psutil.Process(number).cmdline():
                found.append(number)
    return found


def test_check_sees_it(broken: Path, daemons: Path) -> None:
    """`check` finds that the backend leaves a process, and nothing of it lives on."""
    program = [sys.executable, "-c", CHECK, str(broken / "leaves_daemon.py")]
    finished = subprocess.run(program, capture_output=True, text=True, check=True, timeout=120)
    assert finished.stdout.startswith("fail: each time it is used, 1 more process stays")
    assert not living(daemons)


def test_run_ends_it(broken: Path, daemons: Path, tmp_path: Path) -> None:
    """A run ends with all daemons of its backends, even if several lanes were open when they came."""
    words = ["run", "-w", "noop", "-b", str(broken / "leaves_daemon.py"), "--launches", "1", "--max-time", "0.01"]
    command = [sys.executable, "-m", "execbench", *words, "--json", str(tmp_path / "a.json")]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert finished.returncode == 0, finished.stderr
    assert not living(daemons)


def test_lanes_are_no_orphans() -> None:
    """Neither a lane nor the guard is taken for an orphan, and no child is left after the last lane."""
    command = [sys.executable, "-c", TWO_LANES]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert finished.returncode == 0, finished.stderr
