"""Control trials: one worker of a winner's backend, in the same heats, and what it shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import made_up
import pytest
from msgspec.structs import replace

from execbench.errors import BadInput
from execbench.racing.standing import Standing
from execbench.records import artifact
from execbench.records.calls import MANY, ONCE
from execbench.records.control import control_of, with_doubts_of_winners
from execbench.records.journal import Heading, Journal
from execbench.records.record import Chunking, Interpreter, Record
from execbench.records.winner import winner, winners
from execbench.report.race import race_document, run_document
from execbench.report.render.terminal import as_text
from execbench.report.trials import entries
from execbench.report.verdict import verdict
from tests.conftest import Command

FOUR_TIMES = Path(__file__).parent / "cheats" / "four_times_the_workers.py"
QUICK = ("--max-workers", "2", "--launches", "3", "--max-time", "0.01")

NEEDS_TWO = """
from concurrent.futures import ThreadPoolExecutor

def backend(max_workers, /):
    if max_workers < 2:
        raise ValueError("too few")
    return ThreadPoolExecutor(max_workers)
"""

PACES = [1.0, 1.01, 0.99, 1.005, 0.995]
UNEVEN = [1.2, 0.8, 1.1, 0.9, 1.0]
SERIAL = made_up.record("spin/serial/w1", [[1.0]] * 5)


def _record(name: str, seconds: float, **more: Any) -> Record:
    return made_up.against(SERIAL, f"spin/{name}", [[seconds * pace] for pace in PACES], **more)


def _control(seconds: float, **more: Any) -> Record:
    return _record("threads/w1", seconds, control_of="spin/threads/w2", **more)


def _one_call(opening: float, first_call: float) -> dict[str, list[float]]:
    """Return what one call takes in each launch."""
    return {
        "startup_seconds": [opening] * 5,
        "first_call_seconds": [first_call * pace for pace in PACES],
        "shutdown_seconds": [0.001] * 5,
    }


def _codes(*records: Record) -> dict[str, list[str]]:
    found = with_doubts_of_winners(records, "many")
    return {record.title: [doubt.code for doubt in record.doubts] for record in found if record.doubts}


WINNER = _record("threads/w2", 0.4)


@pytest.fixture(scope="module")
def raced(execbench: Command, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The artifact, and the output, of a race that a backend with more threads than it was asked for wins."""
    path = tmp_path_factory.mktemp("control") / "a.json"
    finished = execbench("run", "-w", "wait", "-b", FOUR_TIMES, *QUICK, "--json", path)
    assert finished.returncode == 0, finished.stderr
    return path, finished.stdout


def test_winner_races_against_one_worker(raced: tuple[Path, str]) -> None:
    """The winner's backend gets a trial with one worker, in launches and heats of the winner and the baseline."""
    read = artifact.read(raced[0])
    (control,), others = read.controls, {record.name: record for record in read.records}
    assert control.name == "wait/four_times_the_workers/w1"
    assert control.control_of in others
    assert control.ok
    assert control.launches >= 3
    for other in others.values():
        assert set(control.samples.launch) <= set(other.samples.launch)
    assert set(control.samples.by_heat) <= set(others["wait/serial/w1"].samples.by_heat)


def test_winner_that_owes_nothing_to_its_workers(raced: tuple[Path, str]) -> None:
    """A backend that is as fast on one worker wins with a doubt, and a word about it."""
    path, output = raced
    records = {record.title: record for record in artifact.read(path).records}
    assert "not_parallel" in {doubt.code for doubt in records["four_times_the_workers/w2"].doubts}
    said = " ".join(output.split())
    assert re.search(
        r"One worker[^:]* four_times_the_workers/w1 \(control\),? is [^:]*: (most of )?it is not parallelism", said
    )


def test_control_is_no_trial_that_was_asked_for(raced: tuple[Path, str]) -> None:
    """An artifact keeps controls apart, so that neither pytest-benchmark nor a comparison misses them elsewhere."""
    content = json.loads(raced[0].read_text())
    assert [record["control_of"] for record in content["execbench"]["controls"]] == ["wait/four_times_the_workers/w2"]
    assert len(content["benchmarks"]) == 2


