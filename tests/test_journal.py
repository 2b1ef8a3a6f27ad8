"""The journal: a killed run loses no finished race, and continues where it stopped."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from made_up import ENVIRONMENT, failed, record, trial
from msgspec.structs import replace

from execbench.errors import BadInput
from execbench.records import artifact
from execbench.records.journal import Heading, Journal, RaceKey
from execbench.records.record import Chunking, Record
from tests.conftest import Command

WORKLOADS = ("noop", "wait", "word_count", "monte_carlo_pi", "imbalance")
RUN = ("run", *(word for name in WORKLOADS for word in ("-w", name)), "-b", "threads")
QUICK = ("--launches", "1", "--max-time", "0.01", "--max-workers", "2", "--size", "20")

RECORDS = [record("noop/serial/w1"), record("noop/threads/w2"), record("wait/threads/w2")]
TRIALS = [trial(each) for each in RECORDS]
HEADING = Heading([each.name for each in RECORDS], {"launches": 5}, ENVIRONMENT, 7)
NOOP, WAIT = ("noop", 100), ("wait", 100)


WORKLOAD = """
from execbench import Workload

workload = Workload(fn=fn, tasks=lambda size: list(range(size)), size=4)
"""


def _resume(path: Path, heading: Heading = HEADING, seed: int | None = None) -> Journal:
    """Resume a journal and unlock it at once."""
    with Journal.resume(path, heading, TRIALS, seed) as journal:
        return journal


def _journal_of_one_race(path: Path) -> None:
    with Journal.begin(path, HEADING) as journal:
        journal.append(NOOP, RECORDS[:2])


def test_resuming_restores_finished_races(tmp_path: Path) -> None:
    """A resumed run has the finished races, and the seed of the first run."""
    _journal_of_one_race(tmp_path / "a.journal")
    resumed = _resume(tmp_path / "a.journal", replace(HEADING, seed=8))
    _, finished = resumed.finished[NOOP]
    assert msgspec.to_builtins(finished) == json.loads(msgspec.json.encode(record("noop/threads/w2")))
    assert resumed.heading.seed == 7


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_incomplete_last_line_is_ignored(tmp_path: Path, cut: int) -> None:
    """A last line cut off anywhere is ignored, and the journal can be read after more is appended."""
    path = tmp_path / "a.journal"
    _journal_of_one_race(path)
    with Journal.resume(path, HEADING, TRIALS) as journal:
        journal.append(WAIT, RECORDS[2:])
    os.truncate(path, path.stat().st_size - cut)
    with Journal.resume(path, HEADING, TRIALS) as resumed:
        assert list(resumed.finished) == [NOOP]
        resumed.append(WAIT, RECORDS[2:])
    assert list(_resume(path).finished) == [NOOP, WAIT]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"trials": ["noop/pool/w2"]}, "matrix"),
        ({"settings": {"launches": 6}}, "settings"),
        ({"environment": replace(ENVIRONMENT, cpus=4)}, "environment"),
    ],
)
def test_changed_run_is_not_resumed(tmp_path: Path, change: dict[str, Any], word: str) -> None:
    """A run whose matrix, settings or environment has changed is refused, and its journal kept."""
    _journal_of_one_race(tmp_path / "a.journal")
    with pytest.raises(BadInput, match=f"as its {word} changed:"):
        _resume(tmp_path / "a.journal", replace(HEADING, **change))
    assert _resume(tmp_path / "a.journal").finished


def test_run_is_not_resumed_with_other_code(tmp_path: Path) -> None:
    """A change in a module that a task imported is refused by its name."""
    helper, path = tmp_path / "helper.py", tmp_path / "artifact.json"
    helper.write_text("FACTOR = 2\n")
    (tmp_path / "job.py").write_text(f"def fn(task):\n    import helper\n    return task * helper.FACTOR\n{WORKLOAD}")
    (tmp_path / "endless.py").write_text(f"def fn(task):\n    while True: pass\n{WORKLOAD}")
    command = [sys.executable, "-m", "execbench", "run", "-w", "job.py", "-w", "endless.py", "-b", "threads"]
    command += ["--launches", "1", "--max-time", "0.01", "--json", str(path)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
        while not _finished(tmp_path / "artifact.json.journal"):
            assert run.poll() is None
            time.sleep(0.05)
        run.kill()
    helper.write_text("FACTOR = 3\n")
    refused = subprocess.run([*command, "--resume"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert f"job imported {helper}, which has changed" in refused.stderr.replace("\n", " ")


def test_run_is_not_resumed_with_another_seed(tmp_path: Path) -> None:
    """A seed that differs from that of the interrupted run is refused, and its own seed is not."""
    _journal_of_one_race(tmp_path / "a.journal")
    with pytest.raises(BadInput, match=r"with the seed 8, as .* has 7: leave the seed out"):
        _resume(tmp_path / "a.journal", seed=8)
    assert _resume(tmp_path / "a.journal", seed=7).finished


@pytest.mark.parametrize("content", [b"", b"nonsense", b"[1]\n", b'{"trials": []}\n', b"\xff\xfe\n"])
def test_other_content_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is not a journal is bad input."""
    path = tmp_path / "a.journal"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="is not the journal of a run"):
        _resume(path)


