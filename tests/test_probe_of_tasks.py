"""What the probe of an advice sees of tasks, in lanes of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from execbench.advice import probe
from execbench.advice.budget import Budget
from execbench.advice.probe import Facts, Probe, TooMuchMemory, Work
from execbench.environment import usable_cpus
from execbench.lane.messages import LaneFailure
from execbench.plugins import registry
from execbench.plugins.trial import Choice
from execbench.supervisor.lane import Nursery

JOBS = """
import asyncio
import os
import random
import subprocess
import sys
import threading
import time

import numpy


def waits(task):
    time.sleep(0.01)
    return task


async def waits_in_a_loop(task):
    await asyncio.sleep(0.02)
    return task


loops = []


async def stays_in_its_loop(task):
    loops.append(asyncio.get_running_loop())
    if len(loops) in range(5, 20) and loops[-1] is not loops[-2]:
        raise RuntimeError("another loop")
    await asyncio.sleep(0.001)
    return task


under_way = []


async def is_alone(task):
    under_way.append(task)
    await asyncio.sleep(0.001)
    alone = len(under_way) == 1
    under_way.remove(task)
    return alone


async def allows_64_at_once(task):
    under_way.append(task)
    if len(under_way) > 64:
        raise RuntimeError("too many at once")
    await asyncio.sleep(0.0001)
    under_way.remove(task)
    return task


def computes(task):
    return sum(number * number for number in range(20_000 + task))


def starts_a_child(task):
    return subprocess.run([sys.executable, "-S", "-c", "sum(range(10**6))"]).returncode


def sets_up(task):
    if not hasattr(sets_up, "model"):
        time.sleep(0.3)
        sets_up.model = 1
    return task


def takes_as_long_as_it_is(task):
    time.sleep(len(task) / 1e6)
    return len(task)


def tailed(size=1000):
    return [bytes(100_000 if number == 17 else 2000) for number in range(size)]


def multiplies(task):
    square = numpy.ones((700, 700))
    return float((square @ square)[task, task])


def sets_up_and_multiplies(task):
    return sets_up(task) + multiplies(task)


def draws(task):
    return random.random()


def changes(task):
    task.append(len(task))
    return sum(task)


def lists(size=5):
    return [[number] for number in range(size)]


def makes_a_lock(task):
    return threading.Lock()


def after_more_was_freed(size=6):
    return [len(b"x" * 300_000_000) - number for number in range(size)]


def allocates(task):
    return len(b"x" * 200_000_000)


doubles = lambda task: 2 * task


def passes(task):
    return 1


def locks(size=5):
    return [threading.Lock() for _ in range(size)]


def writes(task):
    with open(__file__ + ".log", "a") as file:
        file.write(str(task))
    return task


def shares(task):
    global buffer
    buffer = task
    time.sleep(0.002)
    return buffer


def leaves_a_thread(task):
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def hangs_in_two_threads(task):
    if threading.active_count() > 2:
        threading.Event().wait()
    time.sleep(0.005)
    return task


def raises(task):
    return 1 / 0


def raises_when_repeated(task, seen=set()):
    if len(seen) >= 20:
        raise ValueError(f"it is {task}")
    seen.add(task)


def hangs(task):
    threading.Event().wait()


def ends(task):
    os._exit(3)


def eats(task):
    eaten = b"x" * 300_000_000
    time.sleep(1)
    return len(eaten)
