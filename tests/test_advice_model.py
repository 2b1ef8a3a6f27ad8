"""The predictions of an advice, and the decision, on made-up figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from execbench.advice import budget, candidates, model, sampling
from execbench.advice.budget import Budget
from execbench.advice.candidates import Bounds, Candidate, limited_loop, racing
from execbench.advice.contest import Lap, Result
from execbench.advice.decision import Decision, decide
from execbench.advice.model import Costs, Load, body, chunksizes, once, schedule_seconds
from execbench.advice.probe import Facts
from execbench.advice.proof import Proof
from execbench.advice.sampling import FOR_A_SMALL_GAIN, affordable, sampled
from execbench.advice.start_methods import started_without_forks
from execbench.lane.arguments import SentOnce
from execbench.lane.questions import Calibrated, Contended, Sampled, Surveyed
from execbench.lane.status import Status
from execbench.plugins.registry import Plugin
from execbench.plugins.trial import Choice
from execbench.records.calls import MANY, ONCE

CPUS = 2

LOOP = Calibrated(
    open=0, first_call=0, close=0, call=1e-6, task=1e-6, chunked_task=1e-6, byte_out=0, byte_in=0,
    shared=True, forks=False, serial=True, sends_once=False, awaits=False,
)  # fmt: skip
THREADS = replace(LOOP, open=1e-4, first_call=3e-4, close=1e-4, call=1e-4, task=1e-5, chunked_task=1e-5, serial=False)
PROCESSES = Calibrated(
    open=0.01, first_call=0.05, close=0.02, call=1e-3, task=1e-4, chunked_task=2e-5, byte_out=1e-9, byte_in=2e-9,
    shared=False, forks=False, serial=False, sends_once=True, awaits=False,
)  # fmt: skip

FORKED = replace(PROCESSES, forks=True)

FREE = Bounds(
    10.0, CPUS, ONCE, inner_threads=False, unsafe=None, unpicklable=None, unpicklable_by_value=None, unsafe_to_fork=(),
    task_memory=0, memory=10**9,
)  # fmt: skip
"""Nothing is excluded."""


def costs(*seconds: float, held: float = 0.0, waiting: float = 0.0, pickling: float = 0.0, setup: float = 0.0) -> Costs:
    """The costs of tasks that take these seconds each."""
    return Costs(np.array(seconds), pickling, (1000.0, 2000.0), held, waiting, setup)


def alike(tasks: int, each: float, **others: float) -> Costs:
    """The costs of tasks that all take the same time."""
    return costs(*[each] * tasks, **others)


def backend(name: str) -> Choice:
    """A backend that is never opened."""
    return Choice(Plugin("backend", name, name, "backend"), title=name)


def considered(of: Costs, calibrated: Mapping[str, Calibrated], calls: float = ONCE, **bounds: Any) -> list[Candidate]:
    """Every candidate of these backends, on two CPUs."""
    free = replace(FREE, loop=of.total, calls=calls)
    return candidates.candidates([backend(name) for name in calibrated], calibrated, of, replace(free, **bounds))


@pytest.mark.parametrize(
    ("seconds", "workers", "chunksize", "taken"),
    [
        ([3, 1, 1, 1], 2, 1, 3),
        ([1, 1, 1, 3], 2, 1, 4),
        ([1, 1, 1, 3], 2, 2, 4),
        ([1, 1, 1, 3], 2, 3, 3),
        ([1, 1, 1, 3], 1, 2, 6),
        ([1, 2, 3], 8, 1, 3),
    ],
    ids=str,
)
def test_schedule_by_hand(seconds: list[float], workers: int, chunksize: int, taken: float) -> None:
    """Each worker fetches one chunk after another, and the last one that ends tells how long that takes."""
    assert schedule_seconds(np.array(seconds, dtype=float), workers, chunksize) == taken


@pytest.mark.parametrize("longest", [0.0, 20_000.0])
def test_schedule_of_very_many_chunks(monkeypatch: pytest.MonkeyPatch, longest: float) -> None:
    """More chunks than are scheduled one by one take nearly what they would, even if one of them takes longest."""
    tasks = np.append(longest, np.random.default_rng(1).exponential(1.0, model.MOST_CHUNKS))
    near = schedule_seconds(tasks, 3, 1)
    monkeypatch.setattr(model, "MOST_CHUNKS", len(tasks))
    assert near == pytest.approx(schedule_seconds(tasks, 3, 1), rel=0.01)


@pytest.mark.parametrize(
    ("of", "known", "sizes"),
    [
        (alike(1000, 1e-3), PROCESSES, [2, 125]),
        (alike(1000, 1e-6), PROCESSES, [125]),
        (alike(1000, 2.5e-5), PROCESSES, [125]),
        (alike(1000, 1e-1), PROCESSES, [1, 125]),
        (alike(3, 1e-3), PROCESSES, [1]),
        (alike(1000, 1e-3), THREADS, [1]),
        (alike(1000, 1e-3), replace(PROCESSES, chunked_task=PROCESSES.task), [125]),
        (costs(1.0, *[1e-3] * 999), PROCESSES, [1]),
    ],
    ids=["between", "tiny", "nearly as large", "long", "few", "threads", "ignores chunks", "one is long"],
)
def test_chunk_sizes(of: Costs, known: Calibrated, sizes: list[int]) -> None:
    """The smallest chunk makes dispatch cost little, the largest leaves each worker several; what is alike is one."""
    assert list(chunksizes(of, known, CPUS)) == sizes


def test_body_of_a_loop() -> None:
    """A backend that runs one task at a time takes as long as a loop, and what it costs itself."""
    found = body(alike(100, 0.01), LOOP, 8, 1, CPUS)
    assert (found.low, found.estimate, found.high) == pytest.approx([0.8 * 1.000101, 1.000101, 1.25 * 1.000101])


def test_body_of_threads() -> None:
    """Threads that hold no lock take the schedule, and each its part of the dispatch."""
    found = body(alike(1000, 1e-3), THREADS, 2, 1, CPUS)
    assert found.estimate == pytest.approx(0.5 + (1e-4 + 1000 * 1e-5) / 2)
    assert found.low == pytest.approx(0.8 * 0.5)
    assert found.high == pytest.approx(2 * found.estimate)


def test_body_of_processes() -> None:
    """What the parent sends and receives, one after the other, bounds processes."""
    of = alike(1000, 1e-5, pickling=4e-5)
    chunks, each = 100, 2e-5 + 1000 * 1e-9 + 2000 * 2e-9 + 4e-5 / 2
    dispatch = 1e-3 + 1000 * each + chunks * (1e-4 - 2e-5)
    work = 1000 * (1e-5 + 4e-5 / 2) / 2
    found = body(of, PROCESSES, 2, 10, CPUS)
    assert dispatch > work
    assert found.estimate == pytest.approx(dispatch + work / 2)
    assert found.low == pytest.approx(0.8 * dispatch)


@pytest.mark.parametrize(("waiting", "seconds"), [(1.0, 0.07), (0.5, 0.28), (0.0, 0.56)])
def test_body_of_more_workers_than_cpus(waiting: float, seconds: float) -> None:
    """More workers than CPUs only help with what waits: what computes shares the CPUs."""
    free = replace(THREADS, call=0.0, task=0.0, chunked_task=0.0)
    assert body(alike(100, 0.01, waiting=waiting), free, 16, 1, CPUS).estimate == pytest.approx(seconds)


def test_held_lock_bounds_threads() -> None:
    """Threads take at least as long as what holds the lock; processes do not."""
    of = alike(1000, 1e-3, held=0.9)
    assert body(of, THREADS, 2, 1, CPUS).estimate > 0.9
    assert body(of, PROCESSES, 2, 125, CPUS).estimate < 0.6


def test_slots_of_an_event_loop() -> None:
    """Coroutines that wait overlap in one event loop as far as there are slots, and what computes in it takes turns."""
    of = replace(alike(128, 0.01, held=0.02, waiting=0.8), awaited=True)
    loop = replace(THREADS, awaits=True)
    assert body(of, loop, 64, 1, CPUS).estimate < 0.05 < body(of, THREADS, 64, 1, CPUS).estimate
    assert body(of, loop, 2, 1, CPUS).estimate == pytest.approx(0.64, rel=0.02)
    assert body(replace(of, held=1.0), loop, 64, 1, CPUS).estimate > 1.28


def test_one_call_costs_opening_and_closing() -> None:
    """One call costs opening, what the first call takes longer, closing, and the set-up of each worker."""
    of = alike(100, 0.01, setup=0.5)
    warm = body(of, PROCESSES, 2, 13, CPUS)
    single = once(of, PROCESSES, warm)
    around = 0.01 + (0.05 - 1e-3) + 0.02 + 0.5
    assert single.estimate == pytest.approx(warm.estimate + around)
    assert single.low == pytest.approx(warm.low + around / 2)
    assert single.high == pytest.approx(warm.high + 2 * around)


@pytest.mark.parametrize(
    ("known", "imports"),
    [(PROCESSES, 2.0), (FORKED, 0.0), (THREADS, 0.0)],
    ids=["new interpreters", "forks", "threads"],
)
def test_workers_import_the_function(known: Calibrated, imports: float) -> None:
    """A worker that is a new interpreter imports the function, too, which counts for one call."""
    of = alike(100, 0.01)
    warm = body(of, known, 2, 13, CPUS)
    importing = once(replace(of, imports=2.0), known, warm)
    assert importing.estimate - once(of, known, warm).estimate == pytest.approx(imports)


HEAVY = Load(bytes=1e6, seconds=0.004)


def test_what_goes_with_each_chunk() -> None:
    """The parent sends it with each chunk, and a worker unpickles it; sent once, it belongs to opening."""
    of = replace(alike(100, 1e-4), traffic=(0.0, 0.0), each_chunk=HEAVY)
    dispatch = 1e-3 + 100 * 2e-5 + 10 * (1e-4 - 2e-5 + 1e6 * 1e-9 + 0.002)
    assert body(of, PROCESSES, 2, 10, CPUS).estimate == pytest.approx(dispatch + (100 * 1e-4 + 10 * 0.002) / 2 / 2)
    without, sent_once = replace(of, each_chunk=Load()), of.sent_once()
    warm = body(sent_once, PROCESSES, 2, 10, CPUS)
    assert warm == body(without, PROCESSES, 2, 10, CPUS)
    forked, spawned = replace(PROCESSES, forks=True), replace(PROCESSES, forks=False)
    assert once(sent_once, forked, warm) == once(without, forked, warm)
    longer = once(sent_once, spawned, warm).estimate - once(without, spawned, warm).estimate
    assert longer == pytest.approx(1e6 * 1e-9 + 0.004)


@pytest.mark.parametrize(
    ("of", "known", "shared"),
    [
        (replace(alike(100, 0.01), each_chunk=HEAVY), PROCESSES, True),
        (replace(alike(100, 0.1), each_chunk=Load(1000, 1e-6)), PROCESSES, False),
        (replace(alike(2, 0.01), each_chunk=HEAVY), PROCESSES, False),
        (replace(alike(100, 0.01), each_chunk=HEAVY), replace(PROCESSES, sends_once=False), False),
        (replace(alike(100, 0.01), each_chunk=HEAVY), replace(THREADS, sends_once=True), False),
    ],
    ids=["heavy", "light", "a chunk for each worker", "no way", "threads"],
)
def test_what_is_worth_sending_once(of: Costs, known: Calibrated, shared: bool) -> None:
    """What goes with each chunk is sent once by one more candidate, where it costs more than 5 % of the work."""
    found = considered(of, {"some": known}, sent_once=SentOnce(0, "rows"))
    assert any(candidate.setting.sent_once is None for candidate in found)
    assert any(candidate.setting.id.endswith("/shared") for candidate in found) == shared


def test_bound_excludes() -> None:
    """A candidate that cannot be 1.1 times as fast as the loop is out, with the bound; with longer tasks it is not."""
    (short,) = considered(alike(10, 1e-3), {"process_pool": PROCESSES})
    assert short.excluded is not None
    assert short.excluded.startswith("at most 0.23x")
    longer = considered(alike(10, 1e-3).longer(1000), {"process_pool": PROCESSES})
    assert {candidate.excluded for candidate in longer} == {None}


def test_pool_that_lives_on_need_not_be_opened() -> None:
    """What is out for one call may win if the pool lives on, or is called often."""
    of = alike(50, 1e-3)
    excluded = [considered(of, {"process_pool": PROCESSES}, calls)[0].excluded for calls in (ONCE, 50.0, MANY)]
    assert excluded[0] is not None
    assert excluded[1:] == [None, None]
    found = considered(of, {"process_pool": PROCESSES}, MANY)[0]
    assert found.seconds(MANY) == found.body.estimate
    assert found.seconds(ONCE) == found.once.estimate
    assert found.seconds(2) == pytest.approx((found.once.estimate + found.body.estimate) / 2)


@pytest.mark.parametrize(
    ("bounds", "out", "reason"),
    [
        ({"unsafe": "in 2 threads at once: task 0: 1 instead of 2"}, "threads", "in 2 threads at once"),
        ({"unpicklable": "task 0: cannot pickle"}, "process_pool", "task 0: cannot pickle"),
        ({"task_memory": 600_000_000}, "process_pool", "2 workers need 1.2 GB of memory, and 1.0 GB may be used"),
    ],
    ids=["threads are not safe", "nothing can be sent", "memory"],
)
def test_one_kind_is_out(bounds: dict[str, Any], out: str, reason: str) -> None:
    """What only threads or only processes cannot do excludes them, and not the others."""
    found = considered(alike(1000, 0.01), {"threads": THREADS, "process_pool": PROCESSES}, **bounds)
    excluded = {candidate.setting.backend.title: candidate.excluded for candidate in found}
    assert reason in (excluded.pop(out) or "")
    assert set(excluded.values()) == {None}


@pytest.mark.parametrize(("by_value", "out"), [(None, {"pool"}), ("cannot pickle", {"pool", "loky"})])
def test_what_only_goes_by_value(by_value: str | None, out: set[str]) -> None:
    """What pickle refuses excludes processes, but for those that send code by value, unless that fails, too."""
    known = {"pool": PROCESSES, "loky": replace(PROCESSES, by_value=True), "threads": THREADS}
    pickling = "attribute lookup <lambda>"
    found = considered(alike(1000, 0.01), known, unpicklable=pickling, unpicklable_by_value=by_value)
    excluded = {each.setting.backend.title: each.excluded for each in found if each.excluded is not None}
    assert set(excluded) == out
    assert (excluded["pool"], excluded.get("loky")) == (pickling, by_value)


def test_what_forks_is_out_where_threads_run() -> None:
    """Where forking is not safe, only what forks is out, and it is said why."""
    known = {"pool": FORKED, "process_pool": PROCESSES, "threads": THREADS}
    found = considered(alike(1000, 0.01), known, unsafe_to_fork=["polars", "Python code"])
    excluded = {candidate.setting.backend.title: candidate.excluded for candidate in found}
    assert excluded.pop("pool") == "a forked worker may wait forever for threads of polars and Python code"
    assert set(excluded.values()) == {None}


STARTS = {"start_method": {"allows": "default|fork|spawn|forkserver", "default": "default"}}


@pytest.mark.parametrize(
    ("takes", "chosen", "known", "others"),
    [
        (STARTS, "default", FORKED, ["pool[start_method=forkserver]"]),
        (
            {"start_method": {"allows": "default|spawn", "default": "default"}},
            "default",
            FORKED,
            ["pool[start_method=spawn]"],
        ),
        (STARTS, "default", PROCESSES, []),
        (STARTS, "fork", FORKED, []),
        ({"start_method": {"allows": "default|fork", "default": "default"}}, "default", FORKED, []),
        ({}, None, FORKED, []),
    ],
    ids=["cheaper", "only spawn", "does not fork", "chosen", "only fork", "no option"],
)
def test_other_start_methods(takes: Any, chosen: str | None, known: Calibrated, others: list[str]) -> None:
    """What forks by default is considered with the cheapest other way, if it has one; what the user chose is not."""
    options = {} if chosen is None else {"start_method": chosen}
    pool = replace(backend("pool"), takes=takes, options=options)
    found = started_without_forks([pool, backend("failed")], {"pool": known})
    assert [each.title for each in found] == others
    assert all(each.options["start_method"] in each.title for each in found)


def test_loop_is_no_candidate() -> None:
    """A backend that runs one task at a time is never raced; nor is one without a calibration."""
    assert not considered(alike(10, 1.0), {"asyncio": LOOP})
    assert not candidates.candidates([backend("threads")], {}, alike(10, 1.0), FREE)


@pytest.mark.parametrize(("waiting", "workers"), [(0.4, {2}), (0.9, {2, 16, 64}), (0.9, {2, 16, 20})])
def test_workers_of_waiting_tasks(waiting: float, workers: set[int]) -> None:
    """Threads are considered with more workers than CPUs if tasks wait, and with no more than there are tasks."""
    of = alike(20 if 20 in workers else 1000, 0.01, waiting=waiting)
    found = considered(of, {"threads": THREADS, "process_pool": PROCESSES})
    counts = [(each.kind, each.setting.max_workers) for each in found]
    assert {count for kind, count in counts if kind == "thread"} == workers
    assert {count for kind, count in counts if kind == "process"} == {2}


@pytest.mark.parametrize(
    ("cpus", "memory", "waiting", "workers"),
    [
        (4, 10**9, 0.0, {4, 2}),
        (3, 10**9, 0.0, {3}),
        (8, 450, 0.0, {4}),
        (8, 350, 0.0, {3}),
        (8, 150, 0.9, {1}),
        (8, 150, 0.0, set()),
        (8, 50, 0.9, set()),
    ],
)
def test_workers_that_fit(cpus: int, memory: int, waiting: float, workers: set[int]) -> None:
    """Half of many CPUs is considered, and no more processes than fit in memory: one of them only if the work waits."""
    of = alike(1000, 0.01, waiting=waiting)
    found = considered(of, {"process_pool": PROCESSES}, cpus=cpus, memory=memory, task_memory=100)
    assert {each.setting.max_workers for each in found if each.excluded is None} == workers
    assert all("of memory" in each.excluded for each in found if each.excluded is not None)


def test_memory_is_no_bound_for_threads() -> None:
    """What each worker process would need excludes no threads, and changes nothing of how many are considered."""
    found = considered(alike(1000, 0.01), {"threads": THREADS}, cpus=8, memory=150, task_memory=100)
    assert [(each.setting.max_workers, each.excluded) for each in found] == [(8, None), (4, None)]


def test_one_worker_process_gains_nothing() -> None:
    """A single task needs no other process."""
    (single,) = considered(alike(1, 10.0), {"process_pool": PROCESSES})
    assert single.excluded == "one worker process gains nothing"


def test_race_has_the_best_of_each_kind() -> None:
    """The best of each kind is raced, even if many of the other kind are predicted to be faster; at most five are."""
    of = alike(1000, 0.01)
    slower = {"process_pool": replace(PROCESSES, open=0.5), "pool": replace(PROCESSES, open=0.6)}
    found = considered(of, {f"threads{number}": THREADS for number in range(8)} | slower)
    raced = racing(found)
    assert [each.kind for each in raced] == ["thread", "process", "thread", "thread", "thread"]
    assert raced[1].setting.backend.title == "process_pool"


@pytest.mark.parametrize(("all_threads", "excluded"), [(1.0, None), (0.8, "at most 1x as fast as the loop")])
def test_loop_with_one_thread(all_threads: float, excluded: str | None) -> None:
    """A loop with one thread for libraries opens nothing, and is safe; it may gain too little."""
    bounds = replace(FREE, loop=all_threads, unsafe="in 2 threads at once", inner_threads=True)
    found = limited_loop(backend("serial"), alike(100, 0.01), bounds)
    assert (found.setting.id, found.kind, found.limits_threads) == ("serial/w1/c1", "loop", True)
    assert found.once == found.body
    assert found.once.estimate == pytest.approx(1.0)
    assert found.excluded == excluded


def test_race_has_the_loop_with_one_thread() -> None:
    """It is a kind of its own: threads and processes stay in the race beside it, even if there is little time."""
    of = alike(1000, 0.01)
    loop = limited_loop(backend("serial"), of, replace(FREE, loop=of.total))
    raced = racing([loop, *considered(of, {"threads": THREADS, "process_pool": PROCESSES})], lambda _: False)
    assert [each.kind for each in raced] == ["loop", "thread", "process"]


def test_race_has_an_event_loop_for_coroutines() -> None:
    """Where tasks are coroutines, a backend that awaits them itself is a kind of its own, and stays in the race."""
    of = alike(100, 0.01, held=0.4, waiting=0.6)
    known = {"threads": THREADS, "asyncio": replace(THREADS, awaits=True, call=2e-3)}
    for awaited, kinds in ((True, {"thread", "event_loop"}), (False, {"thread"})):
        raced = racing(considered(replace(of, awaited=awaited), known), lambda _: False)
        assert {each.kind for each in raced} == kinds


def test_loop_sets_up_as_workers_do() -> None:
    """The set-up of a first task excludes nothing, as the first call of a loop takes that time, too."""
    of = alike(8, 0.01, setup=0.1)
    (threads,) = considered(of, {"threads": THREADS})
    assert threads.excluded is None
    assert threads.once.estimate > of.total
    (threads,) = considered(alike(8, 0.01), {"threads": replace(THREADS, open=0.1)})
    assert threads.excluded is not None


def test_race_is_without_what_cannot_win() -> None:
    """What is slower at its best than another one at its worst is not raced; nor is what a bound excludes."""
    of = alike(1000, 0.01)
    found = considered(of, {"threads": THREADS, "process_pool": replace(PROCESSES, open=30.0)}, loop=1000.0)
    assert all(each.excluded is None for each in found)
    assert {each.kind for each in racing(found)} == {"thread"}
    assert not racing(considered(of, {"threads": THREADS}, unsafe="no"))


def facts(tasks: int, wall: Sequence[float], drawn: int | None = None, **others: Any) -> Facts:
    """What was seen of tasks, the last of which were run first."""
    numbers = list(range(tasks))[::-1][: len(wall)]
    return Facts(
        tasks,
        Surveyed(0.0, 0.0, numbers, [], 10),
        numbers,
        len(wall) if drawn is None else drawn,
        Sampled(wall=list(wall), pickling=[1e-6] * len(wall)),
        0.0,
        **others,
    )


@pytest.mark.usefixtures("two_cpus")
@pytest.mark.parametrize(
    ("budget_seconds", "wall", "imports", "raced"),
    [
        (13, 1e-5, 0.0, ["threads", "pool", "process_pool"]),
        (60, 0.01, 0.0, ["threads", "pool", "joblib", "process_pool"]),
        (6, 0.01, 0.0, ["threads", "pool"]),
        (13, 1e-5, 20.0, ["threads", "pool"]),
    ],
    ids=["quick", "much time", "long loop", "long imports"],
)
def test_candidates_that_there_is_time_for(
    budget_seconds: float, wall: float, imports: float, raced: list[str]
) -> None:
    """The best of each kind race, and others if there is time for four launches; one that opens slowly may be left out.

    Imports count once they take more than twice the budget.
    """
    seen = facts(1000, [wall] * 100)
    seen = replace(seen, surveyed=replace(seen.surveyed, import_seconds=imports))
    known = {"threads": THREADS, "pool": FORKED, "joblib": replace(FORKED, open=1.5), "process_pool": FORKED}
    found = considered(alike(2, 1.0), known, calls=MANY)
    slow_first = sorted(found, key=lambda each: list(known).index(each.setting.backend.title))
    has_time = partial(sampling.has_time, seen, Budget(budget_seconds), 2.0)
    assert [each.setting.backend.title for each in racing(slow_first, has_time)] == raced


def test_costs_of_all_tasks() -> None:
    """The tasks that were drawn speak for all but the largest, which count once."""
    seen = facts(1000, [*[0.01] * 10, 5.0], drawn=10, contended=Contended(1.0, 0.75))
    of = Costs.of(seen)
    assert len(of.seconds) == 1000
    assert of.longest == 5
    assert of.total == pytest.approx(seen.serial_total) == pytest.approx(14.99)
    assert of.held == pytest.approx(0.5)
    assert of.pickling == pytest.approx(1e-6)


@pytest.mark.parametrize(("together", "held"), [(0.5, 0.0), (0.4, 0.0), (1.0, 1.0), (1.5, 2.0)])
def test_share_that_holds_the_lock(together: float, held: float) -> None:
    """Two threads that gain nothing hold the lock all the time, and those that gain twice never do."""
    assert facts(10, [0.1], contended=Contended(1.0, together)).held == pytest.approx(held)


def test_waiting_is_what_is_left() -> None:
    """Neither what is computed, here or in a child, nor what other programs take of the CPU is waiting."""
    seen = facts(10, [1.0, 1.0])
    seen.sampled.process_cpu += [0.1, 0.1]
    seen.sampled.children_cpu += [0.2, 0.2]
    assert seen.waiting == pytest.approx(0.7)
    seen.sampled.queued += [0.4, 0.4]
    assert seen.waiting == pytest.approx(0.5)


def test_unknown_share_is_taken_for_the_whole() -> None:
    """Where threads were not tried, they are predicted to take turns, but for what waits."""
    seen = facts(10, [0.1])
    assert seen.held is None
    seen.sampled.process_cpu.append(0.1)
    assert Costs.of(seen).held == 1
    seen.sampled.process_cpu[0] = 0.02
    assert Costs.of(seen).held == pytest.approx(0.2)


@pytest.fixture
def two_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sampling counts two CPUs, however many there are."""
    monkeypatch.setattr(sampling, "usable_cpus", lambda: CPUS)


