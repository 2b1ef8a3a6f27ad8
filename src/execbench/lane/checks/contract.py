"""The contract: what every backend must do.

Results are those of the builtin `map`, every task is done once and nothing is left undone; a task's exception reaches
the caller as it was raised; tasks run at once unless the executor says that it is serial, and never too many.
"""

from __future__ import annotations

import os
import reprlib
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from execbench.lane.checks import tasks
from execbench.lane.checks.stage import NotApplicable, NotMet, Stage, said

_EXAMPLES = 25
_SEARCH_SECONDS = 8.0
"""For the search for a short example of what goes wrong; after it, the shortest so far will do."""

_LARGE = 64_000_000
_MEETING_SECONDS = 5.0
_CROWD_SECONDS = 0.25
_MESSAGE = "3 is one too many"

# Results --------------------------------------------------------------------------------------------------------------


def equal_the_builtin_map(stage: Stage) -> None:
    """Results equal the builtin `map`'s in value and order, for any inputs and chunk size."""
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.mkdtemp()  # nothing of ours in the user's folder
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
    deadline = time.monotonic() + _SEARCH_SECONDS

    @hypothesis.settings(
        max_examples=_EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )
    @hypothesis.example(inputs=list(range(40)), chunksize=7)
    @hypothesis.example(inputs=[-0.0, 1, True, 1.0, (1,), [1], {"a": None}, "\0é"], chunksize=2)
    @hypothesis.given(inputs=some.lists(values, max_size=40), chunksize=some.integers(1, 50))
    def compare(inputs: list[Any], chunksize: int) -> None:
        if failures and time.monotonic() > deadline:
            return
        difference = _difference(stage, tasks.same, inputs, chunksize)
        if difference:
            failures.append((len(repr(inputs)), difference))
        assert not difference

    try:
        compare()
    except Exception:
        if not failures:
            raise
    if failures:
        raise NotMet(min(failures)[1])


def leaves_unused(_: Stage) -> None:
    """The executor is left as it was opened."""


def no_tasks(stage: Stage) -> None:
    """No tasks give no results."""
    _expect_same(stage, tasks.double, [])


def one_task(stage: Stage) -> None:
    """One task gives one result, though the chunk size is larger."""
    _expect_same(stage, tasks.double, [21])
    _expect_same(stage, tasks.double, [21], chunksize=5)


def fewer_tasks_than_workers(stage: Stage) -> None:
    """There may be more workers than tasks."""
    _expect_same(stage, tasks.double, range(stage.max_workers - 2 or 1))


def generator(stage: Stage) -> None:
    """Tasks may come from a generator, which can be read only once and has no length."""
    results = stage.map(tasks.double, (number for number in range(20)), chunksize=3)
    if results != (wanted := [2 * number for number in range(20)]):
        raise NotMet(f"a generator of 20 tasks gave {_short(results)} instead of {_short(wanted)}")


def large_results(stage: Stage) -> None:
    """A result of 64 MB arrives whole."""
    small, large = stage.map(tasks.large, [1, _LARGE])
    if (small, large) != (tasks.large(1), tasks.large(_LARGE)):
        raise NotMet(f"a result of {_LARGE} bytes arrived with {len(large)} bytes, or with others")


def once_each(stage: Stage) -> None:
    """Every task is called exactly once, whatever the chunk size, equal tasks too."""
    for chunksize in (1, 3, 100):
        numbers = [*range(12), 7, 7]
        calls = Counter(_calls(stage, numbers, chunksize))
        if calls != Counter(numbers):
            more = sorted((calls - Counter(numbers)).elements())
            fewer = sorted((Counter(numbers) - calls).elements())
            raise NotMet(f"with a chunk size of {chunksize}, called too often: {more}; not called: {fewer}")


def done_when_drained(stage: Stage) -> None:
    """When the results are drained, the work has been done: nothing is computed later."""
    path = stage.path("done")
    handed = stage.executor.map(tasks.note_late, [(path, number) for number in range(6)], chunksize=2)
    results = list(handed)
    done, kinds = len(_lines(path)), {type(result) for result in results}
    if (done, len(results)) != (6, 6):
        raise NotMet(f"when map had given {len(results)} results for 6 tasks, {done} of them had been done")
    if kinds != {int}:
        raise NotMet(f"results are not what the function returned, but {kinds.pop().__name__}")


def nothing_remembered(stage: Stage) -> None:
    """A round gives its own results, though it has the tasks of the round before."""
    path = stage.path("changing")
    for text in ("before", "after"):
        Path(path).write_text(text, encoding="utf-8")
        results = stage.map(tasks.read, [path] * 6, chunksize=2)
        if results != [text] * 6:
            raise NotMet(f"a file that now holds {text!r} was read as {_short(results)}")