def test_trial_of_the_race_serves(execbench: Command, tmp_path: Path) -> None:
    """Where one worker was asked for, that trial is the control, and none is added."""
    path = tmp_path / "a.json"
    execbench("run", "-w", "wait", "-b", "threads", *QUICK, "--max-workers", "1,2", "--json", path)
    read = artifact.read(path)
    assert not read.controls
    assert sorted(record.title for record in read.records) == ["serial/w1", "threads/w1", "threads/w2"]


def test_control_that_fails(execbench: Command, tmp_path: Path) -> None:
    """A backend that cannot do with one worker wins all the same; the verdict says so, and the run is a success."""
    (tmp_path / "needs_two.py").write_text(NEEDS_TWO)
    finished = execbench("run", "-w", "wait[milliseconds=20]", "-b", "needs_two.py", *QUICK, cwd=tmp_path)
    said = " ".join(finished.stdout.split())
    assert finished.returncode == 0
    assert "Use needs_two/w2: " in said
    assert "Whether one worker would do is unknown, as needs_two/w1 (control) failed." in said
    assert "failed needs_two/w1 (control): not_opened: " in said


@pytest.mark.parametrize(("one_worker", "expected"), [(1.0, True), (0.45, False)])
def test_control_is_done_once_workers_surely_gain_more(one_worker: float, *, expected: bool) -> None:
    """Two launches clear a winner whose workers surely gain more on one than that one gains on the loop."""
    times = {"serial": 1.0, "winner": 0.5, "control": one_worker}
    lanes: dict[str, Any] = {
        name: SimpleNamespace(samples=made_up.samples([[seconds * pace] for pace in paces]), failed=False)
        for (name, seconds), paces in zip(times.items(), ([1.0, 1.01], [1.01, 1.0], [0.99, 1.0]), strict=True)
    }
    standing = Standing(lanes["winner"], [lanes["serial"], lanes["winner"]] * 2, planned=5)
    assert standing.clears(lanes["control"], lanes["winner"], lanes["serial"]) == expected