@pytest.mark.parametrize("seed", ["7", -1, 0.5, None])
def test_seed_must_be_a_number(tmp_path: Path, seed: object) -> None:
    """A journal whose seed is no whole number from 0 is bad input."""
    path = tmp_path / "a.journal"
    path.write_text(json.dumps({**msgspec.to_builtins(HEADING), "seed": seed}) + "\n")
    with pytest.raises(BadInput, match=r"\$\.seed"):
        _resume(path)


SERIAL, THREADS, _ = RECORDS


@pytest.mark.parametrize(
    ("race", "records", "message"),
    [
        (NOOP, [], "are not those of its trials"),
        (NOOP, [SERIAL], "are not those of its trials"),
        (NOOP, [THREADS, SERIAL], "are not those of its trials"),
        (NOOP, [SERIAL, THREADS, THREADS], "are not those of its trials"),
        (NOOP, [SERIAL, replace(THREADS, size=20)], "are not those of its trials"),
        (NOOP, [SERIAL, replace(THREADS, workload="wait")], "are not those of its trials"),
        (NOOP, [SERIAL, replace(THREADS, backend_options={"call": "map"})], "are not those of its trials"),
        (NOOP, [SERIAL, replace(THREADS, chunksize=Chunking(5, 5))], "are not those of its trials"),
        (NOOP, [SERIAL, failed("noop/threads/w2", status="cancelled")], "are not those of its trials"),
        (NOOP, [SERIAL, replace(failed("noop/threads/w2"), status="ok")], "are not those of its trials"),
        (("noop", 20), [SERIAL, THREADS], "not one of this run"),
        (WAIT, RECORDS[2:], "is there twice"),
    ],
)
def test_race_that_is_not_whole_is_refused(tmp_path: Path, race: RaceKey, records: list[Record], message: str) -> None:
    """A finished race must be one of the run's, once, and hold a record of each of its trials, in order."""
    path = tmp_path / "a.journal"
    with Journal.begin(path, HEADING) as journal:
        journal.append(WAIT, RECORDS[2:])
        journal.append(race, records)
    with pytest.raises(BadInput, match=rf"a\.journal, line 3: .*{message}.*: run again without --resume") as refused:
        _resume(path)
    assert "\n" not in str(refused.value)


def test_new_run_keeps_old_journal(tmp_path: Path) -> None:
    """A new run keeps the journal of an interrupted one beside its own."""
    path = tmp_path / "a.journal"
    _journal_of_one_race(path)
    Journal.begin(path, HEADING).close()
    assert not _resume(path).finished
    assert _resume(tmp_path / "a.journal.old").finished


def test_finished_run_leaves_the_journal_of_another(tmp_path: Path) -> None:
    """A run removes its own journal, and no file that has taken its place."""
    path = tmp_path / "a.journal"
    with Journal.begin(path, HEADING) as journal:
        path.replace(tmp_path / "elsewhere")
        _journal_of_one_race(path)
        journal.remove()
    assert _resume(path).finished


