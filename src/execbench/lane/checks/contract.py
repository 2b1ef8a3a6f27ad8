"""The contract: what every backend must do.

Results are those of the builtin `map`. Every task runs once, and no work is left when `map` has given its results. A
task's exception reaches the caller as it was raised. Tasks run at the same time unless the executor says that it is
serial, and never more than `max_workers`.
"""

from __future__ import annotations

import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from operator import methodcaller
from pathlib import Path
from reprlib import repr as short
from typing import Any

from execbench.lane.checks import tasks
from execbench.lane.checks.stage import NotApplicable, NotMet, Stage, raised_by, require, said

_EXAMPLES = 25
_CHOSEN = 2
"""How many inputs are not generated, and always tried."""
_SEARCH_SECONDS = 8.0
"""How long to look for inputs that fail, and for shorter ones; slow engines are given fewer inputs."""

_LARGE = 64_000_000
_MEETING_SECONDS = 5.0
_CROWD_SECONDS = 0.25
_MESSAGE = "3 is one too many"

# Results --------------------------------------------------------------------------------------------------------------


def results(stage: Stage) -> None:
    """Results equal the builtin `map`'s in value and order, for any inputs and chunk size."""
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = stage.folder  # keep the user's folder clean
    import hypothesis  # noqa: PLC0415 -- slow to import, and only this check needs it
    from hypothesis import strategies as some  # noqa: PLC0415

    values = some.recursive(
        some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text("ab\0é", max_size=4),
        lambda inner: (
            some.lists(inner, max_size=3) | some.tuples(inner, inner) | some.dictionaries(some.text("ab"), inner)
        ),
        max_leaves=4,
    )
    failures: list[tuple[int, str]] = []
    tried: list[int] = []
    deadline = time.monotonic() + _SEARCH_SECONDS

    @hypothesis.settings(
        max_examples=_EXAMPLES,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )
    @hypothesis.example(inputs=list(range(40)), chunksize=7)
    @hypothesis.example(inputs=[-0.0, 1, True, 1.0, (1,), [1], {"a": None}, "\0é"], chunksize=2)
    @hypothesis.given(inputs=some.lists(values, max_size=40), chunksize=some.integers(1, 50))
    def compare(inputs: list[Any], chunksize: int) -> None:
        tried.append(chunksize)
        if len(tried) > _CHOSEN and time.monotonic() > deadline:
            return
        try:
            _expect_same(stage, tasks.same, inputs, chunksize)
        except NotMet as failure:
            failures.append((len(repr(inputs)), str(failure)))
            raise

    try:
        compare()
    except Exception as error:
        if not failures:
            raise
        raise NotMet(min(failures)[1]) from error


def leaves_unused(_: Stage) -> None:
    """The executor is left without having been used."""


def no_tasks(stage: Stage) -> None:
    """No tasks give no results."""
    _expect_same(stage, tasks.double, [])


def one_task(stage: Stage) -> None:
    """One task gives one result, even if the chunk size is larger."""
    _expect_same(stage, tasks.double, [21])
    _expect_same(stage, tasks.double, [21], chunksize=5)


def fewer_tasks_than_workers(stage: Stage) -> None:
    """There may be more workers than tasks."""
    _expect_same(stage, tasks.double, range(stage.max_workers - 2))


def generator(stage: Stage) -> None:
    """Tasks may come from a generator, which can be read only once and has no length."""
    given = stage.map(tasks.double, (number for number in range(20)), chunksize=3)
    wanted = [2 * number for number in range(20)]
    require(given == wanted, f"a generator of 20 tasks gave {short(given)} instead of {short(wanted)}")


def streamed(stage: Stage) -> None:
    """`imap` gives the results of a generator in order, or what a task raised; `map` works after it was left early."""
    imap = getattr(stage.executor, "imap", None)
    if not callable(imap):
        raise NotApplicable("it offers no imap")
    wanted = [2 * number for number in range(50)]
    given = list(imap(tasks.double, (number for number in range(50)), chunksize=3))
    require(given == wanted, f"a stream of 50 tasks gave {short(given)} instead of {short(wanted)}")
    error = raised_by(lambda: list(imap(tasks.refuse_the_third, iter(range(6)), chunksize=2)), "a stream gave")
    require(type(error) is tasks.Refusal, f"a task of a stream raised Refusal, and {said(error)} arrived")
    first = next(iter(imap(tasks.double, iter(range(50)), chunksize=3)))
    again = stage.map(tasks.double, range(50), chunksize=3)
    require((first, again) == (0, wanted), f"after a stream was left early, map gave {short(again)}")


def large_results(stage: Stage) -> None:
    """A result of 64 MB arrives whole."""
    small, large = stage.map(tasks.large, [1, _LARGE])
    whole = (small, large) == (tasks.large(1), tasks.large(_LARGE))
    require(whole, f"a result of {_LARGE} bytes arrived with {len(large)} bytes, or with others")


