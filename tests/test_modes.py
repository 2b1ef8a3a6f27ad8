"""How tasks are handed over: streamed, or as single calls in turn, at once and cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate, count
from operator import neg
from typing import Any

import msgspec
import pytest

from execbench import race
from execbench.errors import BadInput
from execbench.lane import modes
from execbench.lane.modes import WAYS, Mode
from execbench.records import artifact
from tests.conftest import Command

TASKS = [3, 1, 2, 5]
WANTED = [-3, -1, -2, -5]


class Lazy:
    """An executor whose map takes a task once its result is wanted."""

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> Iterator[Any]:
        """Be the builtin."""
        return map(fn, tasks)


class Buffered:
    """An executor whose map has the `buffersize` of Python 3.14."""

    buffersize: int | None = None

    def map(
        self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1, buffersize: int | None = None
    ) -> Iterator[Any]:
        """Keep the argument."""
        self.buffersize = buffersize
        return map(fn, tasks)


class WithImap(Lazy):
    """An executor that has an `imap`, too, which takes all tasks first."""

    def imap(self, fn: Callable[[Any], Any], tasks: Iterable[Any], /, *, chunksize: int = 1) -> Iterator[Any]:
        """Take all tasks."""
        return iter([fn(task) for task in tasks])


class Watched(ThreadPoolExecutor):
    """An executor that knows how many calls were under way at most."""

    most = under_way = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Count the calls that are not done."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        future = super().submit(fn, *args)
        future.add_done_callback(self._leave)
        return future

    def _leave(self, _: Future[Any]) -> None:
        self.under_way -= 1


class Held(ThreadPoolExecutor):
    """An executor whose single worker makes no call before one has been cancelled."""

    def __init__(self) -> None:
        super().__init__(1)
        self._gate = threading.Event()
        super().submit(self._gate.wait)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Open the gate after a cancellation."""
        future = super().submit(fn, *args)
        cancel = future.cancel

        def cancel_and_open() -> bool:
            done = args != (TASKS[0],) and cancel()
            self._gate.set()
            return done

        future.cancel = cancel_and_open  # type: ignore[method-assign]
        return future


def way(mode: Mode, executor: Any) -> Any:
    """How an executor with two workers is given tasks."""
    return WAYS[mode](executor, executor.map, 2)


@pytest.mark.parametrize("mode", WAYS)
def test_results_are_in_order(mode: Mode) -> None:
    """Whatever the mode, there is a result for each task, in the order of the tasks."""
    with ThreadPoolExecutor(2) as executor:
        assert list(way(mode, executor).map(neg, TASKS)) == WANTED


def test_stream_takes_tasks_as_the_executor_does() -> None:
    """A stream notes how many tasks were taken whose results had not come: one of a lazy map, all of an eager one."""
    for executor, ahead in ((Lazy(), 1), (ThreadPoolExecutor(1), len(TASKS))):
        streamed = way("stream", executor)
        assert streamed.map(neg, iter(TASKS)) == WANTED
        assert streamed.noted()["taken_ahead"] == ahead


def test_stream_prefers_what_is_made_for_it() -> None:
    """A stream uses `imap` where there is one, and a limited buffer, of two chunks a worker, where `map` takes it."""
    executor = Buffered()
    assert way("stream", executor).map(neg, TASKS) == WANTED
    assert executor.buffersize == 4
    streamed = way("stream", WithImap())
    streamed.map(neg, TASKS)
    assert streamed.noted()["taken_ahead"] == len(TASKS)


@pytest.mark.parametrize("mode", ["stream", "at_once"])
def test_first_result_is_the_first(monkeypatch: pytest.MonkeyPatch, mode: Mode) -> None:
    """The seconds to the first result end with it, whatever the others take."""
    clock = count(0.0)
    monkeypatch.setattr(modes, "perf_counter", clock.__next__)
    with ThreadPoolExecutor(1) as executor:
        handed = way(mode, executor)
        assert handed.map(neg, TASKS) == WANTED
    assert handed.noted()["first_result_seconds"] == 1.0


