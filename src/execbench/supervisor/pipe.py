"""A lane's process and the pipe to it: commands go in, answers come out, and a bad answer fails that lane only."""

import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import msgspec

from execbench.lane.messages import LaneFailure
from execbench.lane.questions import AnyCommand
from execbench.lane.status import Status
from execbench.lane.wire import encode, name_of

Answer = TypeVar("Answer")
Watch: TypeAlias = Callable[[], object]

_TAIL_BYTES = 4000
_WAKE_SECONDS = 0.1
_WATCH_SECONDS = 0.005


@dataclass(frozen=True)
class Wait:
    """How long to wait for an answer."""

    seconds: float
    late: Status = "hung"
    """The status of a trial that takes longer."""
    watch: Watch | None = None
    """Called repeatedly while waiting, so only suitable where no clock runs."""


_ENVELOPE = msgspec.json.Decoder(tuple[str, msgspec.Raw, int])


class Pipe:
    """The process of a lane, from start to end."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.pid = self._process.pid
        self._unanswered = 1
        """How many answers are still to come; the greeting is the first."""
        self._unread = b""
        self._tail = b""
        self._selector = selectors.DefaultSelector()
        for stream in (self._process.stdout, self._process.stderr):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)

    def ask(self, command: AnyCommand, kind: type[Answer], wait: Wait) -> Answer:
        """Send a command and wait for its answer; see `send` and `receive`."""
        self.send(command)
        return self.receive(kind, name_of(command), wait)

    def send(self, command: AnyCommand) -> None:
        """Send a command. The lane runs one after the other, and `receive` returns the answers in the same order."""
        assert self._process.stdin is not None
        self._unanswered += 1
        with suppress(BrokenPipeError):  # `receive` finds out how the lane died
            self._process.stdin.write(encode(command))
            self._process.stdin.flush()

    def receive(self, kind: type[Answer], doing: str, wait: Wait) -> Answer:
        """Wait for an answer of one type; LaneFailure if the lane reports one, answers otherwise, dies, or is late.

        `doing` is what the failure's reason calls the command.
        """
        line = self._line(doing, wait)
        try:
            name, content, pid = _ENVELOPE.decode(line)
            if pid != self.pid:
                raise ValueError(f"it comes from process {pid}, which is not the lane")
            self._unanswered -= 1
            if name == LaneFailure.__name__:
                failure = msgspec.json.decode(content, type=LaneFailure)
                self._read_available()
                raise self._failure(failure.status, failure.reason)
            if name != kind.__name__:
                raise ValueError(f"it is {name}")
            return msgspec.json.decode(content, type=kind)
        except ValueError as error:
            text = line[:80].decode(errors="replace")
            raise self._failure("died", f"the lane did not answer {doing}, but said {text!r}") from error

    @property
    def idle(self) -> bool:
        """Whether the lane has answered all that it was told."""
        return self._unanswered == 0

    def wait_for_exit(self, deadline: float) -> None:
        """Wait until the process has ended, or until the monotonic clock passes a deadline."""
        while self._process.poll() is None and time.monotonic() < deadline:
            self._read_available()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.01)

    def close(self) -> None:
        """Close the pipe to a process that has been ended, or end it where the system does not show it."""
        self._process.kill()
        self._process.wait()
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

    def _line(self, doing: str, wait: Wait) -> bytes:
        deadline = time.monotonic() + wait.seconds
        wake = _WATCH_SECONDS if wait.watch else _WAKE_SECONDS
        while b"\n" not in self._unread:
            left = deadline - time.monotonic()
            if left <= 0:
                self._read_available()
                raise self._failure(wait.late, f"{doing} gave no answer within {wait.seconds:g} s")
            exited = self._process.poll() is not None
            self._read_available(min(left, wake) if not exited else 0)
            if wait.watch:
                wait.watch()
            if exited and b"\n" not in self._unread:
                raise self._failure("died", f"the lane {self._death()} during {doing}")
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _read_available(self, seconds: float = 0.0) -> None:
        """Wait for output, then read what there is; keep the last of what the lane writes to standard error."""
        for key, _ in self._selector.select(seconds):
            data = os.read(key.fd, 65536)
            if not data:
                self._selector.unregister(key.fileobj)
            elif key.fileobj is self._process.stdout:
                self._unread += data
            else:
                self._tail = (self._tail + data)[-_TAIL_BYTES:]

    def _death(self) -> str:
        code = self._process.returncode
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"

    def _failure(self, status: Status, reason: str) -> LaneFailure:
        """Return a failure whose reason ends with the lane's last output to standard error."""
        tail = re.sub(r"[^\S\n]+\n", "\n", self._tail.decode(errors="replace")).strip()
        return LaneFailure(status, f"{reason}\n{tail}" if tail else reason)
