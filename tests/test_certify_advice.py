"""The certification of advice: its table is whole and split by lot, and it judges made-up cells as it should."""

from __future__ import annotations

import ast
import json
import math
import random
from collections import Counter
from pathlib import Path
from typing import Any

import advice_cells as measuring
import advice_scores as scores
import advice_table as table
import certify_live as journal
import pytest
from advice_scores import Advised, Cost, Row
from advice_scripts import script_seconds
from advice_settings import Advice, Candidate, Setting, read_advice
from certify_advice import read_rows

NOISE = (0.98, 1.01, 1.0, 1.02)
"""How much slower or faster each launch of a setting is."""

SITUATIONS = {
    "tiny tasks",
    "DataFrame.apply",
    "one large argument with every task",
    "bound method",
    "a model loaded in each call",
    "huge results",
    "BLAS has its own threads",
    "workers x BLAS threads",
    "memory bandwidth",
    "GIL released in short bursts",
    "waiting",
    "long tail",
    "lambda, closure",
    "nested pools",
    "fork after threads",
    "memory",
    "endless input",
    "equal random numbers",
    "global state",
    "coroutines",
    "the same small call again and again",
    "sorted inputs",
    "rare class of slow tasks",
    "memoised",
    "hidden threads",
    "wrong from several threads",
}
"""What people ask, and the traps of a model. Others are of a machine or a notebook, and not of a function."""


def _row(verdict: str, winner: str | None, truth: dict[str, float], *, noisy: str = "", **more: Any) -> Row:
    """Make a row whose settings take this many seconds; those of a noisy one differ more between launches."""

    def cost(key: str, seconds: float) -> Cost:
        swing = 10 if key == noisy else 1
        launches = [seconds * (1 + swing * (noise - 1)) for noise in NOISE]
        return Cost(launches, [math.log(each) for each in launches])

    costs = {key: cost(key, seconds) for key, seconds in truth.items()}
    advice = dict.fromkeys(scores.CALLS, Advised(verdict, winner, seconds=9.0))
    return Row("f/small", "waiting", "tune", False, len(NOISE), advice, truth=costs, **more)


def _judged(row: Row, calls: scores.Profile = "many") -> scores.Judged:
    advised = row.advice[calls]
    found = scores.judged(row, advised.verdict, advised.winner, calls)
    assert found is not None
    return found


def test_table_covers_each_situation() -> None:
    """At least 60 functions of at least 15 libraries are in every situation, with names of their own."""
    functions = table.listed()
    assert len({function.name for function in functions}) == len(functions) >= 60
    assert len({function.library for function in functions}) >= 15
    assert {function.situation for function in functions} >= SITUATIONS


