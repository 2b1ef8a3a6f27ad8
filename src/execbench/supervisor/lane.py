"""The parent's hold on a lane: start it, tell it what to do, and end it with everything it started."""

import itertools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from execbench.errors import BadInput
from execbench.lane import messages
from execbench.lane.messages import Done, Place, Step, Timed
from execbench.supervisor.lane_path import make_lane_path
from execbench.supervisor.pipe import LaneFailure, Pipe, Wait, Watch
from execbench.supervisor.process_tree import MARK, ProcessTree

OLDEST_PYTHON = (3, 9)

# What `-P` does is done here, as Python 3.10 and earlier lack it. Any Python, however old, must be able to read this.
_LAUNCHER = f"""\
import sys
if sys.path[:1] == [""]: del sys.path[0]
if sys.version_info < {OLDEST_PYTHON}:
    sys.exit("a lane needs Python %d.%d or later, and this is %s" % ({OLDEST_PYTHON} + (sys.version.split()[0],)))
from execbench.lane.__main__ import main
main()
"""

_GREETING_SECONDS = 30.0
_IMPORT_SECONDS = 60.0


class Nursery:
    """What all lanes of a run share: a mark, a temporary folder, and a guard that ends them when the run is killed."""

    def __init__(self) -> None:
        self.mark = secrets.token_hex(8)
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="execbench-"))
        except OSError as error:
            raise BadInput(f"no temporary folder can be made ({error.strerror}): set TMPDIR") from error
        self._numbers = itertools.count(1)
        self._guard = subprocess.Popen(
            [sys.executable, "-P", "-m", "execbench.supervisor.guard", self.mark, os.fspath(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._lane_path = make_lane_path(self.folder)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let the guard end what is left, remove the folder and go."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        with _interrupts_put_off():
            self._guard.wait()

    def lane(self, python: str = sys.executable, environment: Mapping[str, str] | None = None) -> "LaneProcess":
        """Start a lane under an interpreter, with more variables in its environment; `greet` waits until it is there.

        Raises:
            BadInput: that interpreter does not run.
        """
        mark = f"{self.mark}/{next(self._numbers)}"
        folder = self.folder / mark.rpartition("/")[2]
        folder.mkdir()
        path = os.pathsep.join(filter(None, (self._lane_path, os.environ.get("PYTHONPATH"))))
        own = {MARK: mark, "TMPDIR": os.fspath(folder), "PYTHONPATH": path}
        return LaneProcess(python, mark, {**os.environ, **(environment or {}), **own}, folder)


class LaneProcess:
    """A lane as its parent sees it: a method for each command, which waits for the answer.

    Where a `start_` and a `finish_` make up a command, other lanes can work between them. All but `greet` raise
    LaneFailure: the lane says that the trial failed, dies, or does not answer as it should within `limit` seconds.
    """

    def __init__(self, python: str, mark: str, environment: Mapping[str, str], folder: Path) -> None:
        try:
            self._pipe = Pipe([python, "-c", _LAUNCHER], environment)
        except OSError as error:
            raise BadInput(f"{python} cannot be run as a Python interpreter: {error.strerror}") from error
        self.pid = self._pipe.pid
        self.tree = ProcessTree(mark, self.pid)
        self.left_over = 0
        self.python_version: str | None = None
        self._python = python
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def greet(self) -> None:
        """Wait until the lane is there.

        Raises:
            BadInput: the interpreter cannot run a lane; the message says why.
        """
        try:
            self.python_version = self._pipe.receive(messages.Greeting, "its start", Wait(_GREETING_SECONDS)).python
        except LaneFailure as failure:
            self._refuse_interpreter(failure)

    def describe(self, plugin: Place, options: Mapping[str, str]) -> messages.Described | messages.NotDescribed:
        """Ask what a plugin is and takes."""
        self._pipe.send(messages.Describe(plugin, dict(options)))
        return self._pipe.receive_either(messages.Described, messages.NotDescribed, "describe", Wait(_IMPORT_SECONDS))

    # The life of a trial ----------------------------------------------------------------------------------------------

    def start_prepare(self, workload: Place, options: Mapping[str, Any], size: int, backend: Place) -> None:
        """Let the lane import both plugins and make the tasks."""
        self._pipe.send(messages.Prepare(workload, dict(options), size, backend))

    def finish_prepare(self, limit: float) -> None:
        """Wait until the lane has its tasks."""
        self._pipe.receive(Done, "prepare", Wait(limit))

    def reload(self, options: Mapping[str, Any], size: int, chunksize: int | None, limit: float) -> None:
        """Give the open executor other tasks of the same workload."""
        self._pipe.ask(messages.Reload(dict(options), size, chunksize), Done, Wait(limit))

    def open(self, command: messages.Open, limit: float) -> messages.Opened:
        """Start the workers."""
        opened = self._pipe.ask(command, messages.Opened, Wait(limit, "not_opened"))
        _refuse_impossible("open", opened.seconds, limit)
        return opened

    def first_call(self, limit: float) -> float:
        """Map over all tasks while nothing is warm, and return the seconds."""
        return self._timed("first_call", Wait(limit))

    def start_check(self) -> None:
        """Let the lane compute its oracle, and judge the last round by it."""
        self._pipe.send(Step("check"))

    def finish_check(self, limit: float) -> messages.Checked:
        """Wait for the check."""
        return self._pipe.receive(messages.Checked, "check", Wait(limit))

    def round(self, limit: float, watch: Watch | None = None) -> float:
        """Map over all tasks and return the seconds; `watch` is called all the while, so only where no clock runs."""
        return self._timed("round", Wait(limit, watch=watch))

    def judge(self, limit: float) -> None:
        """Compare the last round's results with the oracle."""
        self._pipe.ask(Step("judge"), Done, Wait(limit))

    def run_reference(self, limit: float) -> float:
        """Run the reference kernel, and return the seconds."""
        return self._timed("run_reference", Wait(limit))

    def trace(self, limit: float) -> messages.TracedRound:
        """Map with every task's time and place noted."""
        return self._pipe.ask(Step("trace"), messages.TracedRound, Wait(limit))

    def close(self, limit: float) -> float:
        """Stop the workers, and return the seconds."""
        return self._timed("close", Wait(limit, "not_closed"))

    # The steps of the conformance kit ---------------------------------------------------------------------------------

    def enter(self, command: messages.Enter, limit: float) -> messages.Entered:
        """Open a backend to be checked."""
        return self._pipe.ask(command, messages.Entered, Wait(limit))

    def act(self, function: str, limit: float) -> str:
        """Carry out a check of the contract, and return its verdict."""
        return self._pipe.ask(messages.Act(function), messages.Verdict, Wait(limit)).verdict

    def observe(self, function: str, limit: float) -> messages.Observed:
        """Carry out a chaos probe."""
        return self._pipe.ask(messages.Observe(function), messages.Observed, Wait(limit))

    def map_again(self, limit: float) -> messages.Answered:
        """Map once more on the same executor."""
        return self._pipe.ask(messages.MapAgain(), messages.Answered, Wait(limit))

    def leave(self, limit: float, *, early: bool = False) -> messages.Answered:
        """Leave the executor's context."""
        return self._pipe.ask(messages.Leave(early), messages.Answered, Wait(limit))

    def look(self, limit: float, threads: int | None = None, files: int | None = None) -> messages.Seen:
        """Ask for the threads and open files of the lane's process."""
        return self._pipe.ask(messages.Look(threads, files), messages.Seen, Wait(limit))

    # The end ----------------------------------------------------------------------------------------------------------

    def dismiss(self) -> None:
        """Tell the lane to exit, without waiting for it."""
        self._pipe.send(Step("exit"))

    def end(self, patience: float = 0.0) -> None:
        """Give a dismissed lane `patience` seconds to exit, then end its whole tree; remove its temporary files."""
        with _interrupts_put_off():
            self.wait_for_exit(patience)
            self.left_over = self.tree.end()
            self._pipe.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def wait_for_exit(self, patience: float) -> None:
        """Give a dismissed lane, and all that it started, `patience` seconds to exit."""
        deadline = time.monotonic() + patience
        self._pipe.wait_for_exit(deadline)
        while self.tree.members() and time.monotonic() < deadline:  # trackers end a moment after those they track
            time.sleep(0.01)

    def _timed(self, step: str, wait: Wait) -> float:
        """Return the seconds of a step."""
        seconds = self._pipe.ask(Step(step), Timed, wait).seconds
        _refuse_impossible(step, seconds, wait.seconds)
        return seconds

    def _refuse_interpreter(self, failure: LaneFailure) -> NoReturn:
        """Say in a line why an interpreter cannot run a lane: what it said last, if it said anything."""
        reason, *tail = [line.strip() for line in failure.reason.splitlines()]
        said = next((line for line in reversed(tail) if line), "")
        raise BadInput(f"{self._python} cannot run a lane: {said or f'{reason}. Is it a Python interpreter?'}")


def _refuse_impossible(step: str, seconds: float, limit: float) -> None:
    """Fail a trial whose lane claims that something took no time, or more than it was waited for."""
    if not 0 < seconds <= 2 * limit:
        raise LaneFailure("died", f"the lane claims that {step} took {seconds} s")


@contextmanager
def _interrupts_put_off() -> Iterator[None]:
    """Ending processes is not itself interrupted, or half of them would stay; Ctrl-C is raised when it is done."""
    came: list[int] = []
    try:
        before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    except ValueError:  # not the main thread, which is the only one that is interrupted
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)