def both(of: Costs) -> list[Candidate]:
    """Candidates of both kinds that are raced."""
    return racing(considered(of, {"threads": THREADS, "process_pool": PROCESSES}))


@pytest.mark.usefixtures("two_cpus")
def test_short_loop_is_raced_whole() -> None:
    """All tasks of a short loop are raced, in the chunks that are advised."""
    seen = facts(190, [1e-3] * 100)
    chosen = both(alike(190, 1e-3, held=0.0))
    found = sampled(seen, Costs.of(seen), chosen, 10)
    assert found is not None
    assert found.numbers == ()
    assert found.chunksizes == {each.setting.id: each.setting.chunksize for each in chosen}
    assert found.scales == dict.fromkeys(["serial", *found.chunksizes], 1)


@pytest.mark.usefixtures("two_cpus")
@pytest.mark.parametrize(("each", "raced"), [(1e5, 0), (1.5e6, 13), (1e9, 4)])
def test_large_results_are_sampled(each: float, raced: int) -> None:
    """Of a short loop with large results a few tasks are raced, as checking all of them would take the time."""
    seen = facts(190, [1e-3] * 190)
    seen = replace(seen, sampled=replace(seen.sampled, result_bytes=[int(each)] * 190))
    found = sampled(seen, Costs.of(seen), both(alike(190, 1e-3)), 10)
    assert found is not None
    assert len(found.numbers) == raced