def _defined(path: Path) -> set[str]:
    """Return the names that a file gives at its top level."""
    statements = ast.parse(path.read_text()).body
    named = {each.name for each in statements if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assigned = (each for statement in statements if isinstance(statement, ast.Assign) for each in ast.walk(statement))
    return named | {each.id for each in assigned if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}


def test_table_names_what_is_there() -> None:
    """Each function and each list of tasks that the table names is in its file, and the sizes differ."""
    for function in table.listed():
        assert len(set(function.tasks)) == len(table.SIZES), function.name
        for name in (function.name, *function.tasks):
            file, _, attribute = name.partition(":")
            if file.endswith(".py"):
                assert attribute in _defined(table.FOLDER / file), name
            else:
                assert name.startswith("range(") or name in ("orjson:loads", "rapidfuzz.fuzz:ratio")


def test_split_was_drawn() -> None:
    """The halves are those of the lot, and each situation with two functions is in both."""
    functions = table.listed()
    assert [function.half for function in functions] == list(table.halves([each.situation for each in functions]))
    counts = Counter(function.situation for function in functions)
    in_both = {situation for situation, count in counts.items() if count > 1}
    for half in ("tune", "look_once"):
        assert in_both <= {function.situation for function in functions if function.half == half}


def test_cells_of_a_half() -> None:
    """Each function of a half has a cell for each size, one of them before any has another; the order never changes."""
    functions = table.listed()
    found = table.cells(functions, ["tune"])
    assert found == table.cells(functions, ["tune"])
    tuned = [function for function in functions if function.half == "tune"]
    assert len(set(found)) == len(found) == 3 * len(tuned)
    assert {cell.function for cell in found[: len(tuned)]} == set(tuned)
    assert {cell.size for cell in found[: len(tuned)]} == set(table.SIZES)
    assert {cell.size for cell in table.cells(functions, ["tune"], "/small")} == {"small"}


@pytest.mark.parametrize(("seconds", "within"), [(1.0, True), (1.03, True), (1.1, False)])
def test_within_tolerance(seconds: float, within: bool) -> None:
    """A setting that takes at most 5 % longer than the best is right, for one call and for many."""
    row = _row("use", "pool/w2/c1", {"serial": 2.0, "pool/w2/c1": seconds, "threads/w2": 1.0})
    for calls in scores.CALLS:
        judgement = _judged(row, calls)
        assert judgement.within is within
        assert judgement.regret == pytest.approx(seconds - 1)
        assert judgement.silent_miss is not within


def test_undecidable() -> None:
    """Where launches differ so much that both answers are possible, the truth cannot tell."""
    row = _row("use", "pool/w2/c1", {"serial": 2.0, "pool/w2/c1": 1.05, "threads/w2": 1.0}, noisy="pool/w2/c1")
    assert _judged(row).within is None


@pytest.mark.parametrize(("verdict", "winner"), [("use_perhaps", "pool/w2/c1"), ("stay_perhaps", "serial")])
def test_perhaps_is_no_silent_miss(verdict: str, winner: str) -> None:
    """Advice that says it may not be the best counts as outside, but not as silent."""
    judgement = _judged(_row(verdict, winner, {"serial": 2.0, "pool/w2/c1": 1.5, "threads/w2": 1.0}))
    assert (judgement.within, judgement.silent_miss) == (False, False)


def test_cannot_tell_where_the_truth_can() -> None:
    """Saying that nobody can tell is wrong if the truth can tell about the loop, and it has no regret."""
    judgement = _judged(_row("cannot_tell", "threads/w2", {"serial": 2.0, "threads/w2": 1.0}))
    assert (judgement.within, judgement.regret) == (False, None)
    noisy = _judged(_row("cannot_tell", None, {"serial": 1.05, "threads/w2": 1.0}, noisy="serial"))
    assert noisy.within is None


@pytest.mark.parametrize(("seconds", "wrong"), [(1.1, True), (0.9, False)])
def test_wrong_use(seconds: float, wrong: bool) -> None:
    """To name a backend is wrong if it is slower than the loop for certain."""
    assert _judged(_row("use", "threads/w2", {"serial": 1.0, "threads/w2": seconds})).wrong_use is wrong


def test_refusal_costs_what_the_loop_costs() -> None:
    """Who is told not to use a pool stays with the loop."""
    judgement = _judged(_row("do_not", None, {"serial": 2.0, "threads/w2": 1.0}))
    assert judgement.regret == pytest.approx(1.0)
    assert (judgement.within, judgement.wrong_use) == (False, False)


def test_failing_setting() -> None:
    """A setting whose results are wrong has no bounds to its regret."""
    judgement = _judged(_row("use", "threads/w2", {"serial": 2.0}, failed={"threads/w2": "wrong_result"}))
    assert (judgement.within, judgement.regret, judgement.wrong_use) == (False, math.inf, True)


def test_figures_of_many_cells() -> None:
    """The figures count what was right of what is decidable, and give the regrets at their places."""
    rows = [
        _row("use", "threads/w2", {"serial": 3.0, "pool/w2/c1": 1.0, "threads/w2": 1 + percent / 100})
        for percent in range(0, 22, 2)
    ]
    judgements = [_judged(row) for row in [*rows, _row("cannot_tell", None, {"serial": 3.0, "threads/w2": 1.0})]]
    found = scores.columns(judgements)
    decidable = sum(judgement.within is not None for judgement in judgements)
    right = sum(bool(judgement.within) for judgement in judgements)
    assert found[1].startswith(f"{right} of {decidable} ")
    assert found[3:6] == ["10.0%", "18.0%", "20.0%"]
    assert found[6] == "1 (8.3%)"


def test_report() -> None:
    """The report has a table for each half and number of calls, counts refusals, and lists what missed."""
    row = _row(
        "use",
        "pool/w2/c1",
        {"serial": 1.0, "pool/w2/c1": 1.5},
        rules={"Dask's rule": "serial"},
        run_alone={"many": "serial"},
        loop_seconds=0.06,
    )
    unsafe = Row("g/small", "global state", "tune", True, 4, dict.fromkeys(scores.CALLS, Advised("do_not")))
    row.day, row.commit = unsafe.day, unsafe.commit = "2026-11-29", "1234567"
    text = scores.report([row, unsafe], 9)
    assert "2 of 9 cells are covered: measured on 2026-11-29, at commit 1234567." in text
    assert "## tune, once" in text
    assert "## tune, many" in text
    assert "| Dask's rule | 1 | 1 of 1 (100.0%) |" in text
    assert "1 cells are not safe in parallel; not refused: none." in text
    assert list(scores.misses([row])) == [
        f"- f/small, {calls}, a loop of 60.0 ms: use pool/w2/c1; the best is serial; regret 50.0%"
        for calls in ("once", "many")
    ]


def _candidate(name: str, predicted: float = math.inf, *, excluded: bool = False) -> Candidate:
    return Candidate(name, Setting(name, 2, 1), predicted, excluded)


def test_far_behind_is_raced_by_lot() -> None:
    """Settings near the best of the model are raced, with the winner; of the others one in ten."""
    near = [_candidate("threads", 1.0), _candidate("pool", 1.9), _candidate("unknown")]
    winner = _candidate("winner", 5.0)
    behind = [_candidate(f"b{number}", 2.1) for number in range(200)]
    behind += [_candidate(f"e{number}", excluded=True) for number in range(200)]
    advice = Advice("use", winner="winner", candidates=[*near, winner, *behind])
    raced = advice.worth_racing(random.Random(1))
    assert raced[:4] == [each.setting for each in (*near, winner)]
    assert 20 <= len(raced) - 4 <= 60


def test_reads_advice(tmp_path: Path) -> None:
    """What `execbench advise --json` writes is read, with the loop as one of the candidates."""
    predicted = {"estimate": 1.5, "low": 1.0, "high": 2.0}
    candidate = {"id": "pool/w2/c4", "backend": "pool", "max_workers": 2, "chunksize": 4, "predicted": predicted}
    loop = {"id": "serial/w1/c1", "backend": "serial", "max_workers": 1, "chunksize": 1, "kind": "loop"}
    said = {"verdict": "use", "function": "f", "calls": "once", "winner": "pool/w2/c4", "uncounted_seconds": 2.0}
    path = tmp_path / "advice.json"
    path.write_text(json.dumps({"advice": {**said, "candidates": [candidate, loop]}}))
    advice = read_advice(path, 12.0)
    assert (advice.verdict, advice.seconds) == ("use", 10.0)
    assert advice.setting_of("serial/w1/c1") == Setting(one_thread=True)
    assert advice.setting_of(advice.winner) == Setting("pool", 2, 4)
    assert advice.setting_of("serial") == Setting()
    assert advice.of_model is advice.candidates[1]


def test_settings_that_differ_in_nothing() -> None:
    """Threads take no chunks, so that all chunk sizes are one setting; pools do."""
    assert Setting("threads", 2, 7).key(7) == Setting("threads", 2).key(3) == "threads/w2"
    assert Setting("process_pool", 2, 7).key(7) == "process_pool/w2/c7"
    assert Setting("pool[start_method=spawn]", 2, "library").key(None) == "pool[start_method=spawn]/w2/clibrary"


def test_journal_keeps_rows(tmp_path: Path) -> None:
    """A row comes back from the journal as it was."""
    path = tmp_path / "results.jsonl"
    row = _row("use", "threads/w2", {"serial": 3.0, "threads/w2": 1.0})
    journal.append(path, measuring.as_line(row))
    assert read_rows(path) == [row]


def test_race_of_settings() -> None:
    """The truth has each setting in every launch, the loop among them, and adds no other trial."""
    function = table.Function("math:sqrt", "tiny tasks", ("range(9)",) * 3, "tune")
    row = Row("math:sqrt/small", "tiny tasks", "tune", False, 2)
    wanted = {Setting(), Setting("threads", 2), Setting("threads", 2, 1)}
    wanted |= {Setting(one_thread=True), Setting("process_pool", 2, 3, sent_once="the function")}
    keys = measuring.race(row, table.Cell(function, "small"), wanted)
    assert {keys[setting] for setting in wanted} == set(row.truth)
    assert set(row.truth) == {"serial", "serial/one_thread", "threads/w2", "process_pool/w2/c3/shared"}
    assert all(len(cost.once) == len(cost.many) == 2 for cost in row.truth.values())
    assert row.truth["serial"].many == [0.0, 0.0]
    assert not row.failed


PROGRAM = """\
from concurrent.futures import ThreadPoolExecutor

if __name__ == "__main__":
    tasks = range(3)
    with ThreadPoolExecutor(2) as executor:
        results = list(executor.map({fn}, tasks))
"""


def test_script_is_timed() -> None:
    """A printed program runs as a script, as often as asked, and each run gives the seconds of its call."""
    seconds = script_seconds(PROGRAM.format(fn="str"), 2)
    assert len(seconds) == 2
    assert min(seconds) > 0


def test_script_that_fails(capfd: pytest.CaptureFixture[str]) -> None:
    """A printed program that raises has no seconds, and the report names it."""
    assert script_seconds(PROGRAM.format(fn="len"), 2) == []
    row = _row("use", "threads/w2", {"serial": 3.0, "threads/w2": 1.0}, script_seconds=[])
    assert "Printed programs that fail: f/small." in scores.report([row], 1)
    assert capfd.readouterr().err == ""


def test_scripts_beside_the_race() -> None:
    """The report says how long printed programs took in multiples of the same setting in the race."""
    row = _row("use", "threads/w2", {"serial": 3.0, "threads/w2": 1.0}, script_seconds=[1.5, 1.5, 9.0])
    assert "the call takes 1.49 times as long as in the race in the median" in scores.report([row], 1)


def test_run_alone_is_asked_by_lot() -> None:
    """A cell in which `execbench run` was not asked says nothing of it; one in which it names nobody cannot tell."""
    truth = {"serial": 3.0, "threads/w2": 1.0}
    assert scores.RUN_ALONE not in scores.report([_row("use", "threads/w2", truth)], 1)
    assert scores.RUN_ALONE in scores.report([_row("use", "threads/w2", truth, run_alone={})], 1)