def test_nothing_to_resume(execbench: Command, tmp_path: Path) -> None:
    """`--resume` is bad input if no run was interrupted."""
    finished = execbench(*RUN, *QUICK, "--resume", "--json", tmp_path / "a.json")
    assert finished.returncode == 2
    assert "there is no run to resume" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_complete_run_leaves_no_journal(execbench: Command, tmp_path: Path) -> None:
    """The journal is removed once the artifact is written."""
    finished = execbench("run", "-w", "noop", "-b", "threads", *QUICK, "--json", tmp_path / "a.json")
    assert finished.returncode == 0, finished.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("tool", ["execbench", pytest.param("pytest", marks=pytest.mark.slow)])
def test_run_killed_at_random_moments_is_completed(tmp_path: Path, tool: str) -> None:
    """A run that is killed repeatedly, at any moment, can be resumed until complete, and loses no finished race."""
    path = tmp_path / "artifact.json"
    journal = tmp_path / "artifact.json.journal"
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["execbench.pytest_plugin"]\n')
    (tmp_path / "test_trials.py").write_text("def test_trial(trial, benchmark):\n    trial.run(benchmark)\n")
    command = _command(tool, path)
    chance = random.Random(2026)
    seen: list[str] = []
    for attempt in range(40):
        resume = ["--resume"] if journal.exists() else []
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with subprocess.Popen([*command, *resume], cwd=tmp_path, **pipes) as run:  # type: ignore[call-overload]
            if attempt < 6:
                _wait_or_kill(run, chance.uniform(0.5, 2.0))
            output = run.communicate(timeout=120)[0].decode()
        finished = _finished(journal)
        assert finished[: len(seen)] == seen or path.exists(), output
        seen = finished
        if run.returncode == 0:
            break
        assert run.returncode == -signal.SIGKILL, output
    records = artifact.read(path).records
    assert {each.workload for each in records} == set(WORKLOADS)
    assert all(each.ok for each in records)
    assert not journal.exists()


def _command(tool: str, path: Path) -> list[str]:
    if tool == "execbench":
        return [sys.executable, "-m", "execbench", *RUN, *QUICK, "--json", str(path)]
    workloads = [word for name in WORKLOADS for word in ("--workload", name)]
    settings = ["--launches", "1", "--benchmark-max-time", "0.01", "--max-workers", "2", "--size", "20"]
    options = ["--benchmark-only", "--backend", "threads", f"--benchmark-json={path}", "-p", "no:cacheprovider"]
    return [sys.executable, "-m", "pytest", "-q", *workloads, *settings, *options]


def _wait_or_kill(run: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        run.kill()


def _finished(journal: Path) -> list[str]:
    """Return the workloads of a journal's finished races, from complete lines only."""
    lines = journal.read_text().split("\n")[1:-1] if journal.exists() else []
    return [json.loads(line)["race"][0] for line in lines]


def test_run_continues_on_full_disk(tmp_path: Path) -> None:
    """On a full disk, the run continues without its journal, prints its results, and says what to do."""

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))  # more than a heading, less than 400 rounds

    before = set(Path(tempfile.gettempdir()).glob("execbench-rescued-*"))
    path = tmp_path / "artifact.json"
    command = [sys.executable, "-m", "execbench", "run", "-w", "noop", "-b", "threads", *QUICK, "--min-rounds", "200"]
    command += ["--json", str(path)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # Python would leave files that are cut off
    finished = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, preexec_fn=little_room
    )
    assert "Traceback" not in finished.stderr
    assert "artifact.json.journal cannot be written (File too large)" in " ".join(finished.stderr.split())
    assert f"{path} could not be written (File too large)" in finished.stderr
    assert finished.returncode == 2
    assert "threads/w2" in finished.stdout
    assert set(Path(tempfile.gettempdir()).glob("execbench-rescued-*")) <= before
