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

from execbench.lane.messages import Command, Failure, Status, Step, command_line

Answer = TypeVar("Answer")
Other = TypeVar("Other")
Watch: TypeAlias = Callable[[], object]

_TAIL_BYTES = 4000
_WAKE_SECONDS = 0.1
_WATCH_SECONDS = 0.005


@dataclass(frozen=True)
class Wait:
    """How long to wait for an answer."""

    seconds: float
    beyond: Status = "hung"
    """The status of a trial that takes longer."""
    watch: Watch | None = None
    """Called all the while, so only where no clock runs."""


_ENVELOPE = msgspec.json.Decoder(tuple[str, msgspec.Raw, int])


class LaneFailure(Exception):
    """A lane that failed its trial: a status of the record, and the reason in words."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class Pipe:
    """The process of a lane, from its start to its end."""

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
        self._unread = b""
        self._tail = b""
        self._selector = selectors.DefaultSelector()
        for stream in (self._process.stdout, self._process.stderr):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)

    def ask(self, command: Command, kind: type[Answer], wait: Wait) -> Answer:
        """Send a command and wait for its answer; see `send` and `receive`."""
        self.send(command)
        return self.receive(kind, _name(command), wait)

    def send(self, command: Command) -> None:
        """Send a command; the lane carries out one after the other, and `receive` takes each answer."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # receiving finds out how it died
            self._process.stdin.write(command_line(command))
            self._process.stdin.flush()

    def receive(self, kind: type[Answer], doing: str, wait: Wait) -> Answer:
        """Wait for an answer of one kind; `doing` is what people are told it answers.

        Raises:
            LaneFailure: the lane said so, died, answered with something else, or not in time.
        """
        return self.receive_either(kind, kind, doing, wait)

    def receive_either(self, kind: type[Answer], other: type[Other], doing: str, wait: Wait) -> Answer | Other:
        """Wait for an answer of one kind or another."""
        line = self._line(doing, wait)
        try:
            name, content, pid = _ENVELOPE.decode(line)
            if pid != self.pid:
                raise ValueError(f"it comes from process {pid}, which is not the lane")
            if name == Failure.__name__:
                failure = msgspec.json.decode(content, type=Failure)
                self._read_what_is_there()
                raise LaneFailure(failure.status, self._with_tail(failure.reason))
            expected = {each.__name__: each for each in (kind, other)}
            return msgspec.json.decode(content, type=expected[name])
        except (KeyError, ValueError) as error:
            said = line[:80].decode(errors="replace")
            raise LaneFailure("died", self._with_tail(f"the lane did not answer {doing}, but said {said!r}")) from error

    def wait_for_exit(self, deadline: float) -> None:
        """Wait until the process has ended, or the monotonic clock has passed a deadline."""
        while self._process.poll() is None and time.monotonic() < deadline:
            self._read_what_is_there()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.01)

    def close(self) -> None:
        """Take leave of a process that has been ended."""
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
                self._read_what_is_there()
                raise LaneFailure(wait.beyond, self._with_tail(f"{doing} gave no answer within {wait.seconds:g} s"))
            exited = self._process.poll() is not None
            self._read_what_is_there(min(left, wake) if not exited else 0)
            if wait.watch:
                wait.watch()
            if exited and b"\n" not in self._unread:
                raise LaneFailure("died", self._with_tail(f"the lane {self._death()} during {doing}"))
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _read_what_is_there(self, seconds: float = 0.0) -> None:
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

    def _with_tail(self, reason: str) -> str:
        tail = re.sub(r"[^\S\n]+\n", "\n", self._tail.decode(errors="replace")).strip()
        return f"{reason}\n{tail}" if tail else reason


def _name(command: Command) -> str:
    """A command as people are told of it: `first_call`."""
    return command.name if isinstance(command, Step) else type(command).__name__.lower()