def test_control_under_pytest(tmp_path: Path) -> None:
    """A control has no test, and its record is in the artifact that pytest-benchmark writes."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["execbench.pytest_plugin"]\n')
    (tmp_path / "test_it.py").write_text("def test_trial(trial, benchmark):\n    trial.run(benchmark)\n")
    trials = ("--workload=wait[milliseconds=20]", "--backend=threads", "--max-workers=2")
    options = ("--launches=3", "--benchmark-max-time=0.01", "--benchmark-only", "--benchmark-json=a.json")
    command = [sys.executable, "-m", "pytest", *trials, *options]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout
    assert "2 passed" in finished.stdout
    content = json.loads((tmp_path / "a.json").read_text())["execbench"]
    assert [record["name"] for record in content["controls"]] == ["wait[milliseconds=20.0]/threads/w1"]
    assert content["baselines"] == []


def test_doubts_of_winners() -> None:
    """A gain of one worker is `not_parallel` if it is larger than what the others add; `superlinear` needs 5 %."""
    assert _codes(SERIAL, WINNER, _control(0.5)) == {"threads/w2": ["superlinear", "not_parallel"]}
    assert _codes(SERIAL, WINNER, _control(0.9)) == {"threads/w2": ["superlinear"]}
    assert _codes(SERIAL, _record("threads/w2", 0.49), _control(0.9)) == {}
    assert _codes(SERIAL, _record("threads/w2", 0.8), _control(0.85)) == {"threads/w2": ["not_parallel"]}
    assert _codes(SERIAL, _record("threads/w2", 1.5), _record("pool/w2", 1.6)) == {}


def test_trial_that_lost_needs_no_control() -> None:
    """Doubts about workers are raised for winners only, under each interpreter."""
    others = [_record("pool/w2", 0.45), _record("pool/w1", 0.46)]
    assert _codes(SERIAL, WINNER, _control(0.9), *others) == {"threads/w2": ["superlinear"]}
    other = {"python": Interpreter("head")}
    heads = [replace(SERIAL, name="spin/serial/w1/pyhead", **other), _record("pool/w2/pyhead", 0.3, **other)]
    assert set(_codes(SERIAL, WINNER, *heads)) == {"threads/w2", "pool/w2/pyhead"}


def test_control_is_the_same_but_for_its_workers() -> None:
    """Neither another backend, nor other options, nor another chunk size, nor another interpreter serves."""
    same = _record("threads/w1", 0.5)
    others = [
        replace(same, name="spin/pool/w1"),
        replace(same, name="spin/threads[factor=2]/w1"),
        replace(same, chunksize=Chunking("library", None)),
        replace(same, python=Interpreter("head")),
        _record("threads/w4", 0.3),
    ]
    assert control_of(WINNER, others) is None
    assert control_of(WINNER, [*others, same]) is same
    assert control_of(same, [WINNER, same]) is None


def test_control_cannot_win() -> None:
    """A control is evidence: it neither wins nor ties, and no scaling curve is drawn through it."""
    records = [SERIAL, WINNER, _control(0.3)]
    assert winner(records) is WINNER
    text = as_text(race_document(records, 2))
    assert text.splitlines()[1].startswith("Use threads/w2: 2.50x as fast")
    assert "No other backend ties with it." in text
    assert "threads/w1 (control)" in text
    assert "Scaling" not in text


def test_of_trials_that_tie_the_controlled_one_wins() -> None:
    """A trial that ties with the winner takes its place if its control has raced, and only if it ties."""
    wide = made_up.against(SERIAL, "spin/pool/w2", [[0.39 * pace] for pace in UNEVEN])
    assert winner([SERIAL, WINNER, wide]) is wide
    assert winner([SERIAL, WINNER, wide, _control(0.8)]) is WINNER
    far = _record("pool/w2", 0.3)
    assert winner([SERIAL, WINNER, far, _control(0.8)]) is far


def test_one_backend_for_both() -> None:
    """Of trials that tie in rounds, the one that suits a single call, too, is named for both."""
    serial = replace(SERIAL, **_one_call(0.0, 1.0))
    slow_to_open = replace(_record("pool/w2", 0.39), **_one_call(0.8, 0.4))
    quick = replace(
        made_up.against(SERIAL, "spin/threads/w2", [[0.4 * pace] for pace in UNEVEN]), **_one_call(0.0, 0.4)
    )
    assert winners([serial, slow_to_open], MANY) == {MANY: slow_to_open, ONCE: serial}
    assert winners([serial, slow_to_open, quick], MANY) == {MANY: quick, ONCE: quick}


def test_control_without_figures() -> None:
    """A control that was cancelled tells nothing, and one that shows nothing unusual is not mentioned."""
    cancelled = replace(made_up.failed("spin/threads/w1", status="cancelled"), control_of=WINNER.name)
    assert " is unknown, as threads/w1 (control) failed." in verdict(entries([SERIAL, WINNER, cancelled]))
    assert "parallelism" not in verdict(entries([SERIAL, _record("threads/w2", 0.5), _control(0.9)]))


def test_report_shows_controls(raced: tuple[Path, str]) -> None:
    """The report marks a control in its table and its data, and leaves it out of the overview."""
    document = run_document(artifact.read(raced[0]))
    assert "four_times_the_workers/w1 (control)" in as_text(document)
    assert document.data is not None
    assert [row[document.data.fields.index("control_of")] for row in document.data.rows].count(None) == 2
    (overview,) = [chart for chart in document.charts if chart.template.name == "overview"]
    assert overview.data["entrant"] == ["four_times_the_workers/w2"]


def test_journal_keeps_controls(tmp_path: Path) -> None:
    """A finished race is read with its controls, and refused if one of its own trials is missing."""
    control = replace(_control(0.5), control_of=WINNER.name)
    trials = [made_up.trial(record) for record in (SERIAL, WINNER)]
    heading = Heading([trial.id for trial in trials], {}, made_up.ENVIRONMENT, 7)
    for number, records in enumerate(([SERIAL, WINNER, control], [SERIAL, control])):
        path = tmp_path / f"{number}.journal"
        with Journal.begin(path, heading) as journal:
            journal.append(("spin", 100), records)
        if number == 0:
            with Journal.resume(path, heading, trials) as journal:
                assert journal.finished["spin", 100][2].is_control
        else:
            with pytest.raises(BadInput, match="are not those of its trials"):
                Journal.resume(path, heading, trials)
