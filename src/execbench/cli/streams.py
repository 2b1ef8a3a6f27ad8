"""Standard output and standard error that never end a command: what they cannot take is lost, and said once."""

import codecs
import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer

_FALLBACKS = {"…": "...", "±": "+-", "µ": "u", "─": "-"}
"""What stands for our own signs where the encoding lacks them."""


class Stream(io.RawIOBase):
    """A descriptor that is written to as long as it can be."""

    def __init__(self, descriptor: int, on_failure: "Callable[[OSError], object]" = lambda error: None) -> None:
        self.failure: OSError | None = None
        """The first one; nothing is written after it."""
        self._descriptor = descriptor
        self._on_failure = on_failure

    def fileno(self) -> int:  # noqa: D102 -- as of any file
        return self._descriptor

    def isatty(self) -> bool:  # noqa: D102
        return os.isatty(self._descriptor)

    def writable(self) -> bool:  # noqa: D102
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write some of the data; all of it counts as written once the descriptor has failed."""
        if self.failure is None:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:  # a program with which we share it does not want to wait; we do
                select.select([], [self._descriptor], [])
                return 0
            except OSError as error:
                self.failure = error
                self._on_failure(error)
        return memoryview(data).nbytes


def guard() -> Stream:
    """Make the program's streams such as never fail, and return the one of standard output.

    Characters that its encoding lacks are replaced. A closed descriptor is opened, so that no file gets its number.
    """
    for descriptor in (0, 1, 2):
        _open_if_closed(descriptor)
    codecs.register_error("execbench", _replace)
    output = Stream(1, _say)
    sys.stdout = _as_text(output, sys.stdout, "execbench")
    sys.stderr = _as_text(Stream(2), sys.stderr, "backslashreplace")
    return output


def _open_if_closed(descriptor: int) -> None:
    """Writing to a closed standard output fails, and is said; what nobody reads of standard error is not missed."""
    try:
        os.fstat(descriptor)
    except OSError:
        opened = os.open(os.devnull, os.O_RDONLY if descriptor == 1 else os.O_RDWR)  # the lowest free number
        os.set_inheritable(opened, True)


def _as_text(stream: Stream, before: TextIO | None, errors: str) -> io.TextIOWrapper:
    encoding = getattr(before, "encoding", None) or "utf-8"
    buffering = stream.isatty() or stream.fileno() == 2
    return io.TextIOWrapper(io.BufferedWriter(stream), encoding, errors, line_buffering=buffering)


def _replace(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    letters = error.object[error.start : error.end]
    return "".join(_FALLBACKS.get(letter) or ascii(letter)[1:-1] for letter in letters), error.end


def _say(error: OSError) -> None:
    if not isinstance(error, BrokenPipeError):  # its reader has read enough, as `head` does
        print(f"execbench: standard output cannot be written: {error.strerror}", file=sys.stderr)
