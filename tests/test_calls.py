"""One call of a pool, or many: what each takes, which trial suits it, and from how many calls a pool pays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import made_up
import pytest
from msgspec.structs import replace

from execbench.errors import BadInput
from execbench.records.calls import MANY, ONCE, number_of, pays_from, ratio, speedup, with_one_call
from execbench.records.record import Interpreter, Record
from execbench.records.winner import winner
from execbench.report.trials import entries
from execbench.report.verdict import verdict
from execbench.settings import MAX_CALLS, Settings, parse_calls
from tests.conftest import Command

PACES = [1.0, 1.01, 0.99, 1.005, 0.995]
"""Of five launches of a machine that is not always equally fast."""


def _record(name: str, again: float, opening: float) -> Record:
    """A record of launches in which a round takes `again` seconds, and opening takes so many before the first."""
    phases: dict[str, Any] = {
        "startup_seconds": [opening * pace for pace in PACES],
        "first_call_seconds": [again * pace for pace in PACES],
        "shutdown_seconds": [0.0] * len(PACES),
    }
    return made_up.against(SERIAL, f"spin/{name}", [[again * pace] for pace in PACES], **phases)


SERIAL = made_up.record(
    "spin/serial/w1",
    [[1.0]] * 5,
    startup_seconds=[0.0] * 5,
    first_call_seconds=[1.0] * 5,
    shutdown_seconds=[0.0] * 5,
)
POOL = _record("pool/w2", again=0.5, opening=3.2)
"""One call takes 3.7 s and each more 0.5 s, against 1 s of the loop: seven calls take 6.7 s."""
THREADS = _record("threads/w2", again=0.8, opening=0.0)


def _verdict(*records: Record, calls: float = MANY) -> str:
    return verdict(entries(records), calls)


def test_one_call_is_paired_by_launch() -> None:
    """A launch that is ten times slower for the loop and the pool alike changes nothing."""
    slow = [1.0, 10.0, 1.0, 10.0, 1.0]
    serial = replace(SERIAL, first_call_seconds=slow)
    pool = replace(
        POOL, startup_seconds=[0.5 * pace for pace in slow], first_call_seconds=[1.5 * pace for pace in slow]
    )
    found = ratio(pool, serial, ONCE)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((2.0, 2.0))


def test_opening_and_closing_are_part_of_a_call() -> None:
    """One call is opening, the first call and closing, together."""
    pool = replace(POOL, startup_seconds=[1.0] * 5, first_call_seconds=[2.0] * 5, shutdown_seconds=[1.0] * 5)
    found = ratio(pool, SERIAL, ONCE)
    assert found is not None
    assert found.estimate == pytest.approx(4.0)


def test_many_calls_are_rounds() -> None:
    """The more calls a pool gets, the closer its speedup comes to that of its rounds."""
    found, rounds = speedup(POOL, SERIAL, MAX_CALLS), speedup(POOL, SERIAL, MANY)
    assert found is not None
    assert rounds is not None
    assert rounds is POOL.speedup
    assert (found.low, found.estimate, found.high) == pytest.approx((rounds.low, rounds.estimate, rounds.high), 1e-4)


def test_number_of_calls_from_which_a_pool_pays() -> None:
    """It is the fewest calls that take less time: what opening costs, over what each call gains."""
    assert pays_from(POOL, SERIAL) == 7
    few, enough = speedup(POOL, SERIAL, 6), speedup(POOL, SERIAL, 7)
    assert few is not None
    assert enough is not None
    assert few.estimate < 1 < enough.estimate
    assert pays_from(_record("slow/w2", again=1.2, opening=0.1), SERIAL) is None


def test_launch_without_its_phases_tells_nothing() -> None:
    """A record that does not say what opening took in each launch has no speedup of one call."""
    assert ratio(replace(POOL, startup_seconds=[3.0]), SERIAL, ONCE) is None
    assert pays_from(replace(POOL, startup_seconds=[]), SERIAL) is None


def test_baselines_are_those_of_the_same_interpreter() -> None:
    """Each trial's call is compared with the loop under its own interpreter."""
    head = {"python": Interpreter("head")}
    slow = replace(SERIAL, name=f"{SERIAL.name}/pyhead", first_call_seconds=[7.4] * 5, **head)
    pools = with_one_call([SERIAL, slow, POOL, replace(POOL, name=f"{POOL.name}/pyhead", **head)])[2:]
    estimates = [pool.one_call_speedup.estimate for pool in pools if pool.one_call_speedup]
    assert estimates == pytest.approx([1 / 3.7, 7.4 / 3.7], rel=0.01)


