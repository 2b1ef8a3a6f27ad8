"""The parent's hold on a lane: start it, ask it, and end it with everything it started."""

from __future__ import annotations

import itertools
import json
import os
import re
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from execbench.errors import BadInput
from execbench.usage import MARK, ProcessTree
from execbench.version import __version__

_TAIL_BYTES = 4000
_GREETING_SECONDS = 30.0
_WAKE_SECONDS = 0.1


class LaneFailure(Exception):
    """A lane that failed its trial: a status of the contract, and the reason in words."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class Nursery:
    """What all lanes of a run share: a mark, a temporary folder, and a guard that ends them when the run is killed."""

    def __init__(self) -> None:
        self.mark = secrets.token_hex(8)
        self.folder = Path(tempfile.mkdtemp(prefix="execbench-"))
        self._numbers = itertools.count(1)
        self._guard = subprocess.Popen(
            [sys.executable, "-P", "-m", "execbench.guard", self.mark, os.fspath(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let the guard end what is left, remove the folder and go."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        with _interrupts_put_off():
            self._guard.wait()

    def lane(self, python: str = sys.executable, environment: Mapping[str, str] | None = None) -> LaneProcess:
        """Start a lane under an interpreter, with more variables in its environment; `greet` waits until it is there.

        Raises:
            BadInput: that interpreter does not run.
        """
        mark = f"{self.mark}/{next(self._numbers)}"
        folder = self.folder / mark.rpartition("/")[2]
        folder.mkdir()
        own = {MARK: mark, "TMPDIR": os.fspath(folder)}
        return LaneProcess(python, mark, {**os.environ, **(environment or {}), **own}, folder)


class LaneProcess:
    """A lane as its parent sees it."""

    def __init__(self, python: str, mark: str, environment: Mapping[str, str], folder: Path) -> None:
        try:
            self._process = subprocess.Popen(
                [python, "-P", "-m", "execbench.lane"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise BadInput(f"{python} cannot be run as a Python interpreter: {error.strerror}") from error
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.tree = ProcessTree(mark, self._process.pid)
        self.left_over = 0
        self._folder = folder
        self._answer = b""
        self._tail = b""
        self._selector = selectors.DefaultSelector()
        for stream in (self._process.stdout, self._process.stderr):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)
        self._python = python
        self.python_version: str | None = None
        self.send("greet")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def ask(
        self,
        command: str,
        *,
        limit: float,
        beyond: str = "hung",
        watch: Callable[[], object] | None = None,
        **arguments: Any,
    ) -> dict[str, Any]:
        """Send a command and wait for its answer; see `send` and `receive`."""
        self.send(command, **arguments)
        return self.receive(command, limit=limit, beyond=beyond, watch=watch)

    def send(self, command: str, **arguments: Any) -> None:
        """Send a command; the lane obeys one after the other, and `receive` takes each answer."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # receiving finds out how it died
            self._process.stdin.write(json.dumps({"command": command, **arguments}).encode() + b"\n")
            self._process.stdin.flush()

    def receive(
        self, command: str, *, limit: float, beyond: str = "hung", watch: Callable[[], object] | None = None
    ) -> dict[str, Any]:
        """Wait for the answer to a command; `watch` is called all the while, so only where no clock runs.

        Raises:
            LaneFailure: the lane said so, died, or gave no answer within `limit` seconds (status `beyond`).
        """
        answer: dict[str, Any] = json.loads(self._line(command, limit, beyond, watch))
        if "failed" in answer:
            self._read_what_is_there()
            raise LaneFailure(answer["failed"], self._with_tail(answer["reason"]))
        return answer

    def dismiss(self) -> None:
        """Tell the lane to exit, without waiting for it."""
        self.send("exit")

    def end(self, patience: float = 0.0) -> None:
        """Give a dismissed lane `patience` seconds to exit, then end its whole tree; remove its temporary files."""
        with _interrupts_put_off():
            self.wait_for_exit(patience)
            self.left_over = self.tree.end()
            self._process.wait()
            self._selector.close()
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                if stream is not None:
                    with suppress(BrokenPipeError):
                        stream.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def wait_for_exit(self, patience: float) -> None:
        """Give a dismissed lane, and all that it started, `patience` seconds to exit."""
        deadline = time.monotonic() + patience
        while self._process.poll() is None and time.monotonic() < deadline:
            self._read_what_is_there()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.01)
        while self.tree.members() and time.monotonic() < deadline:  # trackers end a moment after those they track
            time.sleep(0.01)

    def greet(self) -> None:
        """Wait until the lane is there.

        Raises:
            BadInput: the interpreter has no execbench, or one of another version.
        """
        install = f"{self._python} -m pip install execbench=={__version__}"
        try:
            greeting = self.receive("greet", limit=_GREETING_SECONDS)
        except LaneFailure as failure:
            raise BadInput(
                f"{self._python} could not start a lane. It needs the same execbench: {install}\n{failure.reason}"
            ) from failure
        if greeting["execbench"] != __version__:
            raise BadInput(f"{self._python} has execbench {greeting['execbench']}, this is {__version__}: {install}")
        self.python_version = greeting["python"]

    def _line(self, command: str, limit: float, beyond: str, watch: Callable[[], object] | None) -> bytes:
        deadline = time.monotonic() + limit
        wake = 0.005 if watch else _WAKE_SECONDS
        while b"\n" not in self._answer:
            left = deadline - time.monotonic()
            if left <= 0:
                self._read_what_is_there()
                raise LaneFailure(beyond, self._with_tail(f"{command} gave no answer within {limit:g} s"))
            exited = self._process.poll() is not None
            self._read_what_is_there(min(left, wake) if not exited else 0)
            if watch:
                watch()
            if exited and b"\n" not in self._answer:
                raise LaneFailure("died", self._with_tail(f"the lane {self._death()} during {command}"))
        line, _, self._answer = self._answer.partition(b"\n")
        return line

    def _read_what_is_there(self, seconds: float = 0.0) -> None:
        for key, _ in self._selector.select(seconds):
            data = os.read(key.fd, 65536)
            if not data:
                self._selector.unregister(key.fileobj)
            elif key.fileobj is self._process.stdout:
                self._answer += data
            else:
                self._tail = (self._tail + data)[-_TAIL_BYTES:]

    def _death(self) -> str:
        code = self._process.returncode
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"

    def _with_tail(self, reason: str) -> str:
        tail = re.sub(r"[^\S\n]+\n", "\n", self._tail.decode(errors="replace")).strip()
        return f"{reason}\n{tail}" if tail else reason


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
