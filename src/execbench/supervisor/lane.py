"""The parent's side of a lane: start it, tell it what to do, and end it with everything it started."""

import itertools
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeVar

from execbench.errors import BadInput
from execbench.lane import messages
from execbench.lane.counting import Counted
from execbench.lane.gil import Gil
from execbench.lane.messages import Deliver, Done, Expected, LaneFailure, Opened, Prepared, Step, Timed, TracedRound
from execbench.lane.modes import Noted
from execbench.lane.per_worker import SETUPS
from execbench.lane.questions import AnyCommand
from execbench.lane.wire import name_of
from execbench.settings import Settings
from execbench.supervisor import signals
from execbench.supervisor.lane_path import make_lane_path
from execbench.supervisor.orphans import Orphans
from execbench.supervisor.pipe import Answer, Pipe, Wait, Watch
from execbench.supervisor.process_tree import MARK, ProcessTree
from execbench.supervisor.python import OWN, Python
from execbench.supervisor.turn import Turn

OLDEST_PYTHON = (3, 9)

# It does what `-P` does, which Python 3.10 and earlier lack. Any Python, however old, must be able to parse this.
_LAUNCHER = f"""\
import sys
if sys.path[:1] == [""]: del sys.path[0]
if sys.version_info < {OLDEST_PYTHON}:
    sys.exit("a lane needs Python %d.%d or later, and this is %s" % ({OLDEST_PYTHON} + (sys.version.split()[0],)))
from execbench.lane.__main__ import main
main()
"""

_GREETING_SECONDS = 30.0
_OPEN_SECONDS = 30.0
_CLOSE_SECONDS = 10.0
_EXIT_SECONDS = 3.0

TimedAnswer = TypeVar("TimedAnswer", bound=Timed)