@pytest.mark.usefixtures("two_cpus")
def test_sample_of_a_long_loop() -> None:
    """Of a long loop some of the tasks that were drawn are raced, in order, in as many chunks as all tasks have."""
    seen = facts(10_000, [1e-3] * 500)
    of = alike(10_000, 1e-3)
    found = sampled(seen, of, both(of), 10)
    assert found is not None
    assert found.numbers == tuple(range(9850, 10_000))
    assert found.chunksizes["process_pool/w2/c1250"] == math.ceil(1250 * 150 / 10_000)
    assert found.scales["serial"] == pytest.approx(10_000 / 150)
    assert all(scale == pytest.approx(10_000 / 150, rel=0.1) for scale in found.scales.values())


@pytest.mark.usefixtures("two_cpus")
def test_long_tasks_cannot_be_raced() -> None:
    """There is no sample if a few tasks take longer than what is left of the budget."""
    seen = facts(100, [1.0] * 4)
    assert sampled(seen, Costs.of(seen), both(alike(100, 1.0)), 10) is None
    assert sampled(seen, Costs.of(seen), both(alike(100, 1.0)), 100) is not None


STILL = (1.0, 1.01, 0.99, 1.0, 1.01, 0.99)
"""What six launches of a quiet machine take, in multiples."""

