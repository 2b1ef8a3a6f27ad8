"""Files that never end, names that are too long or obeyed by a terminal, and a system without room for processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import made_up
import msgspec
import pytest

from execbench.records import artifact
from execbench.report.document import Code, Document, Section
from execbench.report.render.markdown import as_markdown
from execbench.sweep import results
from execbench.sweep.metg import MetgResult
from execbench.sweep.pairing import CeilingSpot
from execbench.sweep.results import MetgRun
from tests.conftest import Command

HOSTILE = "\x1b]0;title\x07\u202e\u2066"


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _link_to_fifo(path: Path) -> None:
    os.mkfifo(path.with_name("fifo"))
    path.symlink_to("fifo")


def _link_to_zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_fifo, _link_to_fifo, _link_to_zero])
@pytest.mark.parametrize("words", [["report", "x.json"], ["compare", "x.json", "x.json"], ["compare", ".", "."]])
def test_no_regular_file(execbench: Command, tmp_path: Path, make: Callable[[Path], None], words: list[str]) -> None:
    """What is no regular file, even as a link within a folder, is refused at once."""
    make(tmp_path / "x.json")
    finished = execbench(*words, cwd=tmp_path, timeout=60)
    assert finished.returncode == 2
    assert finished.stderr == "execbench: x.json: not a regular file\n"


@pytest.mark.parametrize("words", [["compare", "a" * 5000, "b"], ["compare", ".", "b/" * 2500], ["report", "a" * 5000]])
def test_name_that_is_too_long(execbench: Command, words: list[str]) -> None:
    """A name that no file can have is refused in one line."""
    finished = execbench(*words)
    assert finished.returncode == 2
    assert finished.stderr.count("\n") == 1
    assert "File name too long" in finished.stderr


@pytest.mark.parametrize("launches", [0, 2, 4, 10**9])
def test_metg_with_other_launches(execbench: Command, tmp_path: Path, launches: int) -> None:
    """A METG file is refused if its spots are not of as many launches as it claims."""
    spots = [CeilingSpot(launch, 32, 2, [0.1], [0.1]) for launch in range(3)]
    run = MetgRun(grain="spin[steps]", max_workers=2, command=[], results=[MetgResult("pool", spots, 3, 3)])
    content = results.as_json(run)
    content["backends"][0]["launches"] = launches
    (tmp_path / "m.json").write_bytes(msgspec.json.encode(content))
    finished = execbench("report", tmp_path / "m.json", "--format", "csv", timeout=60)
    assert finished.returncode == 2
    assert f"the spots are not those of {launches} `launches`" in finished.stderr


def test_file_names_are_shown(execbench: Command, tmp_path: Path) -> None:
    """No name of a file that is written or read gets to a terminal as it is."""
    good = tmp_path / f"{HOSTILE}.json"
    good.write_bytes(msgspec.json.encode(made_up.content([made_up.record("spin/serial/w1", [[1.0, 1.1], [1.0, 1.2]])])))
    folder = tmp_path / HOSTILE
    for words in (
        ["report", good, "-o", tmp_path / f"{HOSTILE}.csv"],
        ["report", good, "--format", "markdown"],
        ["report", tmp_path / f"{HOSTILE}none.json"],
        ["report", good, "-o", folder / "none" / "a.csv"],
        ["compare", good, good],
        ["compare", good, f"{good}::{HOSTILE}"],
        ["run", "-w", f"{HOSTILE}.py"],
        ["run", f"--{HOSTILE}"],
        ["run", "-w", "noop", "-b", "threads", "--launches", 1, "--max-time", 0.01, "--json", good],
    ):
        finished = execbench(*words)
        assert finished.stdout or finished.stderr
        assert not set(HOSTILE) - set("0;title]") & set(finished.stdout + finished.stderr), words


def test_commands_in_markdown_are_shown() -> None:
    """In the command of a Markdown report, letters that a terminal would obey are spelled out."""
    document = Document("title", [Section("first", [Code(f"execbench run -w '{HOSTILE}'\nrest")])])
    assert r"execbench run -w '\x1b]0;title\x07\u202e\u2066'" in as_markdown(document)
    assert "\nrest\n" in as_markdown(document)


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="only root may become somebody else")
def test_no_room_for_processes(tmp_path: Path) -> None:
    """Where no process can be started, a run says so in a line and leaves no temporary folder."""
    tmp_path.chmod(0o777)
    rights = "-all,+dac_override,+dac_read_search"  # so that nobody's Python may read ours
    nobody = ["setpriv", "--reuid=65533", "--clear-groups", f"--inh-caps={rights}", f"--ambient-caps={rights}"]
    run = f'ulimit -u 0; exec "{sys.executable}" -m execbench run -w noop --json a.json'
    environment = {**os.environ, "TMPDIR": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"}
    finished = subprocess.run(
        [*nobody, "bash", "-c", run],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 2
    assert finished.stderr == "execbench: no process can be started: Resource temporarily unavailable\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.getuid() != 0, reason="mounting takes root")
def test_no_processes_to_be_seen(broken: Path, tmp_path: Path) -> None:
    """Where /proc is missing, a line says what cannot be measured, and a lane that hangs is ended all the same."""
    arguments = ["-w", "noop", "-b", "threads", "-b", os.fspath(broken / "hangs.py"), "--launches", "2"]
    limits = ["--max-time", "0.01", "--round-timeout", "2", "--json", "a.json"]
    script = 'mount -t tmpfs none /proc && exec "$0" -m execbench run "$@"'
    command = ["unshare", "--mount", "sh", "-c", script, sys.executable, *arguments, *limits]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    if "mount:" in finished.stderr or "unshare:" in finished.stderr:
        pytest.skip("this machine lets nobody mount")
    assert finished.returncode == 1, finished.stderr
    assert finished.stderr.startswith("this system shows no processes, as /proc is missing: ")
    assert "Traceback" not in finished.stderr
    records = {record.backend: record for record in artifact.read(tmp_path / "a.json").records}
    assert {name: record.status for name, record in records.items()} == {
        "serial": "ok",
        "threads": "ok",
        "hangs": "hung",
    }
    threads = records["threads"]
    assert (threads.cpu_seconds, threads.usage, threads.peak_memory_bytes) == (None, None, None)