class Nursery:
    """What all lanes of a run share: a mark, a temporary folder, and a guard that ends them if the run is killed.

    Args:
        adopts: Also end processes that hide from their lane, where the system shows them. Only for a program that has
            no other children: under pytest, daemons of other tests would be taken for such.
    """

    def __init__(self, *, adopts: bool = False) -> None:
        self.mark = secrets.token_hex(8)
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="execbench-"))
        except OSError as error:
            raise BadInput(f"no temporary folder can be made ({error.strerror}): set TMPDIR") from error
        self._numbers = map(str, itertools.count(1))
        self._hash_seed = os.environ.get("PYTHONHASHSEED", str(secrets.randbelow(2**32)))
        """Of lanes that are given no other one."""
        self.turn = Turn()
        """Whether the run has the machine to itself; commands that measure take their turn."""
        self._guard = self._start_guard()
        self._orphans = Orphans(adopts)
        self._orphans.guard_started(self._guard.pid)
        try:
            self._lane_path = make_lane_path(self.folder)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let the guard end what is left, remove the folder, and exit."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        with signals.deferred():
            self._guard.wait()
            self._orphans.close(self._guard.pid)

    def _start_guard(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-P", "-m", "execbench.supervisor.guard", self.mark, os.fspath(self.folder)]
        try:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
        except OSError as error:
            self.folder.rmdir()
            raise BadInput(f"no process can be started: {error.strerror}") from error

    def lane(
        self,
        python: Python = OWN,
        environment: Mapping[str, str] | None = None,
        round_timeout: float = Settings.round_timeout,
    ) -> "LaneProcess":
        """Start a lane under an interpreter, with more environment variables; BadInput if the interpreter does not run.

        `greet` waits until the lane is ready.
        """
        number = next(self._numbers)
        folder, mark = self.folder / number, f"{self.mark}/{number}"
        folder.mkdir()
        given = {**os.environ, "PYTHONHASHSEED": self._hash_seed, **(environment or {}), **python.environment}
        path = os.pathsep.join(filter(None, (self._lane_path, given.get("PYTHONPATH"))))
        variables = {**given, MARK: mark, "TMPDIR": os.fspath(folder), "PYTHONPATH": path}
        return LaneProcess(python, mark, variables, folder, round_timeout, self._orphans)


class LaneProcess:
    """A lane as its parent sees it: a method for each command, which waits for the answer.

    Commands that consist of a `start_` and a `finish_` method let other lanes work in between. All methods but `greet`
    raise LaneFailure if the lane says that the trial failed, dies, or does not answer in time.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- called by the nursery alone
        self,
        python: Python,
        mark: str,
        environment: Mapping[str, str],
        folder: Path,
        round_timeout: float,
        orphans: Orphans,
    ) -> None:
        try:
            with orphans.starting():
                self._pipe = Pipe([*python.command, "-c", _LAUNCHER], environment)
                orphans.lane_started(self._pipe.pid)
        except OSError as error:
            raise BadInput(f"{python.path} cannot be run as a Python interpreter: {error.strerror}") from error
        self.pid = self._pipe.pid
        self.tree = ProcessTree(mark, self.pid, orphans.of_only_lane)
        self._orphans = orphans
        self.left_over = 0
        """How many processes were left when the lane was ended."""
        self.python_version: str | None = None
        self.counted: Counted | None = None
        """What was counted of the lane's own process during the last round; None where the system does not tell."""
        self.noted: Mapping[Noted, float] = {}
        """What the mode noted of the last round."""
        self._python = python
        self._folder = folder
        self._limit = Wait(round_timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let an idle lane exit: some libraries leave shared memory behind if they are killed."""
        with signals.deferred():
            idle = self._pipe.idle
            if idle:
                self.dismiss()
            self.end(_EXIT_SECONDS if idle else 0.0)

    def greet(self) -> None:
        """Wait until the lane is ready; BadInput, which says why, if the interpreter cannot run one."""
        try:
            self.python_version = self._pipe.receive(messages.Greeting, "its start", Wait(_GREETING_SECONDS)).python
        except LaneFailure as failure:
            reason, *tail = [line.strip() for line in failure.reason.splitlines()]
            fatal = [line for line in tail if line.startswith("Fatal Python error")]  # more follows that says nothing
            last_words = next(filter(None, [*fatal, *reversed(tail)]), f"{reason}. Is it a Python interpreter?")
            raise BadInput(f"{shlex.join(self._python.command)} cannot run a lane: {last_words}") from failure

    def ask(self, command: AnyCommand, kind: type[Answer], limit: float, watch: Watch | None = None) -> Answer:
        """Send a command and wait at most `limit` seconds for its answer; `watch` is called meanwhile."""
        return self._pipe.ask(command, kind, Wait(limit, watch=watch))

    def start_expect(self, command: messages.Expect) -> None:
        """Make the lane an oracle, which imports the workload, makes the tasks and computes the expected results."""
        self._pipe.send(command)

    def finish_expect(self) -> Expected:
        """Wait until the oracle is ready, which may take three times as long as a round."""
        return self._pipe.receive(Expected, "the plain loop", Wait(3 * self._limit.seconds))

    def start_prepare(self, command: messages.Prepare) -> None:
        """Let the lane import both plugins and make the tasks; an executor that is open stays open."""
        self._pipe.send(command)

    def finish_prepare(self) -> Prepared:
        """Wait until the lane has its tasks."""
        return self._pipe.receive(Prepared, "prepare", self._limit)

    def digest_tasks(self) -> str | None:
        """Return a digest of the tasks; None if they cannot be pickled."""
        return self._pipe.ask(Step("digest_tasks"), messages.Tasks, self._limit).digest

    def open(self, command: messages.Open) -> Opened:
        """Start the workers."""
        return self._timed(command, Opened, Wait(_OPEN_SECONDS, "not_opened"))

    def first_call(self) -> float:
        """Map over all tasks while nothing is warm, and return the seconds."""
        return self._timed(Step("first_call"), messages.Round, self._limit).seconds

    def start_check(self) -> None:
        """Let the lane compare the last round's results with those of a plain loop of its own."""
        self._pipe.send(Step("judge"))

    def finish_check(self) -> messages.Judged:
        """Wait for the check, which may take three times as long as a round."""
        return self._pipe.receive(messages.Judged, "judge", Wait(3 * self._limit.seconds))

    def start_deliver(self) -> None:
        """Let the lane save the last round's results for the oracle."""
        self._pipe.send(Deliver("results", os.fspath(self._folder / "results")))

    def finish_deliver(self) -> str:
        """Wait for the file, and return its path."""
        self._pipe.receive(Done, "deliver", self._limit)
        return os.fspath(self._folder / "results")

    def deliver_tasks(self) -> str:
        """Let the lane save its tasks for the oracle, and return the file's path."""
        path = os.fspath(self._folder / "tasks")
        self._pipe.ask(Deliver("tasks", path), Done, self._limit)
        return path

    def prove_order(self) -> None:
        """Map over numbered tasks, to see that the results are in order."""
        self._pipe.ask(Step("prove_order"), Done, self._limit)

    def round(self, watch: Watch | None = None) -> float:
        """Map over all tasks and return the seconds; `watch` is called meanwhile, so leave it out where time counts."""
        answer = self._timed(Step("round"), messages.Round, replace(self._limit, watch=watch))
        self.counted, self.noted = answer.counted, answer.noted
        return answer.seconds

    def judge(self) -> None:
        """Compare the last round's results with those of the lane's own plain loop."""
        self._pipe.ask(Step("judge"), messages.Judged, self._limit)

    def run_reference(self) -> float:
        """Run the reference kernel, and return the seconds."""
        return self._timed(Step("run_reference"), Timed, self._limit).seconds

    def trace(self) -> TracedRound:
        """Map over all tasks, recording when and where each one runs."""
        return self._pipe.ask(Step("trace"), TracedRound, self._limit)

    def look_at_gil(self) -> Gil:
        """Look at the global interpreter lock in the lane and in the workers."""
        return self._pipe.ask(Step("gil"), Gil, self._limit)

    def close(self) -> float:
        """Stop the workers, and return the seconds."""
        return self._timed(Step("close"), Timed, Wait(_CLOSE_SECONDS, "not_closed")).seconds

    def setups(self) -> int:
        """Return how often processes have been set up for the workload's tasks so far."""
        log = self._folder / SETUPS
        return log.stat().st_size if log.exists() else 0

    def _timed(self, command: messages.Command, kind: type[TimedAnswer], wait: Wait) -> TimedAnswer:
        """Run a command on the clock; LaneFailure if the lane claims that it took no time, or impossibly long."""
        answer = self._pipe.ask(command, kind, wait)
        if not 0 < answer.seconds <= 2 * wait.seconds:
            raise LaneFailure("died", f"the lane claims that {name_of(command)} took {answer.seconds} s")
        return answer

    def dismiss(self) -> None:
        """Tell the lane to exit, without waiting for it."""
        self._pipe.send(Step("exit"))

    def end(self, patience: float = 0.0) -> None:
        """Give a dismissed lane `patience` seconds to exit, then end its whole tree and remove its temporary files."""
        with signals.deferred():
            self.wait_for_exit(patience)
            self.left_over = self.tree.end()
            self._pipe.close()
            self._orphans.lane_ended(self.pid)
            shutil.rmtree(self._folder, ignore_errors=True)

    def wait_for_exit(self, patience: float) -> None:
        """Give a dismissed lane, and everything it started, `patience` seconds to exit."""
        deadline = time.monotonic() + patience
        self._pipe.wait_for_exit(deadline)
        while self.tree.members() and time.monotonic() < deadline:  # trackers end just after the processes they track
            time.sleep(0.01)
