"""`execbench advise` and `execbench.advise`: from the question to the answer, and what the answer says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

import execbench
from execbench.advice import saved
from execbench.advice.answer import Advice, Option, Otherwise, Seen
from execbench.advice.contest import LEAST_SECONDS, SLOWED_DOWN, Contest
from execbench.api.advising import Advice as Given
from execbench.environment import usable_cpus
from execbench.plugins import registry
from execbench.plugins.trial import Choice
from execbench.report.advice import advice_document, headline
from execbench.report.reasons import not_tried, warnings, why
from execbench.report.render.terminal import as_text
from execbench.report.write import Form, rendered
from execbench.stats import Interval
from tests.conftest import Command, lanes_left

WORK = """
import os
import random
import threading
import time


def waits(task):
    time.sleep(0.05)
    return -task


def adds(task):
    return task + 1


def draws(task):
    return random.random()


def hangs(task):
    threading.Event().wait()


def ends(task):
    os._exit(3)


def eats(task):
    eaten = b"x" * 300_000_000
    time.sleep(0.5)
    return len(eaten)


def counts(task):
    time.sleep(0.001)
    task.append(task)
    return len(task)


def lists(size=20):
    return [[] for _ in range(size)]
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of functions."""
    path = tmp_path_factory.mktemp("advise") / "work.py"
    path.write_text(WORK)
    return path


@pytest.fixture(scope="module")
def advised(execbench: Command, work: Path) -> tuple[subprocess.CompletedProcess[str], Advice]:
    """What the command prints and saves of tasks that wait; there is time for a busy machine."""
    words = ("advise", f"{work}:waits", "--tasks", "range(10)", "--budget", "30", "--only", "threads")
    finished = execbench(*words, "--json", work.with_suffix(".json"), "--report", work.with_suffix(".md"))
    assert finished.returncode == 0, finished.stderr
    found = saved.read(work.with_suffix(".json"))
    assert found is not None
    return finished, found


def test_threads_for_tasks_that_wait(advised: tuple[subprocess.CompletedProcess[str], Advice]) -> None:
    """For ten tasks that wait, ten threads are advised."""
    finished, found = advised
    assert (found.verdict, found.winner) in {("use", "threads/w10/c1"), ("use_perhaps", "threads/w10/c1")}
    assert finished.stdout.startswith("Use threads with 10 workers")
    assert "of each task is waiting" in finished.stdout
    assert found.code in finished.stdout
    assert found.gain is not None
    assert found.gain.low > 1
    assert found.seen is not None
    assert (found.seen.tasks, found.seen.raced) == (10, 10)


def test_program_of_the_advice_runs(advised: tuple[subprocess.CompletedProcess[str], Advice], work: Path) -> None:
    """The program runs as a script beside the user's file, and gives the right results."""
    program = work.with_name("program.py")
    program.write_text(advised[1].code + "    print(results)\n")
    finished = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert (finished.stdout, finished.stderr) == (f"{[-number for number in range(10)]}\n", "")


def test_report_of_the_advice(
    execbench: Command, advised: tuple[subprocess.CompletedProcess[str], Advice], work: Path
) -> None:
    """The report has the verdict, the program and all candidates; it can be made of what was saved, too."""
    _, found = advised
    written = work.with_suffix(".md").read_text()
    page = execbench("report", work.with_suffix(".json"), "--format", "html", "-o", work.with_suffix(".html"))
    assert page.returncode == 0, page.stderr
    for text in (written, work.with_suffix(".html").read_text()):
        assert "Use threads with 10 workers" in text
        assert "ThreadPoolExecutor" in text
        assert all(option.id in text for option in found.candidates)


def test_tiny_tasks_stay_serial(execbench: Command, work: Path) -> None:
    """Tasks that take less time than handing them out are not raced at all."""
    finished = execbench("advise", f"{work}:adds", "--tasks", "range(100)", "--only", "threads")
    assert finished.returncode == 0, finished.stderr
    assert "Stay serial for one call: no executor can be worth using" in finished.stdout
    assert "vectorise, or let each task do many" in finished.stdout
    assert "launch" not in finished.stderr