def once_each(stage: Stage) -> None:
    """Every task runs exactly once, whatever the chunk size; equal tasks count separately."""
    numbers = [*range(12), 7, 7]
    for chunksize in (1, 3, 100):
        path = stage.path(f"calls {chunksize}")
        stage.map(tasks.note, [(path, number) for number in numbers], chunksize)
        calls, wanted = Counter(map(int, _lines(path))), Counter(numbers)
        more, fewer = sorted((calls - wanted).elements()), sorted((wanted - calls).elements())
        require(calls == wanted, f"with a chunk size of {chunksize}, called too often: {more}; not called: {fewer}")


def done_when_drained(stage: Stage) -> None:
    """When all results are there, all work is done."""
    path = stage.path("done")
    drained = stage.map(tasks.note_late, [(path, number) for number in range(6)], chunksize=2)
    done, given = len(_lines(path)), len(drained)
    require(done == given == 6, f"when map had given {given} results for 6 tasks, {done} of them had been done")
    kinds = " and ".join(sorted({type(result).__name__ for result in drained}))
    require(kinds == "int", f"results are not what the function returned, but {kinds}")


def nothing_remembered(stage: Stage) -> None:
    """Each map gives new results, even for the same tasks, and gets its arguments as they are."""
    file = Path(stage.path("changing"))
    for text in ("before", "after"):
        file.write_text(text, encoding="utf-8")
        read = stage.map(Path.read_text, [file] * 6, chunksize=2)
        require(read == [text] * 6, f"a file that now holds {text!r} was read as {short(read)}")
    for _ in range(2):
        doubled = stage.map(methodcaller("__imul__", 2), [[1, 2] for _ in range(4)])
        require(doubled == [[1, 2, 1, 2]] * 4, f"four lists [1, 2], doubled in place, are {short(doubled)}")


def maps_again(stage: Stage) -> None:
    """An executor can map any number of times, with other functions too."""
    for number in range(4):
        _expect_same(stage, tasks.double, range(number, 20 + number), chunksize=3)
        _expect_same(stage, tasks.same, range(5), chunksize=3)


# Exceptions ----------------------------------------------------------------------------------------------------------


def exception_type(stage: Stage) -> None:
    """A task's exception arrives as an instance of the same class."""
    error = _raised(stage)
    require(type(error) is tasks.Refusal, f"a task raised Refusal, and {said(error)} arrived")


def exception_message(stage: Stage) -> None:
    """It arrives with the same arguments."""
    error = _raised(stage)
    kept = error.args == (_MESSAGE,) and str(error) == _MESSAGE
    require(kept, f"a task raised Refusal({_MESSAGE!r}), and {said(error)} arrived")


def exception_traceback(stage: Stage) -> None:
    """Its traceback, or that of its cause, names the function that raised it, in the worker."""
    shown = "".join(traceback.format_exception(_raised(stage)))
    named = f"in {tasks.refuse_the_third.__name__}" in shown
    require(named, f"the traceback does not name the function that raised: {' '.join(shown.split())[-160:]}")


def maps_after_exception(stage: Stage) -> None:
    """The same executor maps again after a task has raised."""
    _raised(stage)
    given = stage.map(tasks.double, range(10), chunksize=3)
    require(given == [2 * number for number in range(10)], f"the map after an exception gave {given}")


def leaves_early(stage: Stage) -> None:
    """A task raises an exception, and the program leaves the context by it."""
    stage.error = _raised(stage)


# Parallelism ---------------------------------------------------------------------------------------------------------


def parallel(stage: Stage) -> None:
    """Two tasks that wait for each other both finish: they run at the same time."""
    if stage.serial:
        raise NotApplicable("it declares itself serial")
    if stage.max_workers < 2:
        raise NotApplicable("one worker was asked for")
    met = stage.map(tasks.meet, [(stage.folder, number, 2, _MEETING_SECONDS) for number in range(2)])
    require(
        all(met),
        f"of two tasks that wait for each other, one waited {_MEETING_SECONDS:g} s for a task that never ran "
        "beside it; an executor that runs one task at a time says so with `serial = True`",
    )


def no_more_than_max_workers(stage: Stage) -> None:
    """No more than `max_workers` tasks run at the same time."""
    most = 1 if stage.serial else stage.max_workers
    seen = max(stage.map(tasks.crowd, [(stage.folder, number, most, _CROWD_SECONDS) for number in range(2 * most + 1)]))
    require(seen <= most, f"{seen} tasks ran at once, with max_workers={stage.max_workers}")


# What they share -----------------------------------------------------------------------------------------------------


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if os.path.exists(path) else []


def _expect_same(stage: Stage, fn: Callable[[Any], Any], inputs: Iterable[Any], chunksize: int = 1) -> None:
    """Require the same results as the builtin map's."""
    inputs = list(inputs)
    called = f"map({fn.__name__}, {short(inputs)}, chunksize={chunksize}) with {stage.max_workers} workers"
    try:
        given = stage.map(fn, inputs, chunksize)
    except Exception as error:
        raise NotMet(f"{called} raised {type(error).__name__}: {error}") from error
    wanted = list(map(fn, inputs))
    require(repr(given) == repr(wanted), f"{called} gave {short(given)} instead of {short(wanted)}")


def _raised(stage: Stage) -> BaseException:
    return raised_by(lambda: stage.map(tasks.refuse_the_third, range(6)), "a task raised, and map gave")