WILD = (0.7, 1.4, 1.0)
"""What three launches of a busy one do."""


def result(
    seconds: float,
    noise: Sequence[float] = STILL,
    fixed: float = 0.0,
    failure: str | None = None,
    status: Status = "raised",
) -> Result:
    """What a race measured: a call of a warm pool takes `seconds`, and opening and closing it `fixed`."""
    again = [seconds * factor for factor in noise]
    laps = {launch: Lap(fixed + each, each, fixed + each) for launch, each in enumerate(again)}
    return Result({} if failure else laps, failure, status if failure else "ok")


def decided(calls: float = ONCE, worth: float = 0.0, launches: int = 6, **results: Result) -> Decision:
    """The decision between the loop, threads, and processes, of which threads are simpler."""
    known = {"threads": THREADS, "process_pool": PROCESSES}
    chosen = {each.setting.backend.title: each for each in considered(alike(9, 1.0), known)}
    by_name: dict[str, Candidate] = {name: chosen[name] for name in known if name in results}
    return decide(results, by_name, launches, calls, worth)


SLIGHTLY_OTHER = (1.01, 0.99, 1.0, 0.99, 1.0, 1.01)


@pytest.mark.parametrize(
    ("lanes", "launches", "kept"),
    [
        (15, 1, ["serial", "threads", "joblib", "pool", "process_pool"]),
        (14, 1, ["serial", "threads", "joblib", "pool"]),
        (10, 2, ["serial", "threads", "joblib", "pool", "process_pool"]),
        (6, 1, ["serial", "threads"]),
        (2, 1, ["serial", "threads"]),
    ],
)
def test_slow_candidates_make_room_for_launches(lanes: int, launches: int, kept: list[str]) -> None:
    """Only the loop and the fastest candidates go on, if there is no time for four launches of all of them."""
    logs = {"serial": 1.0, "process_pool": 0.9, "threads": 0.1, "pool": 0.5, "joblib": 0.3}
    assert affordable(logs, lanes, launches) == kept