def test_calls_in_turn_wait_for_each_other() -> None:
    """In turn, no call is submitted before the one before it is done; at once, all are."""
    gate = threading.Event()
    with Watched(1) as executor:
        assert way("in_turn", executor).map(neg, TASKS) == WANTED
        assert executor.most == 1
        executor.submit(gate.wait)
        threading.Timer(0.05, gate.set).start()
        assert way("at_once", executor).map(neg, TASKS) == WANTED
        assert executor.most == 1 + len(TASKS)


@pytest.mark.parametrize(("slow", "p99"), [(1, 1.0), (2, 8.0)])
def test_round_trips_are_percentiles(monkeypatch: pytest.MonkeyPatch, slow: int, p99: float) -> None:
    """Of a hundred calls, the median says nothing of two slow ones, and the 99th percentile nothing of a single one."""
    clock = accumulate([0.0] + [8.0] * slow + [1.0] * (100 - slow))
    monkeypatch.setattr(modes, "perf_counter", clock.__next__)
    with ThreadPoolExecutor(1) as executor:
        in_turn = way("in_turn", executor)
        in_turn.map(neg, range(100))
    assert in_turn.noted() == {"round_trip_p50": 1.0, "round_trip_p99": p99}


def test_cancelled_calls_are_counted() -> None:
    """Calls that had not begun can be cancelled; the results of those that could not be still come."""
    with Held() as executor:
        cancelled = way("cancel", executor)
        assert cancelled.map(neg, TASKS) == WANTED
        assert cancelled.noted() == {"cancelled": len(TASKS) - 1}


def test_streamed_race() -> None:
    """A streamed race notes of each round what a stream shows, and its trials have names of their own."""
    found = race(abs, range(50), backends=["pool"], max_workers=2, launches=2, max_time=0.01, stream=True)
    assert {record.name for record in found.records} == {"abs/serial/w1/stream", "abs/pool/w2/stream"}
    for record in found.records:
        assert record.ok
        assert {name: len(values) for name, values in record.noted.items()} == {
            "first_result_seconds": record.heats,
            "taken_ahead": record.heats,
        }
    serial = next(record for record in found.records if record.is_baseline)
    assert set(serial.noted["taken_ahead"]) == {1.0}


def test_streamed_coroutines(execbench: Command) -> None:
    """Coroutine functions can be streamed, too, whether the executor awaits them or not."""
    quick = ("--launches", "2", "--max-time", "0.01", "--size", "4", "--stream")
    ended = execbench("run", "-w", "wait[io=asyncio]", "-b", "threads", "-b", "asyncio", *quick)
    assert ended.returncode == 0, ended.stdout


def test_streamed_shared_object(execbench: Command) -> None:
    """Tasks that share an object can be streamed."""
    quick = ("--launches", "2", "--max-time", "0.01", "--size", "4", "--stream")
    ended = execbench("run", "-w", "shared_table[nbytes=10000]", "-b", "pool", "-b", "joblib", *quick)
    assert ended.returncode == 0, ended.stdout


def test_streamed_table(execbench: Command) -> None:
    """`run --stream` shows what a stream notes beside the usual columns."""
    quick = ("--launches", "2", "--max-time", "0.01")
    ended = execbench("run", "-w", "noop", "-b", "threads", "--size", "20", "--stream", *quick)
    assert ended.returncode == 0
    assert "noop: 20 tasks, streamed" in ended.stdout
    assert "first result  taken ahead" in ended.stdout


def test_noted_figures_need_a_value_per_round() -> None:
    """A record whose noted figures are not as many as its rounds is refused, with the name of the field."""
    found = race(abs, range(5), backends=["threads"], launches=2, max_time=0.01, stream=True)
    content = msgspec.json.decode(found.content)
    content["benchmarks"][0]["extra_info"]["execbench"]["noted"]["taken_ahead"].append(1.0)
    with pytest.raises(BadInput, match="`taken_ahead`"):
        artifact.parse(msgspec.json.encode(content))
