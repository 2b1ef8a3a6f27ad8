"""`execbench.advise`: which executor to use for a function, from Python."""

import importlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from execbench.advice import answer
from execbench.advice.advise import BUDGET, Adviser, Question
from execbench.advice.answer import PERHAPS, Option, Verdict
from execbench.api import progress
from execbench.api.given import named_tasks, workload_of
from execbench.api.shown import Shown
from execbench.lane.loading import look_in
from execbench.plugins.baseline import BASELINE
from execbench.plugins.by_value import backends_of
from execbench.plugins.select import Request
from execbench.plugins.trial import Choice
from execbench.protocol import Workload
from execbench.report import reasons
from execbench.report.advice import advice_document, headline
from execbench.report.document import Document
from execbench.settings import Calls
from execbench.stats import Interval
from execbench.supervisor.lane import Nursery
from execbench.supervisor.turn import turn


@dataclass(frozen=True, repr=False)
class Advice(Shown):
    """What to use, and why: printed as text, shown by a notebook with its table."""

    answer: answer.Advice
    """All that is known, as typed records."""
    choice: Choice | None
    """The backend of the winner; None for the loop, and without a winner."""

    @property
    def verdict(self) -> Verdict:
        """`use`, `use_perhaps`, `either`, `stay_serial`, `stay_perhaps`, `cannot_tell` or `do_not`."""
        return self.answer.verdict

    @property
    def winner(self) -> str | None:
        """The candidate to use, as in `process_pool/w2/c25`, or `serial`; None if there is none."""
        return self.answer.winner

    @property
    def gain(self) -> Interval | None:
        """How many times as fast as the loop the winner is; if it is the loop, the nearest other candidate."""
        return self.answer.gain

    @property
    def regret_bound(self) -> float | None:
        """With 90 % confidence, nothing that was raced is faster than the winner by more than this fraction."""
        return self.answer.regret_bound

    @property
    def why(self) -> Sequence[str]:
        """The reasons."""
        return list(reasons.why(self.answer))

    @property
    def warnings(self) -> Sequence[str]:
        """What to beware of."""
        return list(reasons.warnings(self.answer))

    @property
    def candidates(self) -> Sequence[Option]:
        """What was considered, with what was predicted and measured of it."""
        return self.answer.candidates

    @property
    def code(self) -> str:
        """The program to paste into a file; empty for the loop, and without a winner."""
        return self.answer.code

    @property
    def notebook(self) -> str:
        """The same for a cell of a notebook."""
        return self.answer.notebook

    @contextmanager
    def open(self) -> Iterator["Advised"]:
        """Open the advised executor; without a winner it is a loop, which is right whatever the function does."""
        option = self.answer.option
        if option is None or self.choice is None:
            yield Advised(None, 1)
            return
        place = self.choice.plugin.place
        if place.folder is not None:
            look_in(place.folder)
        backend: Any = importlib.import_module(place.module)
        for name in place.attribute.split("."):
            backend = getattr(backend, name)
        with backend(option.max_workers, **self.choice.options) as executor:
            yield Advised(executor, option.chunksize or 1)

    def expect(self, backend: str, at_least: float = 1.0) -> None:
        """Assert that the advice does not contradict what a test expects; *cannot tell* contradicts nothing.

        If the winner is *perhaps not the best*, another backend that may gain as much is no contradiction.

        Args:
            backend: the name of a backend that should be as good as any, with its options or without, or `serial`.
            at_least: how many times as fast as the loop it should be.

        Raises:
            AssertionError: another backend is better, or it gains less.
        """
        if self.verdict == "cannot_tell" or self._may_be_best(backend, at_least):
            return
        named = {self.winner, self.answer.simpler_than if self.verdict == "either" else None}
        titles = {each.backend for each in self.candidates if each.id in named}
        backends = titles | {title.partition("[")[0] for title in titles} | (named & {BASELINE})
        gain = None if self.winner == BASELINE else self.gain  # that of the loop is the gain of another one
        if backend not in backends or (gain is not None and gain.high < at_least):
            raise AssertionError(
                f"expected {backend}, at least {at_least:g}x as fast as a loop. {headline(self.answer)}"
            )

    def _may_be_best(self, backend: str, at_least: float) -> bool:
        """Whether nobody can tell what is the best, and this backend may gain that much."""
        alike = [each for each in self.candidates if backend in (each.backend, each.backend.partition("[")[0])]
        gains = [each.speedup for each in alike if each.speedup is not None]
        return self.verdict in PERHAPS and any(gain.high >= at_least for gain in gains)

    def _document(self) -> Document:
        return advice_document(self.answer)


@dataclass(frozen=True)
class Advised:
    """An open executor that knows its chunk size."""

    executor: Any
    """The library's own; None for the loop."""
    chunksize: int

    def map(self, fn: Callable[[Any], Any], tasks: Iterable[Any]) -> list[Any]:
        """Return `fn(task)` for each task, in task order."""
        run = map if self.executor is None else partial(self.executor.map, chunksize=self.chunksize)
        return list(run(fn, tasks))


def advise(  # noqa: PLR0913 -- one for each option of `execbench advise`
    fn: Callable[..., Any] | Workload | str,
    tasks: Iterable[Any] | Callable[..., Iterable[Any]] | None = None,
    *,
    calls: Calls = "once",
    budget: float = BUDGET,
    only: Sequence[str | Callable[..., Any]] = (),
    star: bool = False,
    worth: float = 0.0,
    memory: int | None = None,
    tolerance: float | None = None,
    wait: bool = True,
) -> Advice:
    """Say which executor to use for a function on this machine, how much it gains, and how sure that is.

    The function is run in processes of its own.

    Args:
        fn: the function, which is called with one task; or a workload; or the name of either, as for `execbench run`.
        tasks: a list or another iterable; a callable that returns one, without arguments or with `size`.
            For a function that is given by name, what `--tasks` takes.
        calls: for how many calls a pool is opened: `once`, `many`, or a number.
        budget: the seconds that it may take, beyond the function's own imports.
        only: the backends to consider; `stdlib` stands for those of the standard library. By default all that work.
        star: call `fn(*task)`, or `fn(**task)` if a task is a mapping.
        worth: the seconds that a call must become shorter for a pool to be worth using.
        memory: the bytes that all workers together may use; by default what is free.
        tolerance: how much floats may differ, relative to the larger one.
        wait: wait for other runs on this machine to end, which does not count in the budget.

    Returns:
        The advice. A function that fails is in it with the reason, and raises nothing.

    Raises:
        BadInput: something that was given cannot be used; the message says what, and what to do.
    """
    with Nursery() as nursery, progress.of_program() as shown, turn(shown.say, wait=wait) as nursery.turn:
        folder = nursery.folder / "by_value"
        by_name = isinstance(fn, str)
        request = Request(
            backends=backends_of([each for each in only if each != "stdlib"], folder),
            workloads=[fn if isinstance(fn, str) else workload_of("advise", fn, tasks, star, folder)],
            tasks=named_tasks("advise", tasks, star) if by_name else None,
        )
        question = Question(request, "stdlib" in only, calls, budget, worth, memory, tolerance)
        adviser = Adviser(nursery, question, shown.step, shown.say)
        found = adviser.advise()
    option = found.option
    return Advice(found, None if option is None else adviser.backends[option.backend])