def test_fewer_candidates_while_the_gain_is_uncertain() -> None:
    """While the fastest candidate may gain nothing, fewer candidates get more launches."""
    logs = {"serial": 1.0, "process_pool": 0.9, "threads": 0.95}
    assert affordable(logs, 12, 3) == ["serial", "process_pool", "threads"]
    assert affordable(logs, 12, 3, FOR_A_SMALL_GAIN) == ["serial", "process_pool"]


def test_given_up() -> None:
    """If a candidate was given up for lack of time, the winner is perhaps not the best, and nothing bounds that."""
    found = decided(serial=result(1.0), threads=result(0.5), process_pool=replace(result(0.9), given_up=True))
    assert (found.verdict, found.winner, found.regret_bound) == ("use_perhaps", "threads", None)
    assert found.reason == "there was no time for all candidates"


def test_use() -> None:
    """The fastest is used if nothing else can be as good; its gain is next to the loop."""
    found = decided(serial=result(1.0), threads=result(0.8), process_pool=result(0.5, SLIGHTLY_OTHER))
    assert (found.verdict, found.winner, found.simpler_than) == ("use", "process_pool", None)
    assert found.gain is not None
    assert found.gain.low < 2 < found.gain.high
    assert found.regret_bound is not None
    assert found.regret_bound <= 0.05


