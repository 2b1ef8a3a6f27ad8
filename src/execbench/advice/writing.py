"""The programs of an advice, each written from what a lane says of a backend and a function."""

from collections.abc import Iterator
from contextlib import contextmanager

from execbench.advice.program import Program, program
from execbench.environment import library_threads
from execbench.lane.arguments import SentOnce
from execbench.lane.messages import Expect
from execbench.lane.questions import Write, Written
from execbench.plugins.trial import Choice
from execbench.supervisor.lane import LaneProcess, Nursery

_WRITING_SECONDS = 10.0


class Writer:
    """Writes programs for one workload."""

    def __init__(self, lane: LaneProcess, work: Expect) -> None:
        self._lane, self._work = lane, work

    def write(  # noqa: PLR0913 -- what makes a setting, and two ways to write
        self,
        backend: Choice,
        workers: int,
        chunksize: int,
        sent_once: SentOnce | None = None,
        *,
        limit_threads: bool = False,
        notebook: bool = False,
    ) -> Program:
        """Return a program; LaneFailure where the backend's recipe, or the function, gives none."""
        question = Write(backend.plugin.place, dict(backend.options), workers, chunksize, self._work, sent_once)
        written = self._lane.ask(question, Written, _WRITING_SECONDS)
        return program(question, written, limit_threads=limit_threads, notebook=notebook)


@contextmanager
def opened(nursery: Nursery, work: Expect) -> Iterator[Writer]:
    """Start the lane that programs are written with."""
    with nursery.lane(environment=library_threads(baseline=False)) as lane:
        lane.greet()
        yield Writer(lane, work)