def test_winners_differ() -> None:
    """Where a pool that lives on pays and one call does not, the verdict says both, and from how many calls it pays."""
    text = _verdict(SERIAL, POOL)
    assert text.startswith("Use pool/w2: 2.00x as fast (95 % interval ")
    assert " For one call, stay serial: pool/w2 is 3.70x slower (95 % interval " in text
    assert text.endswith(" From about 7 calls, pool/w2 is faster.")


def test_two_pools_share_the_answer() -> None:
    """Where one backend suits one call and another one many, the verdict names both, and where they change places."""
    text = _verdict(SERIAL, POOL, THREADS)
    assert " For one call, use threads/w2: 1.25x as fast (95 % interval " in text
    assert text.endswith(f" From about {pays_from(POOL, THREADS)} calls, pool/w2 is faster.")


def test_one_winner() -> None:
    """Where the same trial suits both, the verdict says so, with the speedup of one call."""
    text = _verdict(SERIAL, _record("pool/w2", again=0.5, opening=0.1))
    assert " The same holds for one call: 1.67x as fast (95 % interval " in text
    assert _verdict(SERIAL, _record("pool/w2", again=2.0, opening=0.1)).endswith(" The same holds for one call.")


@pytest.mark.parametrize(
    ("calls", "start"),
    [
        (ONCE, "For one call, use threads/w2: 1.25x as fast"),
        (4, "For 4 calls, use threads/w2: 1.25x as fast"),
        (2000, "For 2,000 calls, use pool/w2: 1.99x as fast"),
        (MANY, "Use pool/w2: 2.00x as fast"),
    ],
)
def test_calls_choose_what_leads(calls: float, start: str) -> None:
    """The winner for the number of calls comes first, and it is the winner."""
    text = _verdict(SERIAL, POOL, THREADS, calls=calls)
    assert text.startswith(start)
    assert ("or one call" in text, "or a pool that lives on" in text) == (True, calls != MANY)
    best = winner([SERIAL, POOL, THREADS], calls)
    assert best is not None
    assert best.title in start


def test_calls_of_a_run(execbench: Command, tmp_path: Path) -> None:
    """`--calls once` leads with one call; the artifact keeps that, each trial's speedup, and `report` can change it."""
    path = tmp_path / "a.json"
    run = execbench(
        *("run", "-w", "wait", "-b", "threads", "--max-workers", "2", "--launches", "2", "--max-time", "0.01"),
        *("--calls", "once", "--json", path),
    )
    assert run.returncode == 0, run.stderr
    assert "one call [95 %]" in run.stdout
    ours = json.loads(path.read_text())
    doubts = {doubt["code"] for entry in ours["benchmarks"] for doubt in entry["extra_info"]["execbench"]["doubts"]}
    two_kinds = "Beware: launches fall into two kinds, so a mean speaks for neither of them. "
    warned = two_kinds if "layout" in doubts else ""
    assert run.stdout.splitlines()[1].startswith(f"{warned}For one call, ")
    assert ours["execbench"]["calls"] == "once"
    found = {entry["name"]: entry["extra_info"]["execbench"]["one_call_speedup"] for entry in ours["benchmarks"]}
    assert found["wait/serial/w1"] is None
    assert found["wait/threads/w2"]["estimate"] > 0
    for more, start in (((), "For one call, "), (("--calls", "5"), "For 5 calls, ")):
        assert f"**{warned}{start}" in execbench("report", path, "--format", "markdown", *more).stdout


@pytest.mark.parametrize("calls", ["0", "-1", "twice", "1.5", "", "9" * 5000])
def test_bad_calls(calls: str, execbench: Command) -> None:
    """Anything but `once`, `many` and a number of calls is refused in a sentence."""
    with pytest.raises(BadInput, match="give once, many, or a whole number from 1 to 1,000,000,000"):
        parse_calls(calls)
    if calls == "0":
        for command in (("run", "-w", "noop"), ("report", "a.json")):
            finished = execbench(*command, "--calls", calls)
            assert finished.returncode == 2
            assert finished.stderr.startswith("execbench: --calls 0: give once, many, ")
            assert "Traceback" not in finished.stderr


@pytest.mark.parametrize("calls", [0, True, 1.5, "twice", [1]])
def test_bad_calls_of_a_program(calls: Any) -> None:
    """A program's number of calls is checked, too."""
    with pytest.raises(BadInput, match=r"calls=.*: give once, many, or a whole number"):
        Settings(calls=calls)


def test_calls_under_pytest(tmp_path: Path) -> None:
    """`--calls` is an option of pytest, too, and bad input there is a usage error."""
    command = [sys.executable, "-m", "pytest", "-p", "execbench.pytest_plugin", "-q", "--calls", "0"]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--calls 0: give once, many" in finished.stderr
    assert number_of(parse_calls("7")) == 7
