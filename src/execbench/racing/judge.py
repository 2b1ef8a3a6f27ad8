"""The judge of one trial: whether its results are right, and whether its tasks are what they should be."""

from collections.abc import Callable
from contextlib import suppress

from execbench.environment import available_memory
from execbench.lane.messages import Expected, Judged, LaneFailure
from execbench.racing.oracle import Oracle
from execbench.settings import Check
from execbench.supervisor.lane import LaneProcess


class Judge:
    """Has results compared by the oracle, or in the lane where there is none or they cannot be pickled.

    `scope` says how much is checked.
    All methods raise LaneFailure if the results are wrong, or cannot be had.
    """

    def __init__(self, scope: Check = "results", max_workers: int = 1) -> None:
        self.scope = scope
        self._max_workers = max_workers
        self.expected = Expected()
        self.launches_with_other_tasks = 0
        self.launches_with_changed_tasks = 0
        self.largest_difference = 0.0
        """The largest relative difference of a float that was right within the tolerance."""
        self.unchecked = 0
        """How many results of a round could not be compared."""
        self._oracle: Oracle | None = None
        self._second_opinion: Callable[[], Oracle] | None = None
        self._tasks: str | None = None
        """The digest of the lane's tasks when they were made."""
        self._other_tasks: str | None = None
        """A file of the lane's tasks, where they are not the oracle's."""

    def consult(self, oracle: Oracle, second_opinion: Callable[[], Oracle] | None) -> None:
        """Let an oracle compare the results, unless they cannot be sent to it.

        `second_opinion` starts another, which is asked if the first one says that the results are not exactly right.
        """
        self.expected = oracle.expected
        if oracle.failure is not None:
            raise oracle.failure
        if self._max_workers > 1:
            _refuse_what_does_not_fit(oracle.expected.memory_bytes, self._max_workers)
        self._oracle = oracle if oracle.expected.portable else None
        self._second_opinion = second_opinion

    def meet(self, lane: LaneProcess) -> None:
        """Look at the tasks that a lane has made."""
        self._tasks, self._other_tasks = lane.digest_tasks(), None
        if self._oracle is not None:
            self._other_tasks = self._oracle.other_tasks(lane, self._tasks)
            self.launches_with_other_tasks += self._other_tasks is not None

    def start(self, lane: LaneProcess) -> None:
        """Let the lane deliver or compare its last results, without waiting for it."""
        if self.scope != "results":
            return
        if self._oracle is None:
            lane.start_check()
        else:
            lane.start_deliver()

    def finish(self, lane: LaneProcess) -> None:
        """Wait until the results have been compared."""
        if self.scope != "results":
            return
        judged = lane.finish_check() if self._oracle is None else self._ask(self._oracle, lane.finish_deliver())
        self.largest_difference = max(self.largest_difference, judged.largest_difference)
        self.unchecked = max(self.unchecked, judged.unchecked)

    def _ask(self, oracle: Oracle, results: str) -> Judged:
        if self._second_opinion is None:
            return oracle.judge(results, self._other_tasks)
        with suppress(LaneFailure):
            judged = oracle.judge(results, self._other_tasks)
            if not judged.largest_difference:
                return judged
        self._oracle, self._second_opinion = self._second_opinion(), None
        return self._oracle.judge(results, self._other_tasks)

    def check(self, lane: LaneProcess) -> None:
        """Have a round's results compared."""
        self.start(lane)
        self.finish(lane)

    def prove_order(self, lane: LaneProcess) -> None:
        """Have the order of the results proved, if they cannot show it, or nobody has looked at them."""
        if self.scope == "order" or (self._oracle is not None and not self.expected.distinct):
            lane.prove_order()

    def part(self, lane: LaneProcess) -> None:
        """Look at the tasks once more: by value, where an oracle can tell equal ones."""
        digest = lane.digest_tasks()
        if digest == self._tasks:
            return
        if digest is not None and self._oracle is not None and self._other_tasks is None:
            changed = self._oracle.other_tasks(lane, digest) is not None
        else:
            changed = True
        self.launches_with_changed_tasks += changed


def _refuse_what_does_not_fit(task_bytes: int, max_workers: int) -> None:
    """Raise LaneFailure if the machine would run out of memory, and end programs that are none of ours."""
    free = available_memory()
    if task_bytes * max_workers > free:
        needed, each, there = (f"{size / 1e9:.1f} GB" for size in (task_bytes * max_workers, task_bytes, free))
        said = f"{max_workers} workers need about {needed}, as a task needs {each}, and only {there} are free"
        raise LaneFailure("not_opened", f"{said}: use --max-workers {max(1, free // task_bytes)}")