"""

Look = Callable[..., Facts]


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    """A function that returns what is seen of a function and its tasks."""
    folder = tmp_path_factory.mktemp("probe")
    (folder / "jobs.py").write_text(JOBS)
    with Nursery() as nursery:

        def facts(
            name: str, tasks: str = "range(20)", budget: float | Budget = 4, size: int = 20, **limits: int
        ) -> Facts:
            source = registry.find_tasks(tasks.replace("jobs.py", str(folder / "jobs.py")), star=False)
            plugin = registry.find("workload", f"{folder / 'jobs.py'}:{name}").with_tasks(source)
            counted = budget if isinstance(budget, Budget) else Budget(budget)
            work = Work(Choice(plugin, title=name), size, **limits)
            return Probe(nursery, work, 1, counted).facts(lambda _: None)

        yield facts


def test_waiting_task(look: Look) -> None:
    """A task that sleeps waits, also if it is awaited; two threads wait at the same time."""
    seen = look("waits")
    assert seen.waiting > 0.8
    assert seen.held is not None
    assert seen.held < 0.7
    assert (seen.tasks, sorted(seen.numbers), seen.drawn) == (20, list(range(20)), 20)
    assert seen.surveyed.unpicklable is None
    assert seen.sampled.unpicklable is None
    assert seen.unsafe is None
    assert not seen.has_inner_threads
    assert seen.sampled.effects == []


def test_coroutine_function(look: Look) -> None:
    """Coroutines are awaited one by one, and then all at once, where those that wait hardly hold each other up."""
    seen = look("waits_in_a_loop")
    assert seen.surveyed.awaits
    assert seen.waiting > 0.5
    assert seen.held is not None
    assert seen.held < 0.5


def test_coroutines_share_an_event_loop(look: Look) -> None:
    """A loop over all tasks has a single event loop, so tasks are looked at in a single one, too."""
    assert look("stays_in_its_loop").surveyed.awaits


def test_coroutine_function_that_is_not_safe_at_once(look: Look) -> None:
    """Coroutines that give other results while others are under way are found out."""
    seen = look("is_alone")
    assert seen.unsafe is not None
    assert seen.unsafe.startswith("all awaited at once: task ")


def test_coroutines_are_not_too_many_at_once(look: Look) -> None:
    """No more than 64 coroutines are awaited at once, as a server may refuse more."""
    seen = look("allows_64_at_once", "range(200)", size=200)
    assert seen.unsafe is None
    assert seen.held is not None


def test_computing_task(look: Look) -> None:
    """A task that computes does not wait, however busy the machine is; Python code keeps other threads waiting."""
    seen = look("computes")
    assert seen.waiting < 0.2
    assert seen.held is not None
    assert seen.held > 0.5 or any((look("computes").held or 0) > 0.5 for _ in range(2))  # others may have had the CPU


def test_task_that_starts_a_child(look: Look) -> None:
    """What a child process computes is no waiting, and it is said that there is one."""
    seen = look("starts_a_child", "range(4)", size=4)
    children = sum(seen.sampled.children_cpu)
    assert children > 0
    assert seen.waiting <= max(0, 1 - children / sum(seen.sampled.wall))
    assert any(effect.startswith("starts python") for effect in seen.sampled.effects)


def test_setup_in_the_first_task(look: Look) -> None:
    """What only the first task of a process takes is set-up, and not what tasks take."""
    seen = look("sets_up")
    assert seen.first > 0.2
    assert seen.longest < 0.2


def test_largest_inputs_are_run(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long task among many is seen, if its input is one of the largest that there was time to look at."""
    monkeypatch.setattr(probe, "_LOOK_SECONDS", 60)
    seen = look("takes_as_long_as_it_is", "jobs.py:tailed", size=1000)
    assert seen.drawn < 500
    assert 17 in seen.numbers
    assert seen.longest >= 0.1
    assert seen.typical < 0.1


@pytest.mark.skipif(usable_cpus() < 2, reason="on one CPU, BLAS has one thread")
def test_hidden_threads(look: Look) -> None:
    """BLAS has threads of its own; the tasks are run once more with one thread, as in a worker."""
    seen = look("multiplies", "range(6)", size=6)
    assert seen.has_inner_threads
    assert seen.inner is not None
    assert sum(seen.inner.process_cpu) < 1.3 * sum(seen.inner.thread_cpu)
    assert len(seen.wall) == len(seen.numbers)


@pytest.mark.skipif(usable_cpus() < 2, reason="on one CPU, BLAS has one thread")
def test_setup_with_one_inner_thread(look: Look) -> None:
    """What the first task of a process takes does not count where the tasks are run once more, either."""
    seen = look("sets_up_and_multiplies", "range(6)", size=6)
    assert seen.inner is not None
    assert seen.longest < 0.3


def test_changed_task_is_noted(look: Look) -> None:
    """A function that changes its tasks is found out."""
    assert look("changes", "jobs.py:lists", size=5).sampled.changed is not None
    assert look("passes").sampled.changed is None