@pytest.mark.parametrize(
    ("name", "budget", "says"),
    [
        ("draws", 5, "Do not run this in parallel: the function does not repeat its results: task "),
        ("ends", 5, "Do not run this in parallel: a task ended its process, which exited with code 3."),
        ("hangs", 3, "Cannot tell: a task gave no result within "),
    ],
)
def test_function_that_fails(execbench: Command, work: Path, name: str, budget: int, says: str) -> None:
    """A function that does not repeat, ends its process, or hangs is an answer, too; nothing is left of it."""
    words = ("advise", f"{work}:{name}", "--tasks", "range(20)", "--only", "threads", "--budget", budget)
    finished = execbench(*words, timeout=60)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith(says)
    assert not lanes_left()


def test_function_that_changes_its_tasks(execbench: Command, work: Path) -> None:
    """A loop that is wrong when it is run again is an answer, and no crash."""
    words = ("advise", f"{work}:counts", "--tasks", f"{work}:lists", "--only", "threads", "--calls", "many")
    finished = execbench(*words, "--budget", "20")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("Cannot tell: the loop fails: task ")


@pytest.mark.parametrize(
    ("name", "words", "says"),
    [
        ("waits", ("--only", "serial"), "--only leaves no backend to advise"),
        ("waits", ("--only", "nonsense"), "no backend is named 'nonsense'"),
        ("waits", ("--only", "threads", "--budget", "0.1"), "--budget 0.1: too short for one launch: give at least 3"),
        ("waits", ("--only", "threads", "--budget", "0"), "a number of seconds above 0"),
        ("waits", ("--only", "threads", "--worth", "-1"), "a number of seconds above 0"),
        ("eats", ("--only", "threads", "--memory", "0.2"), "--memory 0.2: a task takes more than the 0.2 GB"),
        ("nothing", ("--only", "threads"), "has no attribute 'nothing'"),
        ("waits", ("--report", "advice.trace.json"), "an advice is reported as HTML or Markdown"),
        ("waits", ("--report", "advice.csv"), "an advice is reported as HTML or Markdown"),
        ("waits", ("--json", "/nowhere/advice.json"), "/nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input(execbench: Command, work: Path, name: str, words: tuple[str, ...], says: str) -> None:
    """Bad input is one sentence, and exit code 2."""
    finished = execbench("advise", f"{work}:{name}", "--tasks", "range(20)", *words)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert says in finished.stderr
    assert "Traceback" not in finished.stderr


_BEGAN_LONG_AGO = """
import sys, time
from types import SimpleNamespace
from execbench import cli

cli.time = SimpleNamespace(monotonic=lambda: time.monotonic() - 100)
sys.exit(cli.main())
"""


def test_start_of_the_command_counts(work: Path, tmp_path: Path) -> None:
    """What the command takes before it can ask is part of the budget."""
    path = tmp_path / "advice.json"
    words = ("advise", f"{work}:draws", "--tasks", "range(100)", "--json", path)
    subprocess.run([sys.executable, "-c", _BEGAN_LONG_AGO, *words], check=True, capture_output=True, timeout=60)
    found = saved.read(path)
    assert found is not None
    assert found.seconds + found.uncounted_seconds > 100


THREADED = """
import threading
import time

threading.Thread(target=threading.Event().wait, daemon=True).start()


def waits(task):
    time.sleep(2.1)
    return task
"""


@pytest.mark.skipif(sys.platform != "linux" or sys.version_info >= (3, 14), reason="no worker is forked by default")
def test_no_fork_where_threads_run(execbench: Command, tmp_path: Path) -> None:
    """Where a thread runs, workers that are forked are out, and those that are started otherwise are considered."""
    considered = candidates(execbench, tmp_path, THREADED, "--only", "pool")
    assert considered == {
        "pool": "a forked worker may wait forever for threads of Python code",
        "pool[start_method=forkserver]": None,
    }


def candidates(execbench: Command, folder: Path, code: str, *words: str) -> dict[str, str | None]:
    """Return why each backend is out, for tasks that take too long to be raced."""
    (folder / "long.py").write_text(code)
    options = ("--tasks", "range(20)", "--budget", "6", "--json", "a.json", *words)
    finished = execbench("advise", "long.py:waits", *options, cwd=folder)
    assert finished.returncode == 0, finished.stderr
    found = saved.read(folder / "a.json")
    assert found is not None
    return {option.backend: option.excluded for option in found.candidates}


INNER = """
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))


def burns(rounds):
    return hashlib.pbkdf2_hmac("sha256", b"", b"", rounds)


def computes(task):
    global current
    current = task  # so that threads are no use
    time.sleep(0.002)
    if THREADS > 1:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(burns, [20_000] * THREADS))
    return current
"""


@pytest.mark.slow
@pytest.mark.skipif(usable_cpus() < 2, reason="on one CPU, libraries have one thread")
def test_loop_with_one_thread_for_libraries(execbench: Command, tmp_path: Path) -> None:
    """Where threads of a library cost more than they gain, the loop is advised with one, which the program sees to."""
    (tmp_path / "inner.py").write_text(INNER)
    words = ("inner.py:computes", "--tasks", "range(20)", "--only", "threads", "--budget", "30", "--json", "a.json")
    finished = execbench("advise", *words, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    found = saved.read(tmp_path / "a.json")
    assert found is not None
    assert (found.verdict, found.winner) in {("use", "serial/w1/c1"), ("use_perhaps", "serial/w1/c1")}
    assert finished.stdout.startswith("Stay serial, and let libraries have one thread")
    assert 'os.environ[name] = "1"' in found.code
    assert "Executor" not in found.code


BY_VALUE = """
import functools
import time

waits = functools.partial(lambda seconds, task: (time.sleep(seconds), -task)[1], 2.1)
"""


def test_function_that_goes_by_value_only(execbench: Command, tmp_path: Path) -> None:
    """A partial of a lambda, which no worker can import, is considered on a backend that sends it by value."""
    considered = candidates(execbench, tmp_path, BY_VALUE, "--only", "joblib", "--only", "pool")
    assert considered["joblib"] is None
    assert (considered["pool"] or "").startswith("PicklingError: Can't pickle <function <lambda>")


AWAITED = """
import asyncio


async def answered(number):
    for _ in range(3):
        await asyncio.sleep(0.0005)
    return number
"""


def test_event_loop_for_coroutines(execbench: Command, tmp_path: Path) -> None:
    """Coroutines that wait are advised an event loop with more slots than CPUs, which threads cannot match."""
    (tmp_path / "waits.py").write_text(AWAITED)
    options = ("--tasks", "range(130)", "--calls", "many", "--json", "advice.json")
    finished = execbench("advise", "waits.py:answered", *options, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    found = saved.read(tmp_path / "advice.json")
    assert found is not None
    assert "event_loop" in {each.kind for each in found.candidates if each.measured is not None}
    assert finished.stdout.startswith(("Use asyncio with", "Cannot tell"))


def test_function_without_tasks(execbench: Command, work: Path) -> None:
    """Without tasks, it is said how to give them."""
    finished = execbench("advise", f"{work}:waits")
    assert finished.returncode == 2
    assert "waits is a function: give its tasks, as in --tasks 'range(100)'" in finished.stderr


def test_interrupt_leaves_nothing(work: Path) -> None:
    """Ctrl-C while a task hangs ends the command with 130, and none of its processes is left."""
    words = ["advise", f"{work}:hangs", "--tasks", "range(20)", "--only", "threads", "--budget", "60"]
    with subprocess.Popen([sys.executable, "-m", "execbench", *words], stderr=subprocess.PIPE, text=True) as advise:
        assert advise.stderr is not None
        assert any("looking at the tasks" in line for line in advise.stderr)
        while not lanes_left():
            pass
        os.kill(advise.pid, signal.SIGINT)
        assert advise.wait(20) == 130
    assert not lanes_left()


def test_lambda_from_python() -> None:
    """A lambda of a program is advised on by value; the loop is opened where nothing else is advised."""
    found = execbench.advise(lambda task: 2 * task, range(100), only=["threads"])
    assert (found.verdict, found.winner, found.code) == ("stay_serial", "serial", "")
    found.expect("serial")
    with pytest.raises(AssertionError, match=r"expected threads, at least 1x as fast as a loop\. Stay serial"):
        found.expect("threads")
    with found.open() as executor:
        assert executor.map(str, range(3)) == ["0", "1", "2"]
    assert repr(found).splitlines()[0].startswith("Stay serial")
    assert found.why[0].startswith("the loop takes ")
    assert found.warnings


SLOW_AT_FIRST = """
import pathlib, time

counter = pathlib.Path(__file__).with_name("imports")
with counter.open("a") as file:
    file.write("x")
if counter.stat().st_size < 3:
    time.sleep(3)


def waits(task):
    time.sleep(0.01)
    return task
"""


@pytest.mark.slow
def test_slow_first_import(execbench: Command, tmp_path: Path) -> None:
    """A module that is slow to import at first, as from a cold disk, and quick later, gets its advice."""
    (tmp_path / "slow_at_first.py").write_text(SLOW_AT_FIRST)
    options = ("--tasks", "range(20)", "--only", "threads", "--budget", "12")
    finished = execbench("advise", "slow_at_first.py:waits", *options, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith(("Use threads", "Cannot tell"))


@pytest.mark.parametrize("slow", [1.0, 0.0])
def test_imports_of_the_race_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: float) -> None:
    """What the lanes of a race take to import the function does not count, and nothing else of them is forgiven."""
    (tmp_path / "slow.py").write_text(f"import time\ntime.sleep({slow})\ndef waits(task): time.sleep(0.01)\n")
    race, noted = Contest.run, []

    def run(self: Contest, *given: Any) -> None:
        before = self._budget.uncounted
        race(self, *given)
        noted.append((self.launches, self._budget.uncounted - before, given[3]))

    monkeypatch.setattr(Contest, "run", run)
    execbench.advise(f"{tmp_path / 'slow.py'}:waits", "range(20)", only=["threads"], budget=6)
    ((launches, uncounted, imports),) = noted
    assert launches
    assert uncounted >= launches * (slow - 5 * LEAST_SECONDS)  # of a loop, and of at most four candidates
    assert uncounted <= launches * SLOWED_DOWN * imports * 3  # five lanes, two at once at least


GAIN = Interval(1.8, 1.7, 1.9)

SEEN = Seen(
    tasks=4000, run=120, raced=150, total=4.0, typical=1e-3, longest=9e-3, setup=0.0, waiting=0.1, held=0.06,
    pickling=0.31, task_bytes=100.0, result_bytes=100.0, function_bytes=30, inner_threads=False, memory=1_000_000,
    unsafe_to_fork=(), free_memory=8 * 10**9,
)  # fmt: skip

THREADS = Option("threads/w2/c1", "threads", 2, 1, "thread", Interval(2, 2, 3), Interval(2.2, 2.1, 2.3), GAIN)
PROCESSES = Option(
    "process_pool/w2/c25", "process_pool", 2, 25, "process", Interval(2, 2, 3), Interval(2.2, 2.1, 2.3), GAIN
)
SHARED = msgspec.structs.replace(PROCESSES, id="process_pool/w2/c25/shared", sent_once="rows")

LOOP = Option("serial/w1/c1", "serial", 1, 1, "loop", Interval(2, 2, 3), Interval(2.2, 2.1, 2.3), GAIN)


def advice(verdict: Any = "use", winner: str | None = "threads/w2/c1", **others: Any) -> Advice:
    """A made-up advice."""
    known: dict[str, Any] = {"calls": "once", "gain": GAIN, "seen": SEEN, "candidates": [THREADS, PROCESSES]}
    return Advice(verdict, "resize", winner=winner, **{**known, **others})


@pytest.mark.parametrize(
    ("of", "says"),
    [
        (advice(), "Use threads with 2 workers: 1.80x [1.70, 1.90] as fast as a loop for one call."),
        (
            advice(winner="process_pool/w2/c25", calls="many"),
            "Use process_pool with 2 workers, in chunks of 25: 1.80x [1.70, 1.90] as fast as a loop in a pool that "
            "lives on.",
        ),
        (
            advice(winner="process_pool/w2/c25/shared", candidates=[SHARED]),
            "Use process_pool with 2 workers, in chunks of 25, and rows sent once: 1.80x [1.70, 1.90] as fast as a "
            "loop for one call.",
        ),
        (
            advice("either", simpler_than="process_pool/w2/c25", calls=1000),
            "Use threads with 2 workers: 1.80x [1.70, 1.90] as fast as a loop for 1,000 calls. "
            "process_pool with 2 workers, in chunks of 25 is as fast, and threads with 2 workers is simpler.",
        ),
        (
            advice("use_perhaps"),
            "Use threads with 2 workers, perhaps not the best: 1.80x [1.70, 1.90] as fast as a loop for one call.",
        ),
        (
            advice(winner="serial/w1/c1", simpler_than="threads/w2/c1", verdict="either", candidates=[LOOP, THREADS]),
            "Stay serial, and let libraries have one thread: 1.80x [1.70, 1.90] as fast as with more for one call. "
            "threads with 2 workers is as fast, and a loop with one thread for libraries is simpler.",
        ),
        (
            advice("stay_serial", "serial", gain=Interval(0.9, 0.8, 1.0), simpler_than="threads/w2/c1"),
            "Stay serial: the nearest, threads with 2 workers, is 0.900x [0.800, 1.00] as fast as a loop for one call.",
        ),
        (
            advice(
                "stay_serial",
                "serial",
                gain=Interval(1.9, 1.8, 2.0),
                simpler_than="threads/w2/c1",
                reason="it saves 0.5 s a call, less than the 1 s that it should",
            ),
            "Stay serial: the nearest, threads with 2 workers, is 1.90x [1.80, 2.00] as fast as a loop for one call, "
            "but it saves 0.5 s a call, less than the 1 s that it should.",
        ),
        (
            advice("stay_perhaps", "serial", gain=Interval(0.9, 0.6, 1.3), simpler_than="threads/w2/c1"),
            "Stay serial, perhaps not the best: the nearest, threads with 2 workers, is 0.900x [0.600, 1.30] as fast "
            "as a loop for one call.",
        ),
        (advice("stay_perhaps", "serial", gain=None), "Stay serial, perhaps not the best for one call."),
        (advice("stay_serial", "serial", gain=None), "Stay serial for one call: no executor can be worth using."),
        (advice("cannot_tell", None, reason="there was no time"), "Cannot tell: there was no time."),
        (advice("do_not", None, reason="it raises"), "Do not run this in parallel: it raises."),
    ],
    ids=[
        "use",
        "processes",
        "shared",
        "either",
        "use_perhaps",
        "one inner thread",
        "stay_serial",
        "not worth it",
        "stay_perhaps",
        "perhaps nothing",
        "nothing",
        "cannot_tell",
        "do_not",
    ],
)
def test_headline(of: Advice, says: str) -> None:
    """Each verdict is one sentence."""
    assert headline(of) == says


@pytest.mark.parametrize(
    ("of", "reasons"),
    [
        (
            advice(),
            [
                "94 % of each task runs while other threads run",
                "sending tasks and results to processes would take 31 % of the loop",
            ],
        ),
        (
            advice(seen=msgspec.structs.replace(SEEN, waiting=0.97, pickling=0.0)),
            ["97 % of each task is waiting"],
        ),
        (
            advice(winner="process_pool/w2/c25", seen=msgspec.structs.replace(SEEN, held=0.98, pickling=0.01)),
            [
                "threads gain little, as 98 % of each task keeps other threads waiting",
                "sending tasks and results takes 1.0 % of the loop",
            ],
        ),
        (
            advice(winner="process_pool/w2/c25", seen=msgspec.structs.replace(SEEN, held=0.0, pickling=0.0009)),
            ["sending tasks and results takes less than 0.1 % of the loop"],
        ),
        (
            advice(
                winner="process_pool/w2/c25/shared",
                candidates=[SHARED],
                seen=msgspec.structs.replace(SEEN, held=0.0, repeated="rows", repeated_bytes=5_000_000),
            ),
            [
                "sending tasks and results takes 31.0 % of the loop",
                "rows weighs 5.0 MB, and is sent to each worker once",
            ],
        ),
        (
            advice("stay_serial", "serial", candidates=[msgspec.structs.replace(THREADS, measured=None)]),
            ["the loop takes 4.00 s, 1.00 ms a task", "threads would take about 2.00 s"],
        ),
        (
            advice(winner="serial/w1/c1", candidates=[LOOP]),
            ["the loop takes 4.00 s with all threads of libraries, and about 2.00 s with one"],
        ),
        (
            advice(
                candidates=[msgspec.structs.replace(THREADS, kind="event_loop")],
                seen=msgspec.structs.replace(SEEN, pickling=0.0),
            ),
            ["94 % of each task runs while other coroutines are awaited"],
        ),
        (advice("do_not", None, seen=None), []),
    ],
    ids=[
        "threads",
        "waiting",
        "processes",
        "light",
        "shared",
        "serial",
        "one inner thread",
        "coroutines",
        "nothing seen",
    ],
)
def test_why(of: Advice, reasons: list[str]) -> None:
    """Each reason has the number that it comes from."""
    assert list(why(of)) == reasons


@pytest.mark.parametrize(
    ("seen", "warning"),
    [
        ({"typical": 1e-6}, "a task takes 1.00 µs: vectorise, or let each task do many"),
        ({"task_bytes": 2e6}, "each task weighs 2.0 MB: send a path or a number, and load the data in the worker"),
        ({"result_bytes": 2e6}, "each result weighs 2.0 MB: write it in the worker, and return the path"),
        (
            {"repeated": "the function", "repeated_bytes": 5_000_000},
            "the function weighs 5.0 MB, and is sent with each chunk: an initializer sends it to each worker once",
        ),
        ({"setup": 1.5}, "the first task of each worker takes 1.50 s longer: an initializer does that once"),
        ({"memory": 2 * 10**9}, "2 workers need about 4.0 GB of memory, and 8.0 GB may be used"),
        ({"longest": 3.0}, "one task takes 3.00 s: no number of workers gains more than 1.33x"),
        ({"inner_threads": True}, "a library has threads of its own: it gets one in each worker"),
        ({"effects": ["writes /a"]}, "a task writes /a: workers do that at the same time"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_warnings(seen: dict[str, Any], warning: str) -> None:
    """What the situation calls for is said, with its number, and nothing else."""
    of = advice(winner="process_pool/w2/c25", seen=msgspec.structs.replace(SEEN, **seen))
    assert list(warnings(of)) == [warning]


def test_warning_about_the_memory_of_one_worker() -> None:
    """Where memory allows one worker only, the sentence is about one."""
    one = msgspec.structs.replace(PROCESSES, max_workers=1)
    seen = msgspec.structs.replace(SEEN, memory=5 * 10**9)
    of = advice(winner="process_pool/w2/c25", candidates=[one], seen=seen)
    assert list(warnings(of)) == ["the worker needs about 5.0 GB of memory, and 8.0 GB may be used"]


def test_what_sending_once_was_found_to_take() -> None:
    """A winner that sends an object with each chunk has a warning, which says what sending it once took."""
    seen = msgspec.structs.replace(SEEN, repeated="rows", repeated_bytes=5_000_000)
    plain, shared = (
        advice(winner=option.id, candidates=[PROCESSES, SHARED], seen=seen) for option in (PROCESSES, SHARED)
    )
    assert list(warnings(plain)) == [
        "rows weighs 5.0 MB, and is sent with each chunk: a call of process_pool that sends it to each worker once "
        "takes 2.20 s"
    ]
    assert not list(warnings(shared))


def test_no_warnings() -> None:
    """Without a reason, nobody is warned; a large task is nothing to threads, or to the loop."""
    assert not list(warnings(advice(winner="process_pool/w2/c25")))
    large = msgspec.structs.replace(SEEN, task_bytes=2e6)
    assert not list(warnings(advice(seen=large)))
    assert not list(warnings(advice("stay_serial", "serial", seen=large)))
    inner = msgspec.structs.replace(SEEN, inner_threads=True, effects=["writes /a"])
    assert not list(warnings(advice(winner="serial/w1/c1", candidates=[LOOP], seen=inner)))
    assert not list(warnings(advice("do_not", None, seen=None)))


def test_not_tried() -> None:
    """Backends of which nothing was raced are named once, with those that were left out for the same reason."""
    slow = "at most 0.3x as fast as the loop"
    options = [
        THREADS,
        Option("threads/w16/c1", "threads", 16, excluded="others of its kind are faster"),
        Option("pool/w2/c25", "pool", 2, excluded=slow),
        Option("pool/w2/c50", "pool", 2, excluded="at most 0.2x as fast as the loop"),
        Option("dask", "dask", 2, excluded=slow),
        Option("ray", "ray", 2, excluded="it takes more than 2 s to start and stop"),
        Option("serial/w1/c1", "serial", 1, 1, "loop", excluded=slow),
    ]
    assert list(not_tried(options)) == [
        f"pool, dask, a loop with one thread for libraries ({slow})",
        "ray (it takes more than 2 s to start and stop)",
    ]


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (Otherwise("many", winner="threads/w2/c1"), "If the pool lives on: the same."),
        (Otherwise("many", winner="serial"), "If the pool lives on: stay serial."),
        (Otherwise("many"), "If the pool lives on: cannot tell."),
        (
            Otherwise("once", winner="process_pool/w2/c25", gain=GAIN),
            "For one call: use process_pool with 2 workers, in chunks of 25, 1.80x [1.70, 1.90] as fast as a loop.",
        ),
        (
            Otherwise("once", 100.0, "threads/w2/c1", GAIN),
            "If tasks took 100 ms: threads with 2 workers would gain about 1.80x.",
        ),
    ],
    ids=["same", "serial", "unknown", "another", "longer"],
)
def test_otherwise(other: Otherwise, says: str) -> None:
    """What would change the answer is a sentence."""
    assert says in as_text(advice_document(advice(otherwise=[other])), width=200).splitlines()


def test_how_sure() -> None:
    """How sure the answer is has its own sentence, with what was seen."""
    said = as_text(advice_document(advice("use_perhaps", regret_bound=0.12, reason="predicted")), width=200)
    assert (
        "How sure: 90 % that nothing tried is more than 12 % faster; predicted; "
        "saw 120 of 4,000 tasks, the longest 9.00x the median." in said
    )


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_strange_names_are_escaped(form: Form) -> None:
    """A function or a backend with markup in its name is shown, and not obeyed."""
    name = "<script>alert(1)\x1b[31m"
    option = msgspec.structs.replace(THREADS, id=f"{name}/w2/c1", backend=name)
    seen = msgspec.structs.replace(SEEN, effects=[f"writes {name}"])
    strange = Advice("use", name, "once", winner=option.id, gain=GAIN, seen=seen, candidates=[option])
    document = advice_document(strange)
    text = rendered(document, form)
    assert "\x1b" not in as_text(document, width=200) + text
    assert "<script>alert" not in text


def given(of: Advice, backend: str = "threads") -> Given:
    """What `execbench.advise` returns."""
    return Given(of, Choice(registry.find("backend", backend), {}, backend))


def test_open_opens_what_is_advised() -> None:
    """The advised executor is open in the context, with its workers, and maps in its chunks."""
    with given(advice()).open() as executor:
        assert type(executor.executor).__name__ == "ThreadPoolExecutor"
        assert executor.chunksize == 1
        assert executor.map(lambda task: 2 * task, range(5)) == [0, 2, 4, 6, 8]
    with given(advice(winner="process_pool/w2/c25"), "process_pool").open() as executor:
        assert executor.chunksize == 25
        assert executor.map(str, range(5)) == ["0", "1", "2", "3", "4"]


def test_expect() -> None:
    """A test fails if another backend is better, or it gains less; never if nobody can tell."""
    given(advice()).expect("threads", at_least=1.8)
    spawned = msgspec.structs.replace(THREADS, backend="pool[start_method=spawn]")
    given(advice(candidates=[spawned])).expect("pool")
    given(advice(candidates=[spawned])).expect("pool[start_method=spawn]")
    given(advice("either", simpler_than="process_pool/w2/c25")).expect("process_pool")
    given(advice("cannot_tell", None, reason="busy")).expect("threads", at_least=100)
    with pytest.raises(AssertionError, match=r"expected process_pool, at least 1x as fast as a loop\. Use threads"):
        given(advice()).expect("process_pool")
    with pytest.raises(AssertionError, match="expected threads, at least 2x"):
        given(advice()).expect("threads", at_least=2)
    with pytest.raises(AssertionError, match="Do not run this in parallel: it raises"):
        given(advice("do_not", None, reason="it raises", gain=None)).expect("serial")


def test_expect_the_loop() -> None:
    """The loop is as expected if all others are slower."""
    given(advice("stay_serial", "serial", gain=Interval(0.5, 0.4, 0.6), simpler_than=THREADS.id)).expect("serial")


@pytest.mark.parametrize("verdict", ["use_perhaps", "stay_perhaps"])
def test_expect_what_may_be_best(verdict: str) -> None:
    """If the winner is perhaps not the best, another one that may gain as much as expected contradicts nothing."""
    winner = {"use_perhaps": THREADS.id, "stay_perhaps": "serial"}[verdict]
    found = given(advice(verdict, winner, simpler_than=THREADS.id))
    found.expect("process_pool", at_least=1.9)
    with pytest.raises(AssertionError, match=r"expected process_pool, at least 2x as fast as a loop\."):
        found.expect("process_pool", at_least=2)


def test_shown_in_notebooks() -> None:
    """A notebook shows the table of candidates, and Python the sentences and the program."""
    found = given(advice(code="print()\n"))
    html = found._repr_html_()
    assert html is not None
    assert "<table" in html
    assert "threads/w2/c1" in html
    assert repr(found).startswith("Use threads with 2 workers: 1.80x")
    assert "print()" in repr(found)
    assert [option.id for option in found.candidates] == ["threads/w2/c1", "process_pool/w2/c25"]
    assert (found.gain, found.regret_bound, found.notebook) == (GAIN, None, "")