def maps_again(stage: Stage) -> None:
    """An executor maps as often as it is asked to, other functions too, and each time gives that round's results."""
    for number in range(4):
        _expect_same(stage, tasks.double, range(number, 20 + number), chunksize=3)
        _expect_same(stage, tasks.same, range(5), chunksize=3)


# Exceptions ----------------------------------------------------------------------------------------------------------


def keeps_its_type(stage: Stage) -> None:
    """An exception of a task arrives as one of the very class that was raised."""
    error = _raised(stage)
    if type(error) is not tasks.Refusal:
        raise NotMet(f"a task raised Refusal, and {said(error)} arrived")


def keeps_its_message(stage: Stage) -> None:
    """It arrives with the arguments that it was raised with."""
    error = _raised(stage)
    if error.args != (_MESSAGE,) or str(error) != _MESSAGE:
        raise NotMet(f"a task raised Refusal({_MESSAGE!r}), and {said(error)} arrived")


def keeps_its_traceback(stage: Stage) -> None:
    """Its traceback, or that of its cause, names the function that raised it, in the worker."""
    shown = "".join(traceback.format_exception(_raised(stage)))
    if f"in {tasks.refuse_the_third.__name__}" not in shown:
        raise NotMet(f"the traceback does not name the function that raised: {' '.join(shown.split())[-160:]}")


def maps_after_it(stage: Stage) -> None:
    """The same executor maps again after a task has raised."""
    _raised(stage)
    results = stage.map(tasks.double, range(10), chunksize=3)
    if results != [2 * number for number in range(10)]:
        raise NotMet(f"the map after an exception gave {results}")


def raise_before_leaving(stage: Stage) -> None:
    """Let a task raise what then takes the program out of the context."""
    stage.error = _raised(stage)


# Parallelism ---------------------------------------------------------------------------------------------------------


def parallel(stage: Stage) -> None:
    """Two tasks that each wait for the other both come back: they run at once."""
    if getattr(stage.executor, "serial", False):
        raise NotApplicable("it declares itself serial")
    if stage.max_workers < 2:
        raise NotApplicable("one worker was asked for")
    room = stage.new_folder()
    met = stage.map(tasks.meet, [(room, number, 2, _MEETING_SECONDS) for number in range(2)])
    if not all(met):
        raise NotMet(
            f"of two tasks that wait for each other, one waited {_MEETING_SECONDS:g} s for a task that never ran "
            "beside it; an executor that runs one task at a time says so with `serial = True`"
        )


def no_more_than_max_workers(stage: Stage) -> None:
    """There are never more tasks at once than `max_workers`."""
    most = 1 if getattr(stage.executor, "serial", False) else stage.max_workers
    room = stage.new_folder()
    crowds = stage.map(tasks.crowd, [(room, number, most, _CROWD_SECONDS) for number in range(2 * most + 1)])
    if max(crowds) > most:
        raise NotMet(f"{max(crowds)} tasks ran at once, with max_workers={stage.max_workers}")


# What they share -----------------------------------------------------------------------------------------------------


def _calls(stage: Stage, numbers: Sequence[int], chunksize: int) -> list[int]:
    path = stage.path(f"calls {chunksize}")
    stage.map(tasks.note, [(path, number) for number in numbers], chunksize)
    return [int(line) for line in _lines(path)]


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if os.path.exists(path) else []


def _expect_same(stage: Stage, fn: Callable[[Any], Any], inputs: Iterable[Any], chunksize: int = 1) -> None:
    difference = _difference(stage, fn, list(inputs), chunksize)
    if difference:
        raise NotMet(difference)


def _difference(stage: Stage, fn: Callable[[Any], Any], inputs: list[Any], chunksize: int) -> str:
    """Map, and say how the results differ from the builtin map's; where they do not, say nothing."""
    called = f"map({fn.__name__}, {_short(inputs)}, chunksize={chunksize}) with {stage.max_workers} workers"
    try:
        results = stage.map(fn, inputs, chunksize)
    except Exception as error:
        return f"{called} raised {type(error).__name__}: {error}"
    wanted = list(map(fn, inputs))
    return "" if repr(results) == repr(wanted) else f"{called} gave {_short(results)} instead of {_short(wanted)}"


def _short(values: Any) -> str:
    return reprlib.repr(values)


def _raised(stage: Stage) -> BaseException:
    try:
        results = stage.map(tasks.refuse_the_third, range(6))
    except BaseException as error:
        return error
    raise NotMet(f"a task raised, and map gave {results}")