@pytest.mark.parametrize(
    ("name", "tasks", "reason"),
    [
        ("makes_a_lock", "range(5)", ": TypeError: cannot pickle '_thread.lock' object"),
        ("doubles", "range(5)", "<lambda>"),
        ("passes", "jobs.py:locks", ": TypeError: cannot pickle '_thread.lock' object"),
    ],
    ids=["result", "function", "task"],
)
def test_what_cannot_be_pickled(look: Look, name: str, tasks: str, reason: str) -> None:
    """A result, a function or a task that cannot be pickled is named; a lambda can be sent by value, and no lock."""
    seen = look(name, tasks, size=5)
    assert reason in str(seen.surveyed.unpicklable or seen.sampled.unpicklable)
    assert (seen.sampled.unpicklable is None) == (name != "makes_a_lock")
    assert len(seen.wall) == 5
    assert seen.pickling == 0 or name == "doubles"
    by_value = seen.surveyed.unpicklable_by_value or seen.sampled.unpicklable_by_value
    assert (by_value is None) == (name == "doubles")
    assert by_value is None or reason in by_value


def test_effects(look: Look) -> None:
    """What tasks write is said."""
    (effect,) = look("writes").sampled.effects
    assert effect.startswith("writes /")
    assert effect.endswith("jobs.py.log")


def test_threads_that_a_forked_worker_would_lack(look: Look) -> None:
    """A thread that is alive after the tasks is noted, and none otherwise."""
    assert look("leaves_a_thread", "range(3)", size=3).sampled.unsafe_to_fork == ["Python code"]
    assert look("passes", "range(3)", size=3).sampled.unsafe_to_fork == []


def test_function_that_is_not_safe_in_threads(look: Look) -> None:
    """A function that gives wrong results in two threads at once is found out."""
    seen = look("shares")
    assert seen.unsafe is not None
    assert "in 2 threads at once: task " in seen.unsafe
    assert seen.held is None


def test_function_that_hangs_in_threads(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that hangs in two threads at once is not waited for until the budget is spent."""
    monkeypatch.setattr(probe, "_CONTEND_PATIENCE", 0.5)
    budget = Budget(20)
    assert look("hangs_in_two_threads", budget=budget).unsafe == "2 threads at once gave no result within 0.5 s"
    assert budget.left > 0


@pytest.mark.parametrize(
    ("name", "budget", "status", "reason"),
    [
        ("draws", 4, "wrong_result", "the function does not repeat its results: task "),
        ("raises", 4, "raised", "raises in a plain loop: ZeroDivisionError: division by zero (/"),
        ("hangs", 0.5, "hung", "a task gave no result within 1 s: a larger --budget waits longer"),
        ("ends", 4, "died", "a task ended its process, which exited with code 3"),
    ],
)
def test_function_that_fails(look: Look, name: str, budget: float, status: str, reason: str) -> None:
    """A function that does not repeat, raises, hangs, or ends its process is not looked at any further."""
    with pytest.raises(LaneFailure) as caught:
        look(name, budget=budget)
    assert caught.value.status == status
    assert reason in caught.value.reason


def test_task_is_named_by_its_number(look: Look) -> None:
    """A task that raises when some of the tasks are run again has its number among all tasks."""
    with pytest.raises(LaneFailure) as caught:
        look("raises_when_repeated")
    assert re.match(r"task (\d+) raises in a plain loop: ValueError: it is \1 \(/", caught.value.reason)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system cannot forget a peak")
def test_memory_of_a_task_after_more_was_freed(look: Look) -> None:
    """What a task takes is seen, even if making the tasks took more and freed it, and another task took as much."""
    seen = look("allocates", "jobs.py:after_more_was_freed", size=6)
    assert 190_000_000 < seen.sampled.memory < 250_000_000


def test_too_much_memory(look: Look) -> None:
    """A task that takes more memory than may be used is ended; with more of it, what it takes is seen."""
    with pytest.raises(TooMuchMemory, match=r"a task takes more than the 0\.2 GB that may be used"):
        look("eats", memory=200_000_000)
    seen = look("eats", budget=3, memory=2_000_000_000)
    assert len(seen.numbers) == 1
    assert seen.sampled.memory > 200_000_000