@pytest.mark.parametrize("launches", [3, 6])
def test_either(launches: int) -> None:
    """Of two that are as good, the simpler one is used, even if the other is 1 % faster, and has ruled it out."""
    threads, processes = result(0.505, SLIGHTLY_OTHER[:launches]), result(0.5, STILL[:launches])
    loop = result(1.0, STILL[:launches])
    found = decided(serial=loop, threads=threads, process_pool=processes, launches=launches)
    assert (found.verdict, found.winner, found.simpler_than) == ("either", "threads", "process_pool")


def test_faster_one_is_used_though_it_is_less_simple() -> None:
    """What is known to be 10 % slower is not used because it is simpler."""
    found = decided(serial=result(1.0), threads=result(0.55, SLIGHTLY_OTHER), process_pool=result(0.5))
    assert (found.verdict, found.winner, found.simpler_than) == ("use", "process_pool", None)


def test_a_certain_gain_is_used_beside_an_uncertain_one() -> None:
    """What certainly gains something is used, perhaps, if the one that seems the fastest may gain nothing."""
    steady = result(0.8, (1.0, 1.01, 1.0))
    found = decided(serial=result(1.0, (1, 1, 1)), threads=steady, process_pool=result(0.6, WILD), launches=3)
    assert (found.verdict, found.winner, found.simpler_than) == ("use_perhaps", "threads", None)


