"""`--python`: the interpreter, its options and its variables, and what is seen of its global interpreter lock."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from execbench.errors import BadInput
from execbench.lane.gil import Gil
from execbench.records import artifact
from execbench.records.record import Record
from execbench.supervisor.python import Python, parse_pythons
from tests.conftest import Command
from tests.interpreters import SUPPORTED

LITTLE = ("--launches", 1, "--min-rounds", 1, "--max-time", 0.01, "--max-workers", 2)
FREE_THREADED = [path for interpreter, path in sorted(SUPPORTED.items()) if interpreter.free_threaded]
WITH_GIL = [path for interpreter, path in sorted(SUPPORTED.items()) if interpreter.version >= (3, 13)]
WITH_GIL = [path for path in WITH_GIL if path not in FREE_THREADED]

MODULE = """\
import extension
from execbench import Workload

def fn(task):
    return task

workload = Workload(fn=fn, tasks=range, size=8)
"""


@pytest.mark.parametrize(
    ("text", "options", "variables"),
    [
        ("a={}", (), {}),
        ("a={} -X gil=0", ("-X", "gil=0"), {}),
        ("a={} -O -W 'ignore:a b' env A=b 'C=d e' F=", ("-O", "-W", "ignore:a b"), {"A": "b", "C": "d e", "F": ""}),
        ("a={} env A=b=c", (), {"A": "b=c"}),
    ],
)
def test_parts(text: str, options: tuple[str, ...], variables: dict[str, str]) -> None:
    """The program, its options and its variables are split as a shell would split them."""
    (python,) = parse_pythons([text.format(shlex.quote(sys.executable))])
    assert (python.path, python.name, python.options, python.environment) == (sys.executable, "a", options, variables)


def test_quoted_path(tmp_path: Path) -> None:
    """A path with spaces is quoted; one that is not is refused, and the message says so."""
    program = tmp_path / "my python"
    program.symlink_to(sys.executable)
    assert parse_pythons([f"a='{program}'"]) == (Python(str(program), "a"),)
    with pytest.raises(BadInput, match="quote a path with spaces"):
        parse_pythons([f"a={program}"])


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("script.py", "'script.py' is not an option of an interpreter"),
        ("env A", "'A' is not a variable with its value"),
        ("'", "No closing quotation"),
    ],
)
def test_bad_parts(execbench: Command, rest: str, message: str) -> None:
    """What can be neither an option nor a variable is refused in a line."""
    finished = execbench("run", "-w", "nosuch", "--python", f"a={shlex.quote(sys.executable)} {rest}")
    assert finished.returncode == 2
    assert message in finished.stderr
    assert finished.stderr.count("\n") == 1


@pytest.mark.skipif(not WITH_GIL, reason="there is no Python from 3.13 that is not free-threaded")
def test_lock_that_cannot_be_turned_off(execbench: Command) -> None:
    """`-X gil=0` on a build that cannot is refused with what Python says."""
    finished = execbench("run", "-w", "cube", "--python", f"a={WITH_GIL[0]} -X gil=0")
    assert finished.returncode == 2
    (line,) = finished.stderr.splitlines()
    assert "-X gil=0 cannot run a lane: Fatal Python error" in line
    assert "Disabling the GIL is not supported by this build" in line


def _raced(execbench: Command, folder: Path, *pythons: str, backends: tuple[str, ...] = ()) -> dict[str, Record]:
    """Race the workload in a folder under interpreters; return the records."""
    words = [word for python in pythons for word in ("--python", python)]
    words += [word for backend in backends for word in ("-b", backend)]
    finished = execbench("run", "-w", folder / "work.py", *words, *LITTLE, "--json", folder / "a.json", cwd=folder)
    assert finished.returncode == 0, finished.stderr
    return {record.name: record for record in artifact.read(folder / "a.json").records}


def test_two_settings_race(execbench: Command, tmp_path: Path) -> None:
    """Two settings of one interpreter race, each with its options and variables in the lane and in the workers."""
    (tmp_path / "work.py").write_text(
        "import os, sys\nfrom execbench import Workload\n"
        "def fn(task):\n    assert [sys.flags.optimize, os.environ.get('HUE')] == task\n"
        "def tasks(size):\n    return [[sys.flags.optimize, os.environ.get('HUE')]] * size\n"
        "workload = Workload(fn=fn, tasks=tasks, size=4)\n"
    )
    own = shlex.quote(sys.executable)
    pythons = (f"plain={own}", f"fast={own} -O env HUE=red")
    records = _raced(execbench, tmp_path, *pythons, backends=("pool[start_method=spawn]",))
    assert len(records) == 4
    fast = records["work/serial/w1/pyfast"].python
    assert (list(fast.options), dict(fast.environment)) == (["-O"], {"HUE": "red"})
    plain = records["work/serial/w1/pyplain"].python
    assert (list(plain.options), dict(plain.environment)) == ([], {})


@pytest.fixture
def claims_free_threading(tmp_path: Path) -> str:
    """An interpreter that says it was built free-threaded, with a module that turns its lock on as an extension does.

    It stands for such a build where there is none: what it says is all that a lane looks at.
    """
    folder = tmp_path / "claims"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "sitecustomize.py").write_text(
        "import os, sys, sysconfig\n"
        "lock = [os.environ.get('PYTHON_GIL') == '1']\n"
        "sys._is_gil_enabled = lambda: lock[0]\n"
        "sysconfig.get_config_vars()['Py_GIL_DISABLED'] = 1\n"
    )
    (site / "extension.py").write_text(
        "import os, sys, sitecustomize, warnings\n"
        "if not sys._is_gil_enabled() and 'STAYS_OFF' not in os.environ:\n"
        "    sitecustomize.lock[0] = True\n"
        "    said = 'The global interpreter lock (GIL) has been enabled to load module %r, which has not declared'\n"
        "    warnings.warn(said % 'fast._core', RuntimeWarning)\n"
    )
    (tmp_path / "work.py").write_text(MODULE)
    return shlex.quote(str(folder / "bin" / "python"))


def test_lock_of_any_other_build(execbench: Command, tmp_path: Path) -> None:
    """The lock of a build that is not free-threaded is on, and that is no reason for a doubt."""
    (tmp_path / "extension.py").touch()
    (tmp_path / "work.py").write_text(MODULE)
    for record in _raced(execbench, tmp_path, *map("a={}".format, WITH_GIL[:1]), backends=("threads",)).values():
        assert record.python.gil == Gil(free_threaded=False, lane=True, workers=True)
        assert "gil_enabled" not in [doubt.code for doubt in record.doubts]


def test_extension_turns_the_lock_on(execbench: Command, tmp_path: Path, claims_free_threading: str) -> None:
    """The doubt `gil_enabled` names the module that turned the lock on; if it is off, or asked for, there is none."""
    python = claims_free_threading
    pythons = (f"on={python}", f"off={python} env STAYS_OFF=1", f"wanted={python} env PYTHON_GIL=1")
    backends = ("threads", "pool", "pool[start_method=spawn]")
    records = _raced(execbench, tmp_path, *pythons, backends=backends)
    for backend in backends:
        on, off, wanted = (records[f"work/{backend}/w2/py{name}"] for name in ("on", "off", "wanted"))
        assert on.python.gil == Gil(True, wanted=False, lane=True, workers=True, module="fast._core")
        (doubt,) = (doubt for doubt in on.doubts if doubt.code == "gil_enabled")
        assert "the extension module fast._core turned the GIL on" in doubt.advice
        assert off.python.gil == Gil(True, wanted=False, lane=False, workers=False)
        assert wanted.python.gil == Gil(True, wanted=True, lane=True, workers=True)
        assert "gil_enabled" not in [doubt.code for record in (off, wanted) for doubt in record.doubts]


@pytest.mark.skipif(not FREE_THREADED, reason="there is no free-threaded build")
def test_free_threaded_build(execbench: Command, tmp_path: Path) -> None:
    """Under a free-threaded build the lock is off in the lane and in every kind of worker, unless it is asked for."""
    (tmp_path / "extension.py").touch()
    (tmp_path / "work.py").write_text(MODULE)
    python = FREE_THREADED[0]
    pythons = (f"off={python} env PYTHON_GIL=0", f"wanted={python} -X gil=1")
    backends = ("threads", "pool[start_method=spawn]")
    records = _raced(execbench, tmp_path, *pythons, backends=backends)
    for backend in backends:
        off, wanted = (records[f"work/{backend}/w2/py{name}"] for name in ("off", "wanted"))
        assert off.python.gil == Gil(True, wanted=False, lane=False, workers=False)
        assert wanted.python.gil is not None
        assert (wanted.python.gil.wanted, wanted.python.gil.lane) == (True, True)
