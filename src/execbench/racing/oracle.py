"""The parent's side of the oracle, which computes a race's expected results and judges every lane's."""

from typing import Self

from execbench.environment import library_threads
from execbench.lane.messages import Compare, Done, Expected, Judged, LaneFailure, Recognise
from execbench.plugins.trial import Trial
from execbench.settings import Settings
from execbench.supervisor.lane import LaneProcess, Nursery
from execbench.supervisor.layout import hash_seed


class Oracle:
    """One workload at one size under one interpreter, with as many threads for libraries as workers have.

    A library may add up in another order with more threads. `baseline` gives it as many as the baseline has.
    """

    def __init__(self, nursery: Nursery, trial: Trial, settings: Settings, *, baseline: bool = False) -> None:
        variables = {**library_threads(baseline=baseline), "PYTHONHASHSEED": str(hash_seed(settings))}
        self._lane = nursery.lane(trial.python, variables, settings.round_timeout)
        self._lane.start_expect(trial.expect(settings.tolerance))
        self._patience = 3 * settings.round_timeout
        self.expected = Expected()
        self.failure: LaneFailure | None = None
        """Why there are no expected results: then no trial of the race can be run."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lane.end()

    def settle(self) -> Self:
        """Wait until the results are known."""
        try:
            self._lane.greet()
            self.expected = self._lane.finish_expect()
        except LaneFailure as failure:
            self.failure = failure
        return self

    def other_tasks(self, lane: LaneProcess, digest: str | None) -> str | None:
        """Return a file of a lane's tasks if they are not the oracle's, as far as they can be pickled."""
        if digest in (None, self.expected.tasks):
            return None
        tasks = lane.deliver_tasks()
        try:
            self._lane.ask(Recognise(tasks), Done, self._patience)
        except LaneFailure as failure:
            if failure.status != "wrong_result":
                raise
            return tasks
        return None

    def judge(self, results: str, tasks: str | None) -> Judged:
        """Judge the results of a lane in a file; `tasks` is a file of its tasks if it has others."""
        if self.failure is not None:
            raise self.failure
        return self._lane.ask(Compare(results, tasks), Judged, self._patience)