@pytest.mark.parametrize("noise", [WILD, (1.0, 1.0, 1.0)], ids=["wild", "still"])
def test_stay_perhaps(noise: Sequence[float]) -> None:
    """The loop is perhaps not the best if another may be more than 10 % faster, or was given up for lack of time."""
    is_still = noise != WILD
    lost = replace(result(1.4, noise), given_up=is_still)
    found = decided(serial=result(1.0, (1, 1, 1)), threads=result(1.2, noise), process_pool=lost, launches=3)
    assert (found.verdict, found.winner, found.simpler_than) == ("stay_perhaps", "serial", "threads")
    assert (found.regret_bound is None) == is_still


def test_use_perhaps() -> None:
    """A winner that another one may beat by more than 5 % is perhaps not the best."""
    slower = result(0.2, WILD[::-1])
    found = decided(serial=result(2.0, (1, 1, 1)), threads=result(0.2, WILD), process_pool=slower, launches=3)
    assert found.verdict == "use_perhaps"
    assert found.regret_bound is not None
    assert found.regret_bound > 0.05


@pytest.mark.parametrize(("threads", "worth"), [(1.2, 0.0), (0.96, 0.0), (0.5, 0.6)], ids=["loses", "1.04x", "worth"])
def test_stay_serial(threads: float, worth: float) -> None:
    """The loop stays if it is the fastest, if nothing gains 1.1x, or nothing saves as much as is asked for."""
    found = decided(worth=worth, serial=result(1.0), threads=result(threads, SLIGHTLY_OTHER))
    assert (found.verdict, found.winner, found.simpler_than) == ("stay_serial", "serial", "threads")
    assert found.gain is not None
    assert found.gain.estimate == pytest.approx(1 / threads, rel=0.01)


def test_worth_is_what_a_call_saves() -> None:
    """What saves at least as much as is asked for is used."""
    assert decided(worth=0.4, serial=result(1.0), threads=result(0.5, SLIGHTLY_OTHER)).verdict == "use"


@pytest.mark.parametrize("given_up", [False, True])
def test_what_is_not_worth_it_is_said(given_up: bool) -> None:
    """If the best saves less than is asked for, the reason says how much, even where others were given up."""
    threads, pool = result(0.5, SLIGHTLY_OTHER), replace(result(0.9), given_up=given_up)
    found = decided(worth=0.6, serial=result(1.0), threads=threads, process_pool=pool)
    assert found.winner == "serial"
    assert (found.reason or "").startswith("it saves 0.5 s a call, less than the 0.6 s that it should")


@pytest.mark.parametrize(
    ("launches", "threads", "reason"),
    [
        (3, 0.8, "threads may gain something, or nothing"),
        (1, 0.5, "there was time for one launch only"),
        (0, 0.5, "there was time for no launch"),
    ],
)
def test_cannot_tell(launches: int, threads: float, reason: str) -> None:
    """Nobody can tell with too few launches, or with an interval of the gain that includes 1."""
    loop = result(1.0, (1.0, 1.0, 1.0)[:launches])
    found = decided(serial=loop, threads=result(threads, WILD[:launches]), launches=launches)
    assert (found.verdict, found.winner) == ("cannot_tell", None)
    assert found.reason is not None
    assert reason in found.reason


def test_one_launch_can_rule_all_out() -> None:
    """One launch is enough to stay serial, if everything else took more than three times as long in it."""
    found = decided(serial=result(1.0, (1.0,)), threads=result(5.0, (1.0,)), launches=1)
    assert (found.verdict, found.gain) == ("stay_serial", None)


def test_failed_candidate_is_not_decided_on() -> None:
    """A candidate that failed in the race neither wins nor hinders."""
    found = decided(serial=result(1.0), threads=result(0.1, failure="hangs"), process_pool=result(0.5, SLIGHTLY_OTHER))
    assert (found.verdict, found.winner) == ("use", "process_pool")
    alone = decided(serial=result(1.0), threads=result(0.1, failure="hangs"))
    assert (alone.verdict, alone.simpler_than) == ("stay_serial", None)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("raised", "do_not"), ("died", "do_not"), ("wrong_result", "cannot_tell"), ("hung", "cannot_tell")],
)
def test_failed_loop(status: Status, verdict: str) -> None:
    """Without a loop to compare with, nobody can tell; tasks that raise or end their process are run by nothing."""
    loop = result(1.0, failure="task 3 fails\nTraceback", status=status)
    found = decided(serial=loop, threads=result(0.1), process_pool=result(0.5))
    assert (found.verdict, found.winner, found.reason) == (verdict, None, "the loop fails: task 3 fails")


@pytest.mark.parametrize(
    ("calls", "winner"), [(ONCE, "threads"), (2.0, "threads"), (10.0, "process_pool"), (MANY, "process_pool")]
)
def test_calls_share_what_a_pool_costs_once(calls: float, winner: str) -> None:
    """What opening and closing cost counts once, and not at all for a pool that lives on."""
    processes = result(0.2, SLIGHTLY_OTHER, fixed=1.0)
    assert decided(calls, serial=result(1.0), threads=result(0.4), process_pool=processes).winner == winner


def test_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the user's own imports take moves the deadline."""
    now = [100.0]
    monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: now[0]))
    counted = Budget(10)
    now[0] += 4
    assert (counted.spent, counted.left) == (4, 6)
    counted.forgive(3)
    assert (counted.spent, counted.left, counted.uncounted) == (1, 9, 3)


def test_budget_forgives_twice_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not counted moves the deadline by two budgets at most."""
    monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: 100.0))
    counted = Budget(10)
    counted.forgive(30)
    assert counted.left == 30


@pytest.mark.parametrize(
    ("uncounted", "forgiven", "times"), [(0.0, 0.0, 4), (5.0, 0.0, 4), (10.0, 0.0, 2), (2.0, 20.0, 2), (0.0, 30.0, 4)]
)
def test_times_that_fit(monkeypatch: pytest.MonkeyPatch, uncounted: float, forgiven: float, times: int) -> None:
    """With 8 of 10 seconds to spend, 2 seconds fit four times, fewer if what is not counted exceeds its limit of 20."""
    monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: 100.0))
    counted = Budget(10, spent=min(forgiven, 20.0))
    counted.forgive(forgiven)
    assert counted.times(2.0, uncounted, reserve=2.0) == times


def test_budget_spent_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command took before it could ask is spent already."""
    monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: 100.0))
    counted = Budget(10, spent=4)
    assert (counted.spent, counted.left) == (4, 6)


def test_proof() -> None:
    """The program keeps the promise if its median gain misses it by no more than 1.5x."""
    proof = Proof([1.0, 1.0, 1.0], [2.0, 9.0, 1.0])
    assert proof.gain == pytest.approx(2)
    assert proof.keeps(2.9)
    assert not proof.keeps(3.1)
